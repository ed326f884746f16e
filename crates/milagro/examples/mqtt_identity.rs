//! MQTT clients of rumqttc that publish and subscribe with identities in place of passwords and certificates, and a
//! broker in which everybody publishes beneath the own name alone.
//!
//! ```text
//! cargo run --release --example mqtt_identity
//! ```
//!
//! mosquitto, which knows no raw keys, takes the pre-shared keys that the example `psk` writes.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "an example shows what it does")]
#![expect(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "a program, not a library"
)]

use std::sync::Arc;
use std::time::Duration;

use identities::domain::{Domain, Outcome};
use milagro::tls::raw_keys::client_config_to;
use milagro::tls::rustls::ClientConfig;
use milagro::tls::{Identity, Role};
use rumqttc::mqttbytes::QoS;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, TlsConfiguration, Transport};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

mod identities {
    pub(crate) mod broker;
    pub(crate) mod domain;
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let domain = Domain::found("mqtt domain");
    let sensor = domain.identity(Role::Client, "sensor")?;
    let panel = domain.identity(Role::Client, "panel")?;
    let broker = domain.identity(Role::Server, "broker")?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let acceptor = TlsAcceptor::from(Arc::new(domain.server(&broker)?));
    tokio::spawn(identities::broker::serve(listener, acceptor));
    // rumqttc checks the name under which it looks up the address, so the configuration says who the broker is.
    let config = |domain: &Domain, client: &Identity| -> Outcome<ClientConfig> {
        let (keys, verifier) = (domain.resolver(client)?, domain.verifier());
        Ok(client_config_to(&keys, &verifier, broker.principal())?)
    };

    let (panel, mut shown) = connect(config(&domain, &panel)?, port);
    panel
        .subscribe("sensor/temperature", QoS::AtMostOnce)
        .await?;
    wait(&mut shown, |packet| matches!(packet, Packet::SubAck(_))).await?;
    let (publisher, mut sent) = connect(config(&domain, &sensor)?, port);
    publisher
        .publish("sensor/temperature", QoS::AtLeastOnce, false, "21")
        .await?;
    wait(&mut sent, |packet| matches!(packet, Packet::PubAck(_))).await?;
    let seen = wait(&mut shown, |packet| matches!(packet, Packet::Publish(_))).await?;
    println!("the panel shows: {seen:?}");

    // The sensor may not speak for others.
    publisher
        .publish("valve/open", QoS::AtLeastOnce, false, "yes")
        .await?;
    let refused = wait(&mut sent, |packet| matches!(packet, Packet::PubAck(_))).await;
    println!(
        "the sensor was told: {}",
        refused.err().ok_or("was obeyed")?
    );

    // Mallory calls herself sensor, in a domain of the same name, and knows the broker.
    let elsewhere = Domain::found("mqtt domain");
    let mallory = elsewhere.identity(Role::Client, "sensor")?;
    let mut forged = config(&domain, &sensor)?;
    forged.client_auth_cert_resolver = elsewhere.client(&mallory)?.client_auth_cert_resolver;
    let (_client, mut events) = connect(forged, port);
    let refused = wait(&mut events, |packet| matches!(packet, Packet::ConnAck(_))).await;
    println!("mallory was told: {}", refused.err().ok_or("was let in")?);
    Ok(())
}

/// A client of rumqttc, which connects when it is first asked for an event.
fn connect(config: ClientConfig, port: u16) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new("", "127.0.0.1", port);
    let tls = TlsConfiguration::Rustls(Arc::new(config));
    options.set_transport(Transport::tls_with_config(tls));
    AsyncClient::new(options, 10)
}

/// The first packet of this kind, within ten seconds.
async fn wait(events: &mut EventLoop, kind: impl Fn(&Packet) -> bool) -> Outcome<Packet> {
    let found = async {
        loop {
            match events.poll().await? {
                Event::Incoming(packet) if kind(&packet) => return Ok(packet),
                _ => {}
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), found).await?
}
