//! Channel bindings over real handshakes.

use alloc::sync::Arc;

use super::super::fixture::{NOW, identity, rng, signer};
use super::memory::handshake;
use super::{World, verifier};
use crate::admission::Anyone;
use crate::binding::{BindingError, Channel};
use crate::names::Role;
use crate::raw_keys::{exporter, server_name_for};

#[test]
fn both_ends_export_the_same() {
    let world = World::new();
    let (client, server) = (Arc::new(world.client()), Arc::new(world.server()));
    let (client_1, server_1) = handshake(&client, world.name(), &server).unwrap();
    let (client_2, _) = handshake(&client, world.name(), &server).unwrap();
    let first = exporter(&client_1).unwrap();
    assert_eq!(first, exporter(&server_1).unwrap());
    assert_ne!(first, exporter(&client_2).unwrap());
}

/// A relay that both sides accept in TLS (a load balancer, or an inspecting proxy) passes on the messages
/// of the binding, and is found out.
#[test]
fn a_relay_that_ends_tls_is_found_out() {
    let world = World::new();
    let relay = identity(&world.master, Role::Peer, "relay");
    let server = Arc::new(world.server_with(world.key(&relay)));
    let relay_name = server_name_for(relay.principal()).unwrap();
    let (outer, _) = handshake(&Arc::new(world.client()), relay_name, &server).unwrap();
    let client = Arc::new(world.client_with(world.key(&relay)));
    let (_, inner) = handshake(&client, world.name(), &Arc::new(world.server())).unwrap();

    let verifier = verifier(&world.master, Anyone);
    let (alice, service) = (
        signer(&world.master, &world.client),
        signer(&world.master, &world.server),
    );
    let near = Channel {
        signer: &alice,
        verifier: &verifier,
        exporter: exporter(&outer).unwrap(),
    };
    let far = Channel {
        signer: &service,
        verifier: &verifier,
        exporter: exporter(&inner).unwrap(),
    };
    let (hello, waiting) = near.announce(world.server.principal().clone());
    let (message, _) = far.answer(&mut rng(), &hello, NOW).unwrap();
    let refused = waiting.answer(&mut rng(), &message, NOW).unwrap_err();
    assert_eq!(refused, BindingError::Signature);
}
