//! Clients and servers that are not who they should be.

use milagro_mpin::client::{DeviceKey, PinLength};
use milagro_mpin::full::KeyBase;
use milagro_mpin::names::{Epoch, EpochPolicy};
use milagro_mpin::server::{EscrowPolicy, PermitPolicy, Policy, Reason};
use milagro_mpin::{Identity, MasterSecret, ServerId, Verifier};

use super::ledger::{Forgetful, LEDGER};
use super::moves::{Answer, Stop, answer, arrival, reason, session};
use super::stopped::Stopped;
use super::world::{User, World, name, policy};
use crate::exchange::Prologue;
use crate::login::LoginError;
use crate::login::{LoginClient, LoginServer, pseudonym};
use crate::tests::fixture::{NOW, rng, today};

/// What the server says to the proof of this client, in both forms.
fn answers(
    world: &World,
    server: &Verifier,
    user: &User,
    prologues: [&Prologue; 2],
) -> [Answer; 2] {
    let server = LoginServer::new(server);
    let [ours, theirs] = prologues;
    let (client, hello) = world.client(user).start(ours);
    let sent = server.challenge(&mut rng(), theirs, &hello, NOW).unwrap();
    let (_, proof) = client.receive(&mut rng(), &sent.flight).unwrap();
    let (_, one_pass) = world
        .client(user)
        .start_one_pass(&mut rng(), ours, NOW)
        .unwrap();
    [
        sent.state.receive(&mut rng(), &proof, arrival(NOW)),
        server.one_pass(&mut rng(), theirs, &one_pass, arrival(NOW)),
    ]
    .map(|due| answer(due, &Forgetful, NOW))
}

fn assert_name<T>(result: Result<T, Stop>) {
    let error = result.err();
    let stopped = matches!(error, Some(Stop::Login(LoginError::Name)));
    assert!(stopped, "{error:?}");
}

fn assert_refused(answers: [Answer; 2], expected: Reason) {
    // No flight exists: an error is all that the server has.
    for answer in answers {
        assert_eq!(reason(answer), Some(expected));
    }
}

#[test]
fn after_a_wrong_pin_nothing_is_sent() {
    let world = World::new();
    let none = Prologue::new();
    let user = world.typed("1235");
    assert_refused(
        answers(&world, &world.verifier, &user, [&none; 2]),
        Reason::Proof,
    );
    let right = world.typed("1234");
    for answer in answers(&world, &world.verifier, &right, [&none; 2]) {
        assert!(answer.is_ok());
    }
}

#[test]
fn a_mistyped_pin_shows_its_distance() {
    for permits in [
        PermitPolicy::NoPermits,
        PermitPolicy::Personal(EpochPolicy::DAILY),
    ] {
        let world = World::with_policy(policy(permits));
        let user = world.typed("1200");
        let none = Prologue::new();
        for answer in answers(&world, &world.verifier, &user, [&none; 2]) {
            let Err(Stop::Login(LoginError::Rejected(rejected))) = answer else {
                panic!("taken");
            };
            let failure = rejected.opened().unwrap();
            let search = world.verifier.search(&mut rng(), failure, PinLength::FOUR);
            let paid = search.spend_local(&Forgetful, NOW).unwrap();
            let distance = world.verifier.distance_vartime(paid).unwrap();
            assert_eq!(distance.value(), -34);
        }
    }
}

#[test]
fn the_revoked_get_nothing() {
    let world = World::with_policy(policy(PermitPolicy::Personal(EpochPolicy::DAILY)));
    let none = Prologue::new();
    let mut user = world.user("alice");
    assert_refused(
        answers(&world, &world.verifier, &user, [&none; 2]),
        Reason::PermitMissing,
    );
    // The last permit, of the day before yesterday; one for somebody else.
    let identity = user.secret.identity().clone();
    user.permit = Some(world.permit(Epoch(today().0 - 2), &identity));
    assert_refused(
        answers(&world, &world.verifier, &user, [&none; 2]),
        Reason::PermitEpoch,
    );
    user.permit = Some(world.permit(today(), world.user("bob").secret.identity()));
    assert_refused(
        answers(&world, &world.verifier, &user, [&none; 2]),
        Reason::Proof,
    );
}

#[test]
fn different_prologues_do_not_meet() {
    let world = World::new();
    let (one, two) = (Prologue::new().and(b"a"), Prologue::new().and(b"b"));
    let split = Prologue::new().and(b"a").and(b"b");
    let joined = Prologue::new().and(b"ab");
    for prologues in [
        [&Prologue::new(), &one],
        [&one, &Prologue::new()],
        [&one, &two],
        [&split, &joined],
    ] {
        assert_refused(
            answers(&world, &world.verifier, &world.alice, prologues),
            Reason::Binding,
        );
    }
    for answer in answers(&world, &world.verifier, &world.alice, [&split; 2]) {
        assert!(answer.is_ok());
    }
}

