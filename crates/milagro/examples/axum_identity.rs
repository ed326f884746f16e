//! A web service in axum whose handlers see who calls, and reqwest as a caller, with identities in place of
//! certificates. A caller with a key of another authority gets no answer.
//!
//! ```text
//! cargo run --release --example axum_identity
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

use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::connect_info::Connected;
use axum::routing::get;
use axum::serve::{IncomingStream, Listener};
use identities::domain::{Domain, Outcome};
use milagro::tls::raw_keys::peer_identity;
use milagro::tls::rustls::ClientConfig;
use milagro::tls::{Identity, Principal, Role};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

mod identities {
    pub(crate) mod domain;
}

/// Hands axum the connections whose peers have proven who they are.
struct Gate(mpsc::Receiver<Opened>);

/// A connection, and who is at its other end.
type Opened = (TlsStream<TcpStream>, Identity);

/// Connections that have shaken hands and wait for axum.
const BACKLOG: usize = 16;

/// Who calls, as handlers see it.
#[derive(Clone)]
struct Caller(Principal);

impl Gate {
    fn new(listener: TcpListener, acceptor: TlsAcceptor) -> Self {
        let (opened, gate) = mpsc::channel(BACKLOG);
        tokio::spawn(open(listener, acceptor, opened));
        Self(gate)
    }
}

/// Shakes hands, each peer on a task of its own and for ten seconds at most, so that nobody waits for somebody who
/// says nothing.
async fn open(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    opened: mpsc::Sender<Opened>,
) -> Outcome<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        let (acceptor, opened) = (acceptor.clone(), opened.clone());
        tokio::spawn(async move {
            match timeout(Duration::from_secs(10), meet(socket, &acceptor)).await {
                Ok(Ok(connection)) => drop(opened.send(connection).await),
                Ok(Err(error)) => println!("the gate stayed shut: {error}"),
                Err(late) => println!("the gate stayed shut: {late}"),
            }
        });
    }
}

async fn meet(socket: TcpStream, acceptor: &TlsAcceptor) -> Outcome<Opened> {
    let stream = acceptor.accept(socket).await?;
    let peer = peer_identity(stream.get_ref().1).ok_or("nobody there")?;
    Ok((stream, peer))
}

impl Listener for Gate {
    type Io = TlsStream<TcpStream>;
    type Addr = Identity;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.0.recv().await {
            Some(connection) => connection,
            // The listener has failed: nobody comes any more.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

impl Connected<IncomingStream<'_, Gate>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Gate>) -> Self {
        Self(stream.remote_addr().principal().clone())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let domain = Domain::found("web domain");
    let alice = domain.identity(Role::Client, "alice")?;
    let shop = domain.identity(Role::Server, "shop")?;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let acceptor = TlsAcceptor::from(Arc::new(domain.server(&shop)?));
    let app = Router::new().route("/", get(greet));
    let service = app.into_make_service_with_connect_info::<Caller>();
    let gate = Gate::new(listener, acceptor);
    let server = tokio::spawn(async { axum::serve(gate, service).await });

    let greeting = fetch(domain.client(&alice)?, &shop, address).await?;
    assert_eq!(greeting, "hello alice");
    println!("the shop says: {greeting}");

    // Mallory calls herself alice, in a domain of the same name.
    let elsewhere = Domain::found("web domain");
    let mallory = elsewhere.identity(Role::Client, "alice")?;
    let mut config = domain.client(&alice)?;
    config.client_auth_cert_resolver = elsewhere.client(&mallory)?.client_auth_cert_resolver;
    let refused = fetch(config, &shop, address).await;
    println!("mallory was told: {}", refused.err().ok_or("was let in")?);

    server.abort();
    Ok(())
}

async fn greet(ConnectInfo(Caller(caller)): ConnectInfo<Caller>) -> String {
    format!("hello {}", caller.name())
}

/// Identities are no DNS names: the URL has the name that stands for the server, and the caller says where
/// it is.
async fn fetch(config: ClientConfig, server: &Identity, address: SocketAddr) -> Outcome<String> {
    let host = server.principal().server_name();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .resolve(&host, address)
        .https_only(true)
        .no_proxy()
        .build()?;
    let url = format!("https://{host}:{}/", address.port());
    Ok(client
        .get(url)
        .send()
        .await?
        .error_for_status()?
        .text()
        .await?)
}
