//! Handshakes on one thread, where pairings can be counted and bytes looked at.

use alloc::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::server::Acceptor;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, Connection, Error, ServerConfig,
    ServerConnection,
};

use super::super::pairings;
use super::{World, resolver, verifier};
use crate::names::Principal;
use crate::raw_keys::{SIGNATURE_SCHEME, client_config, peer_identity, server_config};

/// Carries bytes between both until nobody has any more; the first error on either side.
pub(super) fn handshake(
    client: &Arc<ClientConfig>,
    name: ServerName<'static>,
    server: &Arc<ServerConfig>,
) -> Result<(ClientConnection, ServerConnection), Error> {
    let mut client = Connection::Client(ClientConnection::new(client.clone(), name)?);
    let mut server = Connection::Server(ServerConnection::new(server.clone())?);
    while client.wants_write() || server.wants_write() {
        carry(&mut client, &mut server)?;
        carry(&mut server, &mut client)?;
    }
    match (client, server) {
        (Connection::Client(client), Connection::Server(server)) => Ok((client, server)),
        _ => unreachable!(),
    }
}

fn carry(from: &mut Connection, to: &mut Connection) -> Result<(), Error> {
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).unwrap();
    }
    let mut bytes = bytes.as_slice();
    while !bytes.is_empty() {
        to.read_tls(&mut bytes).unwrap();
        to.process_new_packets()?;
    }
    Ok(())
}

#[test]
fn peers_are_known_once_they_have_signed() {
    let world = World::new();
    let (client, server) = (Arc::new(world.client()), Arc::new(world.server()));
    let before = pairings();
    let (client, server) = handshake(&client, world.name(), &server).unwrap();
    assert_eq!(pairings() - before, 2);
    assert_eq!(peer_identity(&client).as_ref(), Some(&world.server));
    assert_eq!(peer_identity(&server).as_ref(), Some(&world.client));
    let fresh = ServerConnection::new(Arc::new(world.server())).unwrap();
    assert_eq!(peer_identity(&fresh), None);
}

#[test]
fn strangers_cost_no_pairing() {
    let world = World::new();
    let nobody = |_: &Principal| false;
    let refused = CertificateError::BadSignature.into();
    let keys = resolver(world.key(&world.client), &world.clock);
    let client = client_config(&keys, &verifier(&world.master, nobody)).unwrap();
    let before = pairings();
    let result = handshake(&Arc::new(client), world.name(), &Arc::new(world.server()));
    assert_eq!(result.unwrap_err(), refused);
    assert_eq!(pairings(), before);

    // The client checks the server with one pairing, the server checks nothing.
    let keys = resolver(world.key(&world.server), &world.clock);
    let server = server_config(&keys, &verifier(&world.master, nobody)).unwrap();
    let result = handshake(&Arc::new(world.client()), world.name(), &Arc::new(server));
    assert_eq!(result.unwrap_err(), refused);
    assert_eq!(pairings() - before, 1);
}

#[test]
fn the_hello_names_nobody() {
    let world = World::new();
    let mut client = ClientConnection::new(Arc::new(world.client()), world.name()).unwrap();
    let mut bytes = Vec::new();
    client.write_tls(&mut bytes).unwrap();
    for name in [&b"alice"[..], b"server", b"invalid"] {
        assert!(!bytes.windows(name.len()).any(|window| window == name));
    }
    let mut acceptor = Acceptor::default();
    acceptor.read_tls(&mut bytes.as_slice()).unwrap();
    let accepted = acceptor.accept().unwrap().unwrap();
    let hello = accepted.client_hello();
    assert_eq!(hello.server_name(), None);
    assert_eq!(hello.signature_schemes(), [SIGNATURE_SCHEME]);
}

#[test]
fn what_would_outlive_an_epoch_is_off() {
    let world = World::new();
    let (client, server) = (world.client(), world.server());
    assert!(!client.enable_early_data && !client.enable_sni);
    assert_eq!(
        (server.max_early_data_size, server.send_tls13_tickets),
        (0, 0)
    );
    assert!(!server.session_storage.can_cache());
    assert!(!server.ticketer.enabled());
    assert!(!server.send_half_rtt_data);
}
