//! Flights that come again.

use milagro_mpin::{MemoryChallengeStore, ServerId, Verifier, server::Reason};

use super::world::{World, reason, replays};
use crate::tests::fixture::{NOW, rng};
use crate::{Prologue, login::LoginServer};

fn proof_at(world: &World, time: u64) -> Vec<u8> {
    let none = Prologue::new();
    let client = world.client(&world.alice);
    client.start_one_pass(&mut rng(), &none, time).unwrap().1
}

#[test]
fn a_first_flight_of_one_pass_works_once() {
    let world = World::new();
    let (none, store) = (Prologue::new(), replays());
    let proof = proof_at(&world, NOW);
    let accept = |verifier, now| {
        let server = LoginServer::new(verifier);
        reason(server.one_pass(&mut rng(), &none, (&store, now), &proof))
    };
    assert_eq!(accept(&world.verifier, NOW), None);
    assert_eq!(accept(&world.verifier, NOW), Some(Reason::Replayed));
    assert_eq!(accept(&world.verifier, NOW + 60), Some(Reason::Replayed));
    assert_eq!(accept(&world.verifier, NOW + 61), Some(Reason::Time));
    // After a restart, with the store that outlived it.
    let secret = world.master.issue_server(&world.server);
    let again = Verifier::new(world.domain, &secret, world.policy);
    assert_eq!(accept(&again, NOW + 1), Some(Reason::Replayed));
    // At another server.
    let other = ServerId::new(b"other.example").unwrap();
    let other = world.master.issue_server(&other);
    let other = Verifier::new(world.domain, &other, world.policy);
    assert_eq!(accept(&other, NOW), Some(Reason::Proof));
}

#[test]
fn what_is_refused_takes_no_room() {
    let world = World::new();
    let none = Prologue::new();
    let store = milagro_mpin::MemoryReplayStore::new(1);
    let wrong = world.typed("1235");
    let client = world.client(&wrong);
    let (_, proof) = client.start_one_pass(&mut rng(), &none, NOW).unwrap();
    let accept = |proof: &[u8]| {
        reason(
            world
                .server()
                .one_pass(&mut rng(), &none, (&store, NOW), proof),
        )
    };
    assert_eq!(accept(&proof), Some(Reason::Proof));
    assert_eq!(accept(&proof_at(&world, NOW)), None);
    assert_eq!(accept(&proof_at(&world, NOW)), Some(Reason::StoreFull));
}

#[test]
fn the_window_ends_on_the_second() {
    let world = World::new();
    let none = Prologue::new();
    let table = [
        (NOW - 61, Some(Reason::Time)),
        (NOW - 60, None),
        (NOW, None),
        (NOW + 5, None),
        (NOW + 6, Some(Reason::Time)),
        (0, Some(Reason::Time)),
        (u64::MAX, Some(Reason::Time)),
    ];
    for (time, expected) in table {
        let (store, proof) = (replays(), proof_at(&world, time));
        let result = world
            .server()
            .one_pass(&mut rng(), &none, (&store, NOW), &proof);
        assert_eq!(reason(result), expected, "{time}");
    }
}

#[test]
fn a_challenge_is_answered_once_and_in_time() {
    let world = World::new();
    let none = Prologue::new();
    for (late, spent, expected) in [
        (59, false, None),
        (60, false, Some(Reason::ExpiredChallenge)),
        (0, true, Some(Reason::UnknownChallenge)),
    ] {
        let store = MemoryChallengeStore::new(10);
        let (client, hello) = world.client(&world.alice).start(&none);
        let (server, challenge) = world
            .server()
            .challenge(&mut rng(), &none, (&store, NOW), &hello)
            .unwrap();
        let (_, proof) = client.receive(&mut rng(), &challenge).unwrap();
        if spent {
            let first = server.clone().receive(&mut rng(), &store, &proof, NOW);
            assert!(first.is_ok());
        }
        let result = server.receive(&mut rng(), &store, &proof, NOW + late);
        assert_eq!(reason(result), expected);
    }
}

#[test]
fn a_proof_does_not_answer_another_connections_challenge() {
    let world = World::new();
    let (none, store) = (Prologue::new(), MemoryChallengeStore::new(10));
    let (client, hello) = world.client(&world.alice).start(&none);
    let open = || {
        world
            .server()
            .challenge(&mut rng(), &none, (&store, NOW), &hello)
            .unwrap()
    };
    let ((waiting, challenge), (other, _)) = (open(), open());
    let (_, proof) = client.receive(&mut rng(), &challenge).unwrap();
    let result = other.receive(&mut rng(), &store, &proof, NOW);
    assert_eq!(reason(result), Some(Reason::UnknownChallenge));
    // Nor does it use it up: whoever reads a challenge in flight cannot spoil the login that it is for.
    assert!(waiting.receive(&mut rng(), &store, &proof, NOW).is_ok());
}
