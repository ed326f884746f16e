//! QUIC through quinn, with identities in place of certificates. A client with a key of another authority is
//! refused.
//!
//! The server awaits the handshake before it says anything. `Connecting::into_0rtt` would give it a connection before
//! the client has shown its key, and what is written there goes to anybody: `tests/quic.rs` shows it.
//!
//! ```text
//! cargo run --release --example quic
//! ```
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "an example shows what it does")]
#![expect(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "a program, not a library"
)]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use identities::domain::{Domain, Outcome};
use milagro::tls::raw_keys::identity_of;
use milagro::tls::rustls::ClientConfig;
use milagro::tls::rustls::pki_types::CertificateDer;
use milagro::tls::{Identity, Role};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{Connection, Endpoint, Incoming};
use tokio::time::timeout;

mod identities {
    pub(crate) mod domain;
}

/// Longest message, in bytes.
const LIMIT: usize = 1000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let domain = Domain::found("quic domain");
    let alice = domain.identity(Role::Client, "alice")?;
    let echo = domain.identity(Role::Server, "echo")?;

    let crypto = QuicServerConfig::try_from(domain.server(&echo)?)?;
    let config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
    let endpoint = Endpoint::server(config, (Ipv4Addr::LOCALHOST, 0).into())?;
    let address = endpoint.local_addr()?;
    let server = tokio::spawn(serve(endpoint));

    let answer = call(domain.client(&alice)?, &echo, address).await?;
    assert_eq!(answer, "alice, you said: hello");
    println!("echo answered: {answer}");

    // Mallory calls herself alice, in a domain of the same name.
    let elsewhere = Domain::found("quic domain");
    let mallory = elsewhere.identity(Role::Client, "alice")?;
    let mut config = domain.client(&alice)?;
    config.client_auth_cert_resolver = elsewhere.client(&mallory)?.client_auth_cert_resolver;
    let refused = call(config, &echo, address).await;
    println!("mallory was told: {}", refused.err().ok_or("was let in")?);

    server.abort();
    Ok(())
}

/// Says hello to a server and returns its answer.
async fn call(config: ClientConfig, server: &Identity, address: SocketAddr) -> Outcome<String> {
    let crypto = QuicClientConfig::try_from(config)?;
    let config = quinn::ClientConfig::new(Arc::new(crypto));
    let endpoint = Endpoint::client((Ipv4Addr::LOCALHOST, 0).into())?;
    let name = server.principal().server_name();
    let connection = endpoint.connect_with(config, address, &name)?.await?;
    assert_eq!(peer(&connection).as_ref(), Some(server));
    let (mut send, mut receive) = connection.open_bi().await?;
    send.write_all(b"hello").await?;
    send.finish()?;
    let answer = receive.read_to_end(LIMIT).await?;
    connection.close(0_u32.into(), b"");
    Ok(String::from_utf8(answer)?)
}

/// Who is at the other end.
fn peer(connection: &Connection) -> Option<Identity> {
    let keys = connection.peer_identity()?;
    identity_of(keys.downcast_ref::<Vec<CertificateDer<'static>>>()?)
}

/// Serves each peer on a task of its own and for ten seconds at most.
async fn serve(endpoint: Endpoint) {
    while let Some(incoming) = endpoint.accept().await {
        tokio::spawn(async move {
            match timeout(Duration::from_secs(10), echo(incoming)).await {
                Ok(Ok(peer)) => println!("echo served {peer:?}"),
                Ok(Err(error)) => println!("echo refused: {error}"),
                Err(late) => println!("echo hung up: {late}"),
            }
        });
    }
}

async fn echo(incoming: Incoming) -> Outcome<Identity> {
    // Not `into_0rtt`: before the end of the handshake nobody is known to be there.
    let connection = incoming.await?;
    let peer = peer(&connection).ok_or("nobody there")?;
    let (mut send, mut receive) = connection.accept_bi().await?;
    let said = String::from_utf8(receive.read_to_end(LIMIT).await?)?;
    let answer = format!("{}, you said: {said}", peer.principal().name());
    send.write_all(answer.as_bytes()).await?;
    send.finish()?;
    connection.closed().await;
    Ok(peer)
}
