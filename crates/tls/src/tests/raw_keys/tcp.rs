//! Both ends on threads of their own, with a real socket between them.

use alloc::sync::Arc;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};

use rustls::pki_types::ServerName;
use rustls::{
    ClientConfig, ClientConnection, Error, HandshakeKind, NamedGroup, ProtocolVersion,
    ServerConfig, ServerConnection, Stream,
};

use super::World;
use crate::names::Identity;
use crate::raw_keys::peer_identity;

/// What an end of the connection saw.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) peer: Identity,
    pub(super) kind: HandshakeKind,
    pub(super) version: ProtocolVersion,
    pub(super) group: NamedGroup,
}

pub(super) type Outcome = Result<Seen, Error>;

/// A handshake, "ping" and "pong"; what the client and the server say about it.
pub(super) fn talk(
    client: &Arc<ClientConfig>,
    name: ServerName<'static>,
    server: &Arc<ServerConfig>,
) -> (Outcome, Outcome) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = server.clone();
    let server = std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        serve(config, socket)
    });
    let client = call(client.clone(), name, TcpStream::connect(address).unwrap());
    (client, server.join().unwrap())
}

fn serve(config: Arc<ServerConfig>, mut socket: TcpStream) -> Outcome {
    let mut connection = ServerConnection::new(config)?;
    let result = (|| {
        let mut stream = Stream::new(&mut connection, &mut socket);
        let mut ping = [0; 4];
        stream.read_exact(&mut ping)?;
        assert_eq!(&ping, b"ping");
        stream.write_all(b"pong")?;
        stream.flush()
    })();
    finish(&mut socket);
    tls(result)?;
    Ok(seen(&connection))
}

fn call(config: Arc<ClientConfig>, name: ServerName<'static>, mut socket: TcpStream) -> Outcome {
    let mut connection = ClientConnection::new(config, name)?;
    let result = (|| {
        let mut stream = Stream::new(&mut connection, &mut socket);
        stream.write_all(b"ping")?;
        stream.flush()?;
        let mut pong = [0; 4];
        stream.read_exact(&mut pong)?;
        assert_eq!(&pong, b"pong");
        Ok(())
    })();
    finish(&mut socket);
    tls(result)?;
    Ok(seen(&connection))
}

/// Says no more, and hears the other side out, so that no reset overtakes an alert.
fn finish(socket: &mut TcpStream) {
    // The other side may be gone.
    let _ = socket.shutdown(Shutdown::Write);
    let _ = io::copy(socket, &mut io::sink());
}

fn tls(result: io::Result<()>) -> Result<(), Error> {
    result.map_err(|error| {
        let kind = error.kind();
        error
            .downcast::<Error>()
            .unwrap_or_else(|error| panic!("no TLS error: {kind:?} {error:?}"))
    })
}

fn seen<Data>(connection: &rustls::ConnectionCommon<Data>) -> Seen {
    Seen {
        peer: peer_identity(connection).unwrap(),
        kind: connection.handshake_kind().unwrap(),
        version: connection.protocol_version().unwrap(),
        group: connection.negotiated_key_exchange_group().unwrap().name(),
    }
}

#[test]
fn both_sides_know_each_other() {
    let world = World::new();
    let (client, server) = (Arc::new(world.client()), Arc::new(world.server()));
    for _ in 0..2 {
        let (by_client, by_server) = talk(&client, world.name(), &server);
        let (by_client, by_server) = (by_client.unwrap(), by_server.unwrap());
        assert_eq!(by_client.peer, world.server);
        assert_eq!(by_server.peer, world.client);
        for seen in [by_client, by_server] {
            assert_eq!(seen.version, ProtocolVersion::TLSv1_3);
            assert_eq!(seen.group, NamedGroup::X25519MLKEM768);
            // No tickets: every handshake asks the verifier.
            assert_eq!(seen.kind, HandshakeKind::Full);
        }
    }
}