#[test]
fn a_server_of_another_name_cannot_answer() {
    let world = World::new();
    let none = Prologue::new();
    let other = ServerId::new(b"other.example").unwrap();
    let other = world.verifier(&world.master, &other, LEDGER);
    assert_refused(
        answers(&world, &other, &world.alice, [&none; 2]),
        Reason::Server,
    );
    // The right name of another authority.
    let master = MasterSecret::random(&mut rng());
    let other = world.verifier(&master, &world.server, LEDGER);
    assert_refused(
        answers(&world, &other, &world.alice, [&none; 2]),
        Reason::Proof,
    );
    // What it makes up is not believed: the answer to another client, or its own of another run.
    let run = Stopped::new(&world, &world.alice, false);
    let bob = world.user("bob");
    let others = Stopped::new(&world, &bob, false);
    let (client, _) = run.await_server_key().unwrap();
    let error = client.receive(&others.flights[3]).err();
    assert!(matches!(error, Some(LoginError::Unconfirmed)), "{error:?}");
}

#[test]
fn a_name_that_is_anothers_is_not_believed() {
    // Mallory logs in with her own secret and reveals Alice's name; or nothing that is a name.
    let world = World::new();
    let none = Prologue::new();
    let mallory = world.user("mallory");
    let liar = User {
        name: name("alice"),
        ..world.user("mallory")
    };
    let hidden = pseudonym(&world.domain, &name("mallory"));
    for name in [&liar.name, &hidden, &name("mallory ")] {
        let (secret, base) = (&mallory.secret, &mallory.base);
        let client = LoginClient::new(secret, base, name, world.domain, world.server.clone());
        let (waiting, proof) = client.start_one_pass(&mut rng(), &none, NOW).unwrap();
        let due = world
            .server()
            .one_pass(&mut rng(), &none, &proof, arrival(NOW));
        let (server, key) = answer(due, &Forgetful, NOW).unwrap();
        let (_, last) = waiting.receive(&key).unwrap();
        assert_name(session(server, &Forgetful, &last, NOW));
    }
}

#[test]
fn a_device_key_makes_no_name_ones_own() {
    // Mallory's device key goes around her own pseudonym, and she reveals Alice's name.
    let world = World::with_policy(Policy {
        escrow: EscrowPolicy::DeviceKeys,
        ..policy(PermitPolicy::NoPermits)
    });
    for (revealed, taken) in [("mallory", true), ("alice", false)] {
        let hidden = pseudonym(&world.domain, &name("mallory"));
        let device = DeviceKey::random(&mut rng(), &world.server);
        let identity = device.identity(&hidden).unwrap();
        let secret = device.bind(world.master.issue_client(&identity)).unwrap();
        let mallory = User {
            name: name(revealed),
            base: KeyBase::new(&secret, &world.server),
            secret,
            permit: None,
        };
        let run = Stopped::new(&world, &mallory, true);
        let result = run.deliver(2, &run.flights[2]);
        if taken {
            assert!(result.is_ok());
        } else {
            assert_name(result);
        }
    }
}

#[test]
fn swapped_identities_share_no_key() {
    // Unknown key share: Mallory puts her identity in place of Alice's in Alice's proof, or Alice's in
    // hers. The server would otherwise believe that what Alice says is Mallory's.
    let world = World::new();
    let mallory = world.user("mallory");
    for one_pass in [false, true] {
        for (from, to) in [(&world.alice, &mallory), (&mallory, &world.alice)] {
            let run = Stopped::new(&world, from, one_pass);
            let number = run.back(2);
            let (old, new) = (from.secret.identity(), to.secret.identity());
            let flight = swapped(&run.flights[number], old, new);
            let verdict = reason(run.deliver(number, &flight));
            assert_eq!(verdict, Some(Reason::Opening));
        }
    }
}

fn swapped(flight: &[u8], old: &Identity, new: &Identity) -> Vec<u8> {
    let (old, new) = (old.to_bytes(), new.to_bytes());
    let at = flight
        .windows(old.len())
        .position(|window| window == old)
        .unwrap();
    [&flight[..at], &new, &flight[at + old.len()..]].concat()
}

#[test]
fn a_secret_without_its_name_or_its_base() {
    let world = World::new();
    let none = Prologue::new();
    // A secret for the name itself works for plain logins, and is no login under a pseudonym.
    let bare = world.master.issue_client(&world.alice.name);
    let user = User {
        name: world.alice.name.clone(),
        base: KeyBase::new(&bare, &world.server),
        secret: bare,
        permit: None,
    };
    let run = Stopped::new(&world, &user, true);
    assert_name(run.deliver(2, &run.flights[2]));
    // The base of another server's name.
    let other = ServerId::new(b"other.example").unwrap();
    let base = KeyBase::new(&world.alice.secret, &other);
    let (secret, name) = (&world.alice.secret, &world.alice.name);
    let client = LoginClient::new(secret, &base, name, world.domain, world.server.clone());
    let (client, proof) = client.start_one_pass(&mut rng(), &none, NOW).unwrap();
    let due = world
        .server()
        .one_pass(&mut rng(), &none, &proof, arrival(NOW));
    let (_, key) = answer(due, &Forgetful, NOW).unwrap();
    let error = client.receive(&key).err();
    assert!(matches!(error, Some(LoginError::Unconfirmed)), "{error:?}");
}
