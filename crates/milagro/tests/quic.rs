//! What a QUIC server sends before the client has shown its key goes to anybody.

#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "a test of a program"
)]

use std::net::Ipv4Addr;
use std::sync::Arc;

use getrandom::SysRng;
use milagro::base::Seconds;
use milagro::tls::admission::{AllowList, Anyone, IdentityVerifier};
use milagro::tls::rand_core::UnwrapErr;
use milagro::tls::raw_keys::{IdentityResolver, client_config, server_config};
use milagro::tls::rustls::crypto::aws_lc_rs;
use milagro::tls::rustls::time_provider::{DefaultTimeProvider, TimeProvider as _};
use milagro::tls::signing::SigningMaster;
use milagro::tls::{Epoch, EpochPolicy, Principal, Role};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{ClientConfig, Endpoint, Incoming, ServerConfig};

struct World {
    client: ClientConfig,
    server: ServerConfig,
    name: String,
}

/// A server that lets in nobody, and a client.
fn world() -> World {
    let master = SigningMaster::random(&mut UnwrapErr(SysRng), "quic");
    let policy = EpochPolicy::DAILY;
    let now = DefaultTimeProvider.current_time().unwrap().as_secs();
    let epoch = Epoch::at(Seconds::new(now), policy.length);
    let resolver = |role, name| {
        let principal = Principal::new(master.domain(), role, name).unwrap();
        let key = master.issue(&principal.at(epoch)).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        Arc::new(IdentityResolver::new(
            key,
            policy,
            provider,
            Arc::new(DefaultTimeProvider),
        ))
    };
    let (stranger, server) = (
        resolver(Role::Client, "stranger"),
        resolver(Role::Server, "server"),
    );
    let name = server.principal().server_name();
    let nobody = IdentityVerifier::new(master.anchor(), policy, AllowList::default());
    let anyone = IdentityVerifier::new(master.anchor(), policy, Anyone);
    let client = client_config(&stranger, &Arc::new(anyone)).unwrap();
    let server = server_config(&server, &Arc::new(nobody)).unwrap();
    let client = QuicClientConfig::try_from(client).unwrap();
    let server = QuicServerConfig::try_from(server).unwrap();
    World {
        client: ClientConfig::new(Arc::new(client)),
        server: ServerConfig::with_crypto(Arc::new(server)),
        name,
    }
}

/// What the stranger reads of a server that does `serve`.
async fn read<F: Future<Output = ()> + Send + 'static>(
    serve: impl FnOnce(Incoming) -> F,
) -> Option<Vec<u8>> {
    let World {
        client,
        server,
        name,
    } = world();
    let local = (Ipv4Addr::LOCALHOST, 0).into();
    let near = Endpoint::server(server, local).unwrap();
    let address = near.local_addr().unwrap();
    let far = Endpoint::client(local).unwrap();
    let connecting = far.connect_with(client, address, &name).unwrap();
    let serving = near.accept();
    let reading = tokio::spawn(async move {
        let connection = connecting.await.ok()?;
        let mut stream = connection.accept_uni().await.ok()?;
        stream.read_to_end(100).await.ok()
    });
    let serving = tokio::spawn(serve(serving.await.unwrap()));
    let read = reading.await.unwrap();
    serving.await.unwrap();
    read
}

const SECRET: &[u8] = b"for friends alone";

/// The mistake: a connection before the handshake is one with nobody.
#[tokio::test(flavor = "current_thread")]
async fn into_0rtt_sends_to_strangers() {
    let read = read(|incoming| async move {
        let (connection, accepted) = incoming.accept().unwrap().into_0rtt().ok().unwrap();
        assert!(connection.peer_identity().is_none());
        let mut stream = connection.open_uni().await.unwrap();
        stream.write_all(SECRET).await.unwrap();
        stream.finish().unwrap();
        // The stranger is refused, and too late.
        let _ = accepted.await;
        assert!(connection.peer_identity().is_none());
        connection.closed().await;
    });
    assert_eq!(read.await.as_deref(), Some(SECRET));
}

/// Who awaits the handshake sends nothing to somebody who is refused.
#[tokio::test(flavor = "current_thread")]
async fn awaiting_the_handshake_sends_nothing_to_strangers() {
    let read = read(|incoming| async move {
        assert!(incoming.accept().unwrap().await.is_err());
    });
    assert_eq!(read.await, None);
}
