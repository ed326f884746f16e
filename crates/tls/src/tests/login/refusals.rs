//! Clients and servers that are not who they should be.

use milagro_mpin::{
    Identity, MasterSecret, MemoryReplayStore, PinError, ServerId, Verifier,
    client::DeviceKey,
    full::KeyBase,
    names::{Epoch, EpochPolicy},
    server::{EscrowPolicy, PermitPolicy, Policy, Reason},
};

use super::world::{Forgetful, Stopped, User, World, name, opened, reason};
use crate::tests::fixture::{NOW, rng, today};
use crate::{
    LoginError, Prologue,
    login::{AwaitName, LoginClient, LoginServer, pseudonym},
};

type Answer = Result<(AwaitName, Vec<u8>), LoginError>;

/// What the server says to the proof of this client, in both forms.
fn answers(
    world: &World,
    server: &Verifier,
    user: &User,
    prologues: [&Prologue; 2],
) -> [Answer; 2] {
    let server = LoginServer::new(server);
    let [ours, theirs] = prologues;
    let store = &Forgetful;
    let (client, hello) = world.client(user).start(ours);
    let (waiting, challenge) = server
        .challenge(&mut rng(), theirs, (store, NOW), &hello)
        .unwrap();
    let (_, proof) = client.receive(&mut rng(), &challenge).unwrap();
    let (_, one_pass) = world
        .client(user)
        .start_one_pass(&mut rng(), ours, NOW)
        .unwrap();
    [
        waiting.receive(&mut rng(), store, &proof, NOW),
        server.one_pass(&mut rng(), theirs, (store, NOW), &one_pass),
    ]
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
        let world = World::with_policy(opened(permits));
        let user = world.typed("1200");
        let none = Prologue::new();
        for answer in answers(&world, &world.verifier, &user, [&none; 2]) {
            let Err(LoginError::Rejected(rejected)) = answer else {
                panic!("taken");
            };
            let failure = rejected.opened().unwrap();
            let store = MemoryReplayStore::new(1);
            let error = world
                .verifier
                .pin_error_vartime(&store, failure, (NOW + 1, NOW));
            assert!(matches!(error, PinError::Mistyped(distance) if distance.value() == -34));
        }
    }
}

#[test]
fn the_revoked_get_nothing() {
    let world = World::with_policy(Policy::new(PermitPolicy::Personal(EpochPolicy::DAILY)));
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
            Reason::Proof,
        );
    }
    for answer in answers(&world, &world.verifier, &world.alice, [&split; 2]) {
        assert!(answer.is_ok());
    }
}

#[test]
fn a_server_of_another_name_cannot_answer() {
    let world = World::new();
    let policy = Policy::new(PermitPolicy::NoPermits);
    let none = Prologue::new();
    let other = ServerId::new(b"other.example").unwrap();
    let other = Verifier::new(world.domain, &world.master.issue_server(&other), policy);
    assert_refused(
        answers(&world, &other, &world.alice, [&none; 2]),
        Reason::Proof,
    );
    // The right name of another authority.
    let master = MasterSecret::random(&mut rng());
    let other = Verifier::new(world.domain, &master.issue_server(&world.server), policy);
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
        let keys = (&mallory.secret, &mallory.base);
        let client = || LoginClient::new(keys, name, world.domain, world.server.clone());
        let (waiting, proof) = client().start_one_pass(&mut rng(), &none, NOW).unwrap();
        let (server, key) = world
            .server()
            .one_pass(&mut rng(), &none, (&Forgetful, NOW), &proof)
            .unwrap();
        let (_, last) = waiting.receive(&key).unwrap();
        let error = server.receive(&last).err();
        assert!(matches!(error, Some(LoginError::Name)), "{error:?}");
    }
}

#[test]
fn a_device_key_makes_no_name_ones_own() {
    // Mallory's device key goes around her own pseudonym, and she reveals Alice's name.
    let world = World::with_policy(Policy {
        escrow: EscrowPolicy::DeviceKeys,
        ..Policy::new(PermitPolicy::NoPermits)
    });
    let device = DeviceKey::random(&mut rng());
    for (revealed, taken) in [("mallory", true), ("alice", false)] {
        let hidden = pseudonym(&world.domain, &name("mallory"));
        let identity = device.identity(&hidden, &world.server).unwrap();
        let secret = device.bind(world.master.issue_client(&identity)).unwrap();
        let mallory = User {
            name: name(revealed),
            base: KeyBase::new(&secret, &world.server),
            secret,
            permit: None,
        };
        let run = Stopped::new(&world, &mallory, true);
        let error = run.deliver(2, &run.flights[2]).err();
        assert_eq!(error.is_none(), taken, "{error:?}");
        assert!(
            taken || matches!(error, Some(LoginError::Name)),
            "{error:?}"
        );
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
            assert_eq!(verdict, Some(Reason::Proof));
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
    let error = run.deliver(2, &run.flights[2]).err();
    assert!(matches!(error, Some(LoginError::Name)), "{error:?}");
    // The base of another server's name.
    let other = ServerId::new(b"other.example").unwrap();
    let base = KeyBase::new(&world.alice.secret, &other);
    let keys = (&world.alice.secret, &base);
    let client = LoginClient::new(keys, &world.alice.name, world.domain, world.server.clone());
    let (client, proof) = client.start_one_pass(&mut rng(), &none, NOW).unwrap();
    let (_, key) = world
        .server()
        .one_pass(&mut rng(), &none, (&Forgetful, NOW), &proof)
        .unwrap();
    let error = client.receive(&key).err();
    assert!(matches!(error, Some(LoginError::Unconfirmed)), "{error:?}");
}
