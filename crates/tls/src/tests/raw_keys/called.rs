//! Clients of one server, whatever name their stack gives it.

use alloc::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::version::TLS13;
use rustls::{CertificateError, ClientConfig, Error, ServerConfig};

use super::super::fixture::{identity, rng};
use super::memory::handshake;
use super::{World, provider, resolver, verifier};
use crate::admission::Anyone;
use crate::names::{Identity, Principal, Role};
use crate::raw_keys::{RawKeyVerifier, client_config_to, peer_identity, server_name_for};
use crate::signing::SigningMaster;
use crate::tests::pairings;

fn client_of(world: &World, server: &Principal) -> Arc<ClientConfig> {
    let keys = resolver(world.key(&world.client), &world.clock);
    let verifier = verifier(&world.master, Anyone);
    Arc::new(client_config_to(&keys, &verifier, server).unwrap())
}

/// Names under which stacks know addresses, and the names of others.
fn names(world: &World) -> Vec<ServerName<'static>> {
    let other = identity(&world.master, Role::Server, "other");
    let long = ["a"; 60].join(".");
    let mut names: Vec<ServerName<'static>> = ["127.0.0.1", "::1", "broker.example", "localhost"]
        .into_iter()
        .chain([long.as_str()])
        .map(|name| ServerName::try_from(name.to_owned()).unwrap())
        .collect();
    names.push(server_name_for(other.principal()).unwrap());
    names.push(world.name());
    names
}

#[test]
fn the_server_that_was_called_is_met_under_any_name() {
    let world = World::new();
    let (client, server) = (
        client_of(&world, world.server.principal()),
        Arc::new(world.server()),
    );
    for name in names(&world) {
        let (client, server) = handshake(&client, name, &server).unwrap();
        assert_eq!(peer_identity(&client).as_ref(), Some(&world.server));
        assert_eq!(peer_identity(&server).as_ref(), Some(&world.client));
    }
}

#[test]
fn nobody_else_is_met_under_any_name() {
    let world = World::new();
    let server = Arc::new(world.server());
    let stranger = SigningMaster::random(&mut rng(), "example");
    let of = |master: &SigningMaster, role, name| -> Identity { identity(master, role, name) };
    let before = pairings();
    for called in [
        of(&world.master, Role::Server, "other"),
        of(&world.master, Role::Server, "Server"),
        of(&world.master, Role::Peer, "server"),
        of(&stranger, Role::Server, "server"),
    ] {
        let client = client_of(&world, called.principal());
        for name in names(&world) {
            let refused = handshake(&client, name, &server).map(|_| ()).unwrap_err();
            let expected = Error::InvalidCertificate(CertificateError::NotValidForName);
            assert_eq!(refused, expected);
        }
    }
    assert_eq!(pairings(), before);
}

/// A server that is told to expect one client lets in that one alone.
#[test]
fn a_server_may_expect_one_client() {
    let world = World::new();
    let [alice, carol] = ["alice", "carol"].map(|name| identity(&world.master, Role::Client, name));
    let expects = |who: &Identity| {
        let verifier = verifier(&world.master, Anyone);
        let verifier = RawKeyVerifier::new(verifier, world.clock.clone());
        let keys = resolver(world.key(&world.server), &world.clock);
        let builder = ServerConfig::builder_with_details(provider(), world.clock.clone())
            .with_protocol_versions(&[&TLS13])
            .unwrap()
            .with_client_cert_verifier(Arc::new(verifier.calling(who.principal().clone())));
        Arc::new(builder.with_cert_resolver(keys))
    };
    let client = Arc::new(world.client_with(world.key(&alice)));
    let (_, server) = handshake(&client, world.name(), &expects(&alice)).unwrap();
    assert_eq!(peer_identity(&server), Some(alice));
    let refused = handshake(&client, world.name(), &expects(&carol)).map(|_| ());
    let expected = Error::InvalidCertificate(CertificateError::NotValidForName);
    assert_eq!(refused, Err(expected));
}

/// A node that is at both ends of connections: what it sends to somebody else does not come back to it. Who calls its
/// own name means it: replicas of one principal talk to one another.
#[test]
fn calls_do_not_come_back() {
    let world = World::new();
    let [node, other] = ["node", "other"].map(|name| identity(&world.master, Role::Peer, name));
    let client = Arc::new(world.client_with(world.key(&node)));
    let server = Arc::new(world.server_with(world.key(&node)));
    let name = server_name_for(other.principal()).unwrap();
    let before = pairings();
    let refused = handshake(&client, name, &server).map(|_| ());
    let expected = Error::InvalidCertificate(CertificateError::NotValidForName);
    assert_eq!(refused, Err(expected));
    assert_eq!(pairings(), before);
    let name = server_name_for(node.principal()).unwrap();
    let (client, server) = handshake(&client, name, &server).unwrap();
    assert_eq!(peer_identity(&client).as_ref(), Some(&node));
    assert_eq!(peer_identity(&server).as_ref(), Some(&node));
}
