//! A gRPC service in tonic whose methods see who calls, with identities in place of certificates at both ends. A
//! caller with a key of another authority gets no answer.
//!
//! ```text
//! cargo run --release --example tonic_identity
//! ```
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "an example shows what it does")]
#![expect(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "a program, not a library"
)]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use identities::domain::{Domain, Outcome};
use milagro::tls::raw_keys::{identity_of, server_name_for};
use milagro::tls::rustls::{ClientConfig, ServerConfig};
use milagro::tls::{Identity, Principal, Role};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client};
use tonic::body::Body;
use tonic::codegen::http::{self, uri::PathAndQuery};
use tonic::codegen::tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use tonic::transport::{Endpoint, Server};
use tonic::{Code, Request, Response, Status};
use tonic_prost::ProstCodec;
use tower::service_fn;

mod identities {
    pub(crate) mod domain;
}

/// `service Greeter { rpc Greet(google.protobuf.StringValue) returns (google.protobuf.StringValue); }`, as
/// generated code would serve and call it; prost knows `String` as that message.
const GREET: &str = "/example.Greeter/Greet";

/// Connections that have shaken hands and wait for tonic.
const BACKLOG: usize = 16;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let domain = Domain::found("rpc domain");
    let alice = domain.identity(Role::Client, "alice")?;
    let greeter = domain.identity(Role::Server, "greeter")?;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (gate, welcome) = mpsc::channel(BACKLOG);
    tokio::spawn(open(listener, domain.server(&greeter)?, gate));
    // A connection outlives the epoch of its peer's key and the removal of the peer from a list: it ends, and the
    // caller shakes hands again.
    let service = Server::builder()
        .max_connection_age(Duration::from_secs(600))
        .serve_with_incoming(
            service_fn(answer),
            ReceiverStream::new(welcome).map(Ok::<_, Infallible>),
        );
    let server = tokio::spawn(service);

    let greeting = greet(domain.client(&alice)?, &greeter, address).await?;
    assert_eq!(greeting, "good day, alice");
    println!("the greeter says: {greeting}");

    // Mallory calls herself alice, in a domain of the same name.
    let elsewhere = Domain::found("rpc domain");
    let mallory = elsewhere.identity(Role::Client, "alice")?;
    let mut config = domain.client(&alice)?;
    config.client_auth_cert_resolver = elsewhere.client(&mallory)?.client_auth_cert_resolver;
    let refused = greet(config, &greeter, address).await;
    println!("mallory was told: {}", refused.err().ok_or("was let in")?);

    // A server of another name gets no call out of alice.
    let bank = domain.identity(Role::Server, "bank")?;
    let refused = greet(domain.client(&alice)?, &bank, address).await;
    println!("alice hung up: {}", refused.err().ok_or("was let in")?);

    server.abort();
    Ok(())
}

/// Shakes hands, each peer on a task of its own and for ten seconds at most. tonic sees nobody else.
async fn open(
    listener: TcpListener,
    mut config: ServerConfig,
    gate: mpsc::Sender<TlsStream<TcpStream>>,
) -> Outcome<()> {
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    loop {
        let (socket, _) = listener.accept().await?;
        let (acceptor, gate) = (acceptor.clone(), gate.clone());
        tokio::spawn(async move {
            match timeout(Duration::from_secs(10), acceptor.accept(socket)).await {
                Ok(Ok(stream)) => drop(gate.send(stream).await),
                Ok(Err(error)) => println!("the gate stayed shut: {error}"),
                Err(late) => println!("the gate stayed shut: {late}"),
            }
        });
    }
}

/// The service: what `tonic-build` would generate for one method.
async fn answer(request: http::Request<Body>) -> Result<http::Response<Body>, Infallible> {
    if request.uri().path() != GREET {
        return Ok(Status::new(Code::Unimplemented, "no such method").into_http());
    }
    let codec = ProstCodec::<String, String>::default();
    let greet = service_fn(|request| async move { say(&request) });
    Ok(tonic::server::Grpc::new(codec).unary(greet, request).await)
}

fn say(request: &Request<String>) -> Result<Response<String>, Status> {
    let caller = caller(request).ok_or_else(|| Status::unauthenticated("nobody there"))?;
    let words = request.get_ref();
    Ok(Response::new(format!("{words}, {}", caller.name())))
}

/// Who calls. The handshake has ended before tonic got the connection.
fn caller(request: &Request<String>) -> Option<Principal> {
    let keys = request.peer_certs()?;
    Some(identity_of(&keys)?.principal().clone())
}

/// Calls the service. Identities are no DNS names: the caller says where the server is.
async fn greet(
    mut config: ClientConfig,
    server: &Identity,
    address: SocketAddr,
) -> Outcome<String> {
    config.alpn_protocols = vec![b"h2".to_vec()];
    let (config, name) = (Arc::new(config), server_name_for(server.principal())?);
    let dial = service_fn(move |_| {
        let (connector, name) = (TlsConnector::from(config.clone()), name.clone());
        async move {
            let socket = TcpStream::connect(address).await?;
            let stream: client::TlsStream<_> = connector.connect(name, socket).await?;
            Ok::<_, std::io::Error>(TokioIo::new(stream))
        }
    });
    let endpoint = Endpoint::from_static("http://greeter");
    let channel = endpoint.connect_with_connector(dial).await?;
    let mut stub = tonic::client::Grpc::new(channel);
    stub.ready().await?;
    let codec = ProstCodec::<String, String>::default();
    let path = PathAndQuery::from_static(GREET);
    let request = Request::new("good day".to_owned());
    Ok(stub.unary(request, path, codec).await?.into_inner())
}
