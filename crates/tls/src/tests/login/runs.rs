//! Exchanges that end well.

use milagro_mpin::client::DeviceKey;
use milagro_mpin::full::KeyBase;
use milagro_mpin::names::{EpochPolicy, IdentityKind};
use milagro_mpin::server::{EscrowPolicy, PermitPolicy, Policy};

use super::ledger::ledger;
use super::moves::{answer, arrival, session};
use super::stopped::{Sessions, Stopped};
use super::world::{User, World, name, policy};
use crate::exchange::Prologue;
use crate::login::pseudonym;
use crate::tests::fixture::{NOW, rng};

fn assert_same(world: &World, sessions: &Sessions) {
    assert_agreed(world, world.alice.secret.identity(), sessions);
}

fn assert_agreed(world: &World, identity: &milagro_mpin::Identity, (client, server): &Sessions) {
    assert_eq!(client.sending(), server.receiving());
    assert_eq!(client.receiving(), server.sending());
    assert_ne!(client.sending(), client.receiving());
    let export = |label, context| {
        let (mut ours, mut theirs) = ([0; 48], [0; 48]);
        client.export(label, context, &mut ours).unwrap();
        server.export(label, context, &mut theirs).unwrap();
        assert_eq!(ours, theirs);
        ours
    };
    assert_ne!(export("a", b""), export("b", b""));
    assert_ne!(export("a", b""), export("a", b"c"));
    assert_eq!(client.peer(), &world.server);
    assert_eq!(server.peer().name(), &world.alice.name);
    assert_eq!(server.peer().login().identity(), identity);
}

#[test]
fn both_forms_with_and_without_permits() {
    let permits = PermitPolicy::Personal(EpochPolicy::DAILY);
    let policies = [policy(PermitPolicy::NoPermits), policy(permits)];
    for policy in policies {
        let world = World::with_policy(policy);
        for one_pass in [false, true] {
            let run = Stopped::new(&world, &world.alice, one_pass);
            let last = run.flights.len() - 1;
            let sessions = run.deliver(last, &run.flights[last]).unwrap();
            assert_same(&world, &sessions);
            let permit = sessions.1.peer().login().permit();
            assert_eq!(permit.is_some(), policy.permits != PermitPolicy::NoPermits);
        }
    }
}

#[test]
fn every_session_has_keys_of_its_own() {
    let world = World::new();
    let mut seen = std::collections::HashSet::new();
    let ledger = ledger();
    let none = Prologue::new();
    for _ in 0..3 {
        let (client, hello) = world.client(&world.alice).start(&none);
        let sent = world
            .server()
            .challenge(&mut rng(), &none, &hello, NOW)
            .unwrap();
        let (client, proof) = client.receive(&mut rng(), &sent.flight).unwrap();
        let due = sent.state.receive(&mut rng(), &proof, arrival(NOW));
        let one = (client, answer(due, &ledger, NOW).unwrap());

        let (client, proof) = world
            .client(&world.alice)
            .start_one_pass(&mut rng(), &none, NOW)
            .unwrap();
        let due = world
            .server()
            .one_pass(&mut rng(), &none, &proof, arrival(NOW));
        let two = (client, answer(due, &ledger, NOW).unwrap());
        for (client, (server, key)) in [one, two] {
            let (ours, last) = client.receive(&key).unwrap();
            let sessions = (ours, session(server, &ledger, &last, NOW).unwrap());
            assert_same(&world, &sessions);
            assert!(seen.insert(*sessions.0.sending()));
            assert!(seen.insert(*sessions.0.receiving()));
        }
    }
}

#[test]
fn a_device_key_goes_around_the_pseudonym() {
    let world = World::with_policy(Policy {
        escrow: EscrowPolicy::DeviceKeys,
        ..policy(PermitPolicy::Personal(EpochPolicy::DAILY))
    });
    let device = DeviceKey::random(&mut rng(), &world.server);
    let hidden = pseudonym(&world.domain, &world.alice.name);
    let identity = device.identity(&hidden).unwrap();
    assert_eq!(identity.kind(), IdentityKind::DeviceKey);
    let secret = device
        .bind_for_permits(world.master.issue_client(&identity))
        .unwrap();
    let secret = device.lend(secret).unwrap();
    let alice = User {
        name: name("alice"),
        base: KeyBase::new(&secret, &world.server),
        secret,
        permit: Some(world.permit(crate::tests::fixture::today(), &identity)),
    };
    for one_pass in [false, true] {
        let run = Stopped::new(&world, &alice, one_pass);
        let last = run.flights.len() - 1;
        // With the label of a personal permit: that of a cover is 32 bytes longer, which makes the longest.
        let longest = if one_pass { 933 } else { 966 };
        assert_eq!(run.flights[last - 2].len(), 4 + longest - 32);
        assert_agreed(
            &world,
            &identity,
            &run.deliver(last, &run.flights[last]).unwrap(),
        );
    }
}

#[test]
fn the_name_is_on_the_wire_nowhere() {
    let world = World::new();
    let contains = |flight: &[u8], part: &[u8]| flight.windows(part.len()).any(|w| w == part);
    for one_pass in [false, true] {
        let run = Stopped::new(&world, &world.alice, one_pass);
        let hidden = world.alice.secret.identity().as_bytes();
        let mut hashes = 0;
        for flight in &run.flights {
            assert!(!contains(flight, b"alice"));
            assert!(!contains(flight, &world.alice.name.to_bytes()));
            hashes += usize::from(contains(flight, hidden));
        }
        assert_eq!(hashes, 1);
        let shortest = if one_pass { 602 } else { 635 };
        let permit = world.alice.permit.as_ref().map_or(0, |_| 8 + 192);
        let proof = &run.flights[run.flights.len() - 3];
        assert_eq!(proof.len(), 4 + shortest + permit);
        // Names of one length class look alike.
        assert_eq!(run.flights.last().unwrap().len(), 4 + 33 + 128 + 16);
    }
}

#[test]
fn pseudonyms_depend_on_domain_and_name() {
    let world = World::new();
    let alice = pseudonym(&world.domain, &name("alice"));
    assert_eq!(alice, pseudonym(&world.domain, &name("alice")));
    assert_ne!(alice, pseudonym(&world.domain, &name("alicf")));
    let other = milagro_mpin::TrustDomainId::from_bytes([1; 32]);
    assert_ne!(alice, pseudonym(&other, &name("alice")));
    assert_eq!(alice.kind(), IdentityKind::Pseudonym);
}

#[test]
fn the_longest_name_fits() {
    let mut world = World::new();
    let name = milagro_mpin::Identity::raw(&[b'n'; 1024]).unwrap();
    let secret = world.master.issue_client(&pseudonym(&world.domain, &name));
    world.alice.base = KeyBase::new(&secret, &world.server);
    world.alice.secret = secret;
    world.alice.name = name;
    let run = Stopped::new(&world, &world.alice, false);
    let last = run.flights.len() - 1;
    assert_same(&world, &run.deliver(last, &run.flights[last]).unwrap());
    for flight in &run.flights {
        assert_eq!(
            crate::exchange::flight_length(flight),
            Ok(Some(flight.len()))
        );
        assert!(flight.len() <= crate::exchange::MAX_FLIGHT_LEN);
    }
}
