//! Identities for channels that exist.

use super::fixture::{NOW, identity, master, rng, signer, small_orders, today};
use super::pairings;
use crate::admission::{AllowList, Anyone, IdentityVerifier, Refusal, Replaceable};
use crate::binding::{
    BindingError, BindingHello, BoundPeer, Channel, ClientBinding, Exporter, ServerBinding,
};
use crate::names::{Principal, Role};
use crate::signing::{Signer, SigningMaster};
use milagro_base::DecodeError;
use milagro_base::Seconds;
use milagro_mpin::names::EpochPolicy;

const EXPORTER: Exporter = Exporter::from_bytes([0xe1; 32]);
const OTHER: Exporter = Exporter::from_bytes([0xe2; 32]);

struct World {
    master: SigningMaster,
    client: Signer,
    server: Signer,
    verifier: IdentityVerifier,
}

fn world() -> World {
    let master = master();
    World {
        client: signer(&master, &identity(&master, Role::Client, "alice")),
        server: signer(&master, &identity(&master, Role::Server, "server")),
        verifier: IdentityVerifier::new(master.anchor(), EpochPolicy::DAILY, Anyone),
        master,
    }
}

impl World {
    fn channel<'a>(&'a self, signer: &'a Signer, exporter: Exporter) -> Channel<'a> {
        Channel {
            signer,
            verifier: &self.verifier,
            exporter,
        }
    }

    fn expected(&self) -> Principal {
        self.server.identity().principal().clone()
    }
}

/// Runs between two ends, through bytes.
fn run(
    client: Channel<'_>,
    server: Channel<'_>,
    expected: Principal,
) -> Result<(BoundPeer, BoundPeer), BindingError> {
    let (hello, client) = client.announce(expected);
    let hello = BindingHello::from_bytes(&hello.to_bytes()).unwrap();
    let (message, server) = server.answer(&mut rng(), &hello, NOW)?;
    let message = ServerBinding::from_bytes(&message.to_bytes()).unwrap();
    let (message, seen_by_client) = client.answer(&mut rng(), &message, NOW)?;
    let message = ClientBinding::from_bytes(&message.to_bytes()).unwrap();
    Ok((seen_by_client, server.finish(&message, NOW)?))
}

/// Reads a message and writes it again.
type Copy = fn(&[u8]) -> Result<Vec<u8>, DecodeError>;

#[test]
fn both_ends_learn_who_is_there() {
    let world = world();
    let (client, server) = (&world.client, &world.server);
    let (seen_by_client, seen_by_server) = run(
        world.channel(client, EXPORTER),
        world.channel(server, EXPORTER),
        world.expected(),
    )
    .unwrap();
    assert_eq!(seen_by_client.identity(), server.identity());
    assert_eq!(seen_by_server.identity(), client.identity());
}

#[test]
fn who_ends_tls_in_the_middle_is_refused() {
    let world = world();
    let client = world.channel(&world.client, EXPORTER);
    let server = world.channel(&world.server, OTHER);
    let refused = run(client, server, world.expected()).unwrap_err();
    assert_eq!(refused, BindingError::Signature);

    // The other way about: a relay that the client lets through.
    let (hello, _) = world
        .channel(&world.client, OTHER)
        .announce(world.expected());
    let (_, waiting) = server.answer(&mut rng(), &hello, NOW).unwrap();
    let far = world.channel(&world.server, EXPORTER);
    let (message, _) = far.answer(&mut rng(), &hello, NOW).unwrap();
    let (_, near) = client.announce(world.expected());
    let (proof, _) = near.answer(&mut rng(), &message, NOW).unwrap();
    assert_eq!(
        waiting.finish(&proof, NOW).unwrap_err(),
        BindingError::Signature
    );
}

#[test]
fn only_the_expected_server_will_do() {
    let world = world();
    let other = signer(
        &world.master,
        &identity(&world.master, Role::Server, "other"),
    );
    let refused = run(
        world.channel(&world.client, EXPORTER),
        world.channel(&other, EXPORTER),
        world.expected(),
    );
    assert_eq!(refused.unwrap_err(), Refusal::Name.into());
    // A client in the server's place.
    let bob = signer(&world.master, &identity(&world.master, Role::Client, "bob"));
    let refused = run(
        world.channel(&world.client, EXPORTER),
        world.channel(&bob, EXPORTER),
        bob.identity().principal().clone(),
    );
    assert_eq!(refused.unwrap_err(), Refusal::Role.into());
}

