//! What is altered on the way. The transcript covers every byte, so nobody ends a handshake that somebody changed.

use alloc::sync::Arc;

use milagro_mpin::names::EpochPolicy;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, ClientConnection, Connection, ServerConfig, ServerConnection};

use super::{World, verifier};
use crate::admission::Anyone;
use crate::names::Identity;
use crate::raw_keys::{IdentityResolver, client_config, server_config};

/// One group, so that the flights are short.
fn provider() -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![aws_lc_rs::kx_group::X25519];
    Arc::new(provider)
}

fn ends(world: &World) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    let keys = |identity: &Identity| {
        let (key, clock) = (world.key(identity), world.clock.clone());
        Arc::new(IdentityResolver::new(
            key,
            EpochPolicy::DAILY,
            provider(),
            clock,
        ))
    };
    let trusts = verifier(&world.master, Anyone);
    (
        Arc::new(client_config(&keys(&world.client), &trusts).unwrap()),
        Arc::new(server_config(&keys(&world.server), &trusts).unwrap()),
    )
}

/// Carries flights until nobody has any more; `alter` gets each with its number. Whether both ends have finished.
fn talk(
    world: &World,
    (client, server): &(Arc<ClientConfig>, Arc<ServerConfig>),
    mut alter: impl FnMut(usize, &mut Vec<u8>),
) -> bool {
    let client = ClientConnection::new(client.clone(), world.name()).unwrap();
    let server = ServerConnection::new(server.clone()).unwrap();
    let mut ends = [Connection::Client(client), Connection::Server(server)];
    for number in 0..4 {
        let [from, to] = &mut ends;
        let mut flight = Vec::new();
        while from.wants_write() {
            from.write_tls(&mut flight).unwrap();
        }
        alter(number, &mut flight);
        let mut rest = flight.as_slice();
        while !rest.is_empty() {
            to.read_tls(&mut rest).unwrap();
            if to.process_new_packets().is_err() {
                return false;
            }
        }
        ends.reverse();
    }
    ends.iter().all(|end| !end.is_handshaking())
}

/// Whether the byte is of the version in the header of a record, which ends ignore (RFC 8446, section 5.1).
fn is_ignored(flight: &[u8], at: usize) -> bool {
    let mut start = 0;
    while start < flight.len() {
        let length = usize::from(u16::from_be_bytes([flight[start + 3], flight[start + 4]]));
        if (start..start + 5 + length).contains(&at) {
            return (1..3).contains(&(at - start));
        }
        start += 5 + length;
    }
    panic!("beyond the end");
}

/// Types of keys, schemes, groups, suites, versions, keys and signatures: the ClientHello byte by byte, and samples of
/// what follows.
#[test]
fn no_altered_byte_of_a_handshake_gets_through() {
    let world = World::new();
    let ends = ends(&world);
    let mut flights = Vec::new();
    assert!(talk(&world, &ends, |_, flight| flights.push(flight.clone())));
    assert!(flights[3].is_empty());
    for (number, step) in [(0, 1), (1, 9), (2, 9)] {
        for at in (0..flights[number].len()).step_by(step) {
            let mut ignored = false;
            let finished = talk(&world, &ends, |now, flight| {
                if now == number {
                    ignored = is_ignored(flight, at);
                    flight[at] ^= 1 << (at % 8);
                }
            });
            assert!(!finished || ignored, "flight {number}, byte {at}");
        }
    }
}
