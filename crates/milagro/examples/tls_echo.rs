//! Two programs talk TLS 1.3 through tokio-rustls, and neither has a certificate. A client with a key of
//! another authority is refused.
//!
//! ```text
//! cargo run --release --example tls_echo
//! ```
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "an example shows what it does")]
#![expect(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "a program, not a library"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use identities::domain::{Domain, Outcome};
use milagro::tls::raw_keys::{peer_identity, server_name_for};
use milagro::tls::rustls::ClientConfig;
use milagro::tls::{Identity, Role};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector};

mod identities {
    pub(crate) mod domain;
}

/// Longest message, in bytes.
const LIMIT: u64 = 1000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let domain = Domain::found("echo domain");
    let alice = domain.identity(Role::Client, "alice")?;
    let echo = domain.identity(Role::Server, "echo")?;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let acceptor = TlsAcceptor::from(Arc::new(domain.server(&echo)?));
    let server = tokio::spawn(serve(listener, acceptor));

    let answer = call(domain.client(&alice)?, &echo, address).await?;
    assert_eq!(answer, "alice, you said: hello");
    println!("echo answered: {answer}");

    // Mallory calls herself alice, in a domain of the same name.
    let elsewhere = Domain::found("echo domain");
    let mallory = elsewhere.identity(Role::Client, "alice")?;
    let mut config = domain.client(&alice)?;
    config.client_auth_cert_resolver = elsewhere.client(&mallory)?.client_auth_cert_resolver;
    let refused = call(config, &echo, address).await;
    println!("mallory was told: {}", refused.err().ok_or("was let in")?);

    // A server of another name gets no word out of alice.
    let bank = domain.identity(Role::Server, "bank")?;
    let refused = call(domain.client(&alice)?, &bank, address).await;
    println!("alice hung up: {}", refused.err().ok_or("was let in")?);

    server.abort();
    Ok(())
}

/// Says hello to a server and returns its answer.
async fn call(config: ClientConfig, server: &Identity, address: SocketAddr) -> Outcome<String> {
    let name = server_name_for(server.principal())?;
    let socket = TcpStream::connect(address).await?;
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, socket)
        .await?;
    assert_eq!(peer_identity(stream.get_ref().1).as_ref(), Some(server));
    stream.write_all(b"hello").await?;
    stream.shutdown().await?;
    // In TLS 1.3 a client learns here, with its first read, that its own key was refused.
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// Serves each peer on a task of its own and for ten seconds at most, so that nobody waits for somebody who says
/// nothing.
async fn serve(listener: TcpListener, acceptor: TlsAcceptor) -> Outcome<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            match timeout(Duration::from_secs(10), echo(socket, &acceptor)).await {
                Ok(Ok(peer)) => println!("echo served {peer:?}"),
                Ok(Err(error)) => println!("echo refused: {error}"),
                Err(late) => println!("echo hung up: {late}"),
            }
        });
    }
}

async fn echo(socket: TcpStream, acceptor: &TlsAcceptor) -> Outcome<Identity> {
    let mut stream = acceptor.accept(socket).await?;
    let peer = peer_identity(stream.get_ref().1).ok_or("nobody there")?;
    let mut said = String::new();
    (&mut stream).take(LIMIT).read_to_string(&mut said).await?;
    let answer = format!("{}, you said: {said}", peer.principal().name());
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(peer)
}