#[test]
fn messages_that_come_back_are_refused() {
    let world = world();
    let peer = signer(&world.master, &identity(&world.master, Role::Peer, "peer"));
    let channel = world.channel(&peer, EXPORTER);
    let own = peer.identity().principal().clone();
    let (hello, waiting) = channel.announce(own);
    let refused = channel.answer(&mut rng(), &hello, NOW).unwrap_err();
    assert_eq!(refused, Refusal::Reflected.into());
    // Even with the signature that the other end would make.
    let double = signer(&world.master, peer.identity());
    let (_, message) = {
        let stranger = world
            .channel(&world.client, EXPORTER)
            .announce(world.expected());
        let answer = world
            .channel(&double, EXPORTER)
            .answer(&mut rng(), &stranger.0, NOW);
        (stranger, answer.unwrap().0)
    };
    let refused = waiting.answer(&mut rng(), &message, NOW).unwrap_err();
    assert_eq!(refused, Refusal::Reflected.into());
}

/// A signature of one side, sent as that of the other.
#[test]
fn sides_cannot_be_swapped() {
    let world = world();
    let a = signer(&world.master, &identity(&world.master, Role::Peer, "a"));
    let b = signer(&world.master, &identity(&world.master, Role::Peer, "b"));
    let (channel_a, channel_b) = (world.channel(&a, EXPORTER), world.channel(&b, EXPORTER));
    let principal = |signer: &Signer| signer.identity().principal().clone();
    // B serves A, and signs as a server for A.
    let (hello_a, _) = channel_a.announce(principal(&b));
    let (by_b_as_server, _) = channel_b.answer(&mut rng(), &hello_a, NOW).unwrap();
    // The same signature does not make B a client of A.
    let (hello_b, _) = channel_b.announce(principal(&a));
    let (_, waiting) = channel_a.answer(&mut rng(), &hello_b, NOW).unwrap();
    let bytes = by_b_as_server.to_bytes();
    let stolen = [&[12, 1, 0, 96][..], &bytes[bytes.len() - 96..]].concat();
    let stolen = ClientBinding::from_bytes(&stolen).unwrap();
    assert_eq!(
        waiting.finish(&stolen, NOW).unwrap_err(),
        BindingError::Signature
    );
}

#[test]
fn who_is_not_welcome_costs_no_pairing() {
    let mut world = world();
    let friends: AllowList = [world.expected()].into_iter().collect();
    world.verifier = IdentityVerifier::new(world.master.anchor(), EpochPolicy::DAILY, friends);
    let (hello, _) = world
        .channel(&world.client, EXPORTER)
        .announce(world.expected());
    let before = pairings();
    let server = world.channel(&world.server, EXPORTER);
    let refused = server.answer(&mut rng(), &hello, NOW.plus(Seconds::days(3)));
    assert_eq!(refused.unwrap_err(), Refusal::Expired.into());
    // The list is asked at the last step, so that the answer does not tell who is on it.
    let (_, waiting) = server.answer(&mut rng(), &hello, NOW).unwrap();
    let junk = ClientBinding::from_bytes(&[&[12, 1, 0, 96][..], &[0; 96]].concat()).unwrap();
    let refused = waiting.finish(&junk, NOW).unwrap_err();
    assert_eq!(refused, Refusal::NotAuthorized.into());
    assert_eq!(pairings(), before);
}

#[test]
fn bad_bytes_are_refused() {
    let world = world();
    let (hello, _) = world
        .channel(&world.client, EXPORTER)
        .announce(world.expected());
    let server = world.channel(&world.server, EXPORTER);
    let (second, _) = server.answer(&mut rng(), &hello, NOW).unwrap();
    let signature = second.to_bytes()[second.to_bytes().len() - 96..].to_vec();
    let third = [&[12, 1, 0, 96][..], &signature].concat();
    let all: [(Vec<u8>, Copy); 3] = [
        (hello.to_bytes(), |bytes| {
            BindingHello::from_bytes(bytes).map(|one| one.to_bytes())
        }),
        (second.to_bytes(), |bytes| {
            ServerBinding::from_bytes(bytes).map(|one| one.to_bytes())
        }),
        (third, |bytes| {
            ClientBinding::from_bytes(bytes).map(|one| one.to_bytes())
        }),
    ];
    for (index, (good, read)) in all.iter().enumerate() {
        assert_eq!(read(good).as_ref(), Ok(good));
        for length in 0..good.len() {
            assert_eq!(read(&good[..length]), Err(DecodeError::Length));
        }
        assert_eq!(read(&[&good[..], &[0]].concat()), Err(DecodeError::Length));
        let edited = |position: usize, value: u8| {
            let mut bytes = good.clone();
            bytes[position] = value;
            read(&bytes)
        };
        assert_eq!(edited(1, 2), Err(DecodeError::Version));
        for (other, _) in all.iter().enumerate().filter(|(other, _)| *other != index) {
            let kind = u8::try_from(other + 10).unwrap();
            assert_eq!(edited(0, kind), Err(DecodeError::Value));
        }
    }
}

/// Points are decoded at the last step, and a bad one is a bad signature.
#[test]
fn points_outside_the_group_are_bad_signatures() {
    let world = world();
    let at_client = world.channel(&world.client, EXPORTER);
    let at_server = world.channel(&world.server, EXPORTER);
    let damaged = |good: &[u8], field: usize, point: &[u8]| {
        let mut bytes = good.to_vec();
        let at = bytes.len() - field;
        bytes[at..at + 48].copy_from_slice(point);
        bytes
    };
    let small = small_orders().map(|point| point.to_bytes());
    let mut infinity = [0; 48];
    infinity[0] = 0xc0;
    for point in [small[0], small[1], infinity, [0xff; 48], [0; 48]] {
        for field in [96, 48] {
            let (hello, client) = at_client.announce(world.expected());
            let (second, server) = at_server.answer(&mut rng(), &hello, NOW).unwrap();
            let before = pairings();
            let bad = damaged(&second.to_bytes(), field, &point);
            let bad = ServerBinding::from_bytes(&bad).unwrap();
            let refused = client.answer(&mut rng(), &bad, NOW).unwrap_err();
            assert_eq!(refused, BindingError::Signature);
            let third = [
                &[12, 1, 0, 96][..],
                &second.to_bytes()[second.to_bytes().len() - 96..],
            ];
            let bad = damaged(&third.concat(), field, &point);
            let bad = ClientBinding::from_bytes(&bad).unwrap();
            let refused = server.finish(&bad, NOW).unwrap_err();
            assert_eq!(refused, BindingError::Signature);
            assert_eq!(pairings(), before);
        }
    }
}

/// The clock and the list go on between the first message and the last one.
#[test]
fn the_last_step_asks_clock_and_list_again() {
    let mut world = world();
    let list = Replaceable::new(Anyone);
    let anchor = world.master.anchor();
    world.verifier = IdentityVerifier::new(anchor, EpochPolicy::DAILY, list.clone());
    let run = |at: Seconds, change: &dyn Fn()| {
        let (hello, client) = world
            .channel(&world.client, EXPORTER)
            .announce(world.expected());
        let channel = world.channel(&world.server, EXPORTER);
        let (second, server) = channel.answer(&mut rng(), &hello, NOW).unwrap();
        let (third, _) = client.answer(&mut rng(), &second, NOW).unwrap();
        change();
        let verdict = server.finish(&third, at).map(|_| ());
        list.replace(Anyone);
        verdict
    };
    assert_eq!(run(NOW, &|| {}), Ok(()));
    let late = today().next().start(EpochPolicy::DAILY.length);
    let late = late.plus(EpochPolicy::DAILY.grace);
    assert_eq!(run(late.minus(Seconds::new(1)), &|| {}), Ok(()));
    assert_eq!(run(late, &|| {}), Err(Refusal::Expired.into()));
    let removed = run(NOW, &|| list.replace(AllowList::default()));
    assert_eq!(removed, Err(Refusal::NotAuthorized.into()));
}
