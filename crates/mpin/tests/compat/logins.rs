//! Logins that end well, and the changes that make them fail.

use milagro_curve::Dst;
use milagro_mpin::compat::{
    Base, Client, CompatError, Date, LegacyChallenge, LegacyIdentity, LegacyPin,
    LegacyServerSecret, LoggedIn, MasterShare, MilagroLegacy, OnePass, Refused, Server,
};
use milagro_mpin::server::replay::MemoryReplayStore;

use crate::{LIFETIME, NOW, WINDOW, World, new_pin, rng};

fn login<L: Copy>(
    server: &Server,
    base: Base<L>,
    client: &Client<L>,
) -> Result<LoggedIn<L>, Refused> {
    let (u, committed) = client.commit(&mut rng());
    let (y, pending) = server.challenge(&mut rng(), base, u, NOW);
    pending.verify(server, &committed.respond(&y).unwrap(), NOW + 1)
}

#[test]
fn the_right_pin_logs_in_and_no_other() {
    let world = World::new();
    for pin in [0, 1, 42, 9_999] {
        let token = world.token(pin);
        let base = world.alice.base();
        let logged_in = login(&world.server, base, &world.client(&token, pin)).unwrap();
        assert_eq!(logged_in.base(), &base);
        for wrong in [(pin + 1) % 10_000, (pin + 5_000) % 10_000] {
            assert!(login(&world.server, base, &world.client(&token, wrong)).is_err());
        }
    }
}

#[test]
fn identities_of_miracl_core_log_in() {
    let world = World::new();
    let tag = Dst::from_static(b"BLS12381G1_XMD:SHA-256_SSWU_NU_MPIN");
    let alice = LegacyIdentity::miracl_core(b"alice", tag);
    let client = Client::new(&alice, world.secret(&alice));
    assert!(login(&world.server, alice.base(), &client).is_ok());
    let other = LegacyIdentity::miracl_core(b"alice", Dst::from_static(b"other"));
    assert!(login(&world.server, other.base(), &client).is_err());
}

#[test]
fn another_identity_or_server_is_refused() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let bob = LegacyIdentity::milagro(b"bob@example.org").unwrap();
    assert!(login(&world.server, bob.base(), &client).is_err());
    let stranger = MasterShare::random(&mut rng()).server_share();
    let server = Server::new(
        &LegacyServerSecret::from_shares(&[stranger]).unwrap(),
        LIFETIME,
    );
    assert!(login(&server, world.alice.base(), &client).is_err());
    // One share of two is not the secret.
    let half = [world.authorities[0].server_share()];
    let server = Server::new(&LegacyServerSecret::from_shares(&half).unwrap(), LIFETIME);
    assert!(login(&server, world.alice.base(), &client).is_err());
}

#[test]
fn a_permit_is_good_for_its_date() {
    let world = World::new();
    let today = Date::from_unix_time(NOW).unwrap();
    assert_eq!(today.days(), 19_675);
    let tomorrow = Date::from_days(today.days() + 1);
    let secret = world.secret(&world.alice);
    let permit = world.permit(today);
    let client = Client::with_permit(&world.alice, &secret, &permit, today).unwrap();
    let on = |date| world.alice.base_on(date).unwrap();
    assert!(login(&world.server, on(today), &client).is_ok());
    assert!(login(&world.server, on(tomorrow), &client).is_err());
    assert!(login(&world.server, world.alice.base(), &client).is_err());
    // Yesterday's permit on today's date; no permit where one is asked for.
    let late = Client::with_permit(&world.alice, &secret, &permit, tomorrow).unwrap();
    assert!(login(&world.server, on(tomorrow), &late).is_err());
    let without = Client::new(&world.alice, secret);
    assert!(login(&world.server, on(today), &without).is_err());
}

#[test]
fn dates_are_days() {
    let date = |seconds| Date::from_unix_time(seconds).map(Date::days);
    assert_eq!(date(0), Ok(0));
    assert_eq!(date(86_399), Ok(0));
    assert_eq!(date(86_400), Ok(1));
    assert_eq!(date((1 << 32) * 86_400 - 1), Ok(u32::MAX));
    assert_eq!(date((1 << 32) * 86_400), Err(CompatError::Time));
    assert_eq!(date(u64::MAX), Err(CompatError::Time));
}

/// Whoever got a secret for this name would hold Alice's permit of the date.
#[test]
fn names_that_read_like_dates_are_refused() {
    let world = World::new();
    let date = Date::from_unix_time(NOW).unwrap();
    let mut name = date.days().to_be_bytes().to_vec();
    name.extend_from_slice(world.alice.hcid());
    assert_eq!(LegacyIdentity::milagro(&name), Err(CompatError::Identity));
    name[5] = 1;
    assert!(LegacyIdentity::milagro(&name).is_ok());
    assert!(LegacyIdentity::milagro(&[0; 51]).is_ok());
    assert!(LegacyIdentity::milagro(&[0; 53]).is_ok());
    assert!(LegacyIdentity::milagro(b"").is_ok());
}

#[test]
fn a_challenge_expires() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    for (now, good) in [
        (NOW, true),
        (NOW + LIFETIME - 1, true),
        (NOW + LIFETIME, false),
        (u64::MAX, false),
        (NOW - 1, false),
        (0, false),
    ] {
        let (u, committed) = client.commit(&mut rng());
        let (y, pending) = world
            .server
            .challenge(&mut rng(), world.alice.base(), u, NOW);
        let v = committed.respond(&y).unwrap();
        assert_eq!(
            pending.verify(&world.server, &v, now).is_ok(),
            good,
            "{now}"
        );
    }
}

#[test]
fn challenges_and_commitments_differ() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let (one, two) = (client.commit(&mut rng()).0, client.commit(&mut rng()).0);
    assert_ne!(one, two);
    let challenge = || -> LegacyChallenge {
        world
            .server
            .challenge(&mut rng(), world.alice.base(), one, NOW)
            .0
    };
    assert_ne!(challenge(), challenge());
}

#[test]
fn pins_and_shares_have_bounds() {
    assert!(LegacyPin::new(9_999).is_ok());
    assert_eq!(LegacyPin::new(10_000).unwrap_err(), CompatError::Pin);
    assert_eq!(LegacyPin::new(u32::MAX).unwrap_err(), CompatError::Pin);
    assert_eq!(
        LegacyServerSecret::from_shares(&[]).unwrap_err(),
        CompatError::NoShares
    );
    let secret = milagro_mpin::compat::LegacyClientSecret::from_shares(&[]);
    assert_eq!(secret.unwrap_err(), CompatError::NoShares);
}

#[test]
fn shares_that_cancel_out_are_no_key() {
    // s and r - s.
    let mut one = [0; 48];
    one[47] = 1;
    let minus_one: [u8; 32] =
        hex::decode("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000000")
            .unwrap()
            .try_into()
            .unwrap();
    let mut other = [0; 48];
    other[16..].copy_from_slice(&minus_one);
    let shares = [one, other].map(|bytes| MasterShare::from_bytes(&bytes).unwrap());
    let server = shares.each_ref().map(MasterShare::server_share);
    let server = LegacyServerSecret::from_shares(&server);
    assert_eq!(server.unwrap_err(), CompatError::Degenerate);
    let alice: LegacyIdentity<MilagroLegacy> = LegacyIdentity::milagro(b"alice").unwrap();
    let client = shares.each_ref().map(|share| share.client_share(&alice));
    let client = milagro_mpin::compat::LegacyClientSecret::from_shares(&client);
    assert_eq!(client.unwrap_err(), CompatError::Degenerate);
}

#[test]
fn a_mistyped_pin_tells_its_distance() {
    let world = World::new();
    for (pin, typed) in [
        (0, 9_999),
        (9_999, 0),
        (1_000, 1_017),
        (500, 499),
        (4_711, 4_712),
    ] {
        let token = world.token(pin);
        let client = world.client(&token, typed);
        let refused = login(&world.server, world.alice.base(), &client).unwrap_err();
        let error = refused.pin_error(&world.server).unwrap();
        let distance = i32::try_from(typed).unwrap() - i32::try_from(pin).unwrap();
        assert_eq!(error.distance_vartime(), Some(distance));
    }
}

#[test]
fn a_stranger_has_no_distance() {
    let world = World::new();
    let bob = LegacyIdentity::milagro(b"bob@example.org").unwrap();
    let client = Client::new(&bob, world.secret(&bob));
    let refused = login(&world.server, world.alice.base(), &client).unwrap_err();
    let error = refused.pin_error(&world.server).unwrap();
    assert_eq!(error.distance_vartime(), None);
    // Nor has a login that came too late, or one with a permit.
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let (u, committed) = client.commit(&mut rng());
    let (y, pending) = world
        .server
        .challenge(&mut rng(), world.alice.base(), u, NOW);
    let v = committed.respond(&y).unwrap();
    let refused = pending
        .verify(&world.server, &v, NOW + LIFETIME)
        .unwrap_err();
    assert!(refused.pin_error(&world.server).is_none());
    let today = Date::from_unix_time(NOW).unwrap();
    let base = world.alice.base_on(today).unwrap();
    let refused = login(&world.server, base, &client).unwrap_err();
    assert!(refused.pin_error(&world.server).is_none());
}

#[test]
fn client_and_server_agree_on_a_key() {
    use milagro_mpin::compat::LegacyKeyBase;
    let world = World::new();
    let token = world.token(1234);
    let keys = LegacyKeyBase::new(&token, &world.alice);
    let today = Date::from_unix_time(NOW).unwrap();
    let secret = token.unlock(&world.alice, &new_pin(1234)).unwrap();
    let permit = world.permit(today);
    let permitted = Client::with_permit(&world.alice, &secret, &permit, today).unwrap();
    for (client, base) in [
        (Client::new(&world.alice, secret), world.alice.base()),
        (permitted, world.alice.base_on(today).unwrap()),
    ] {
        let agree = |pin| {
            let (u, committed) = client.commit(&mut rng());
            let (y, pending) = world.server.challenge(&mut rng(), base, u, NOW);
            let (v, r, awaiting) = committed.respond_for_key(&mut rng(), &y).unwrap();
            let logged_in = pending.verify(&world.server, &v, NOW).unwrap();
            let (w, key) = logged_in.agree(&mut rng(), &world.server, &r).unwrap();
            (awaiting.finish(&keys, &new_pin(pin), &w), key)
        };
        let (one, other) = agree(1234);
        assert_eq!(one.as_bytes(), other.as_bytes());
        let (third, _) = agree(1234);
        assert_ne!(one.as_bytes(), third.as_bytes());
        // The login was made with the right PIN; the key depends on it once more.
        let (one, other) = agree(1235);
        assert_ne!(one.as_bytes(), other.as_bytes());
    }
}

#[test]
fn one_pass_within_the_window_once() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let base = world.alice.base();
    for (now, good) in WINDOW {
        let store = MemoryReplayStore::new(10);
        let proof = client.prove(&mut rng(), NOW).unwrap();
        let verify = |now| {
            world
                .server
                .verify_one_pass(&store, base, &proof, now)
                .is_ok()
        };
        assert_eq!(verify(now), good, "{now}");
        // Whether it was taken or not: never again, and not earlier or later either.
        if good {
            for again in [now, NOW - LIFETIME, NOW, NOW + LIFETIME] {
                assert!(!verify(again), "{now} {again}");
            }
        }
    }
}

#[test]
fn one_pass_with_a_permit_a_full_store_and_changes() {
    let world = World::new();
    let today = Date::from_unix_time(NOW).unwrap();
    let secret = world.secret(&world.alice);
    let permit = world.permit(today);
    let client = Client::with_permit(&world.alice, &secret, &permit, today).unwrap();
    let base = world.alice.base_on(today).unwrap();
    let store = MemoryReplayStore::new(1);
    let proof = client.prove(&mut rng(), NOW).unwrap();
    let verify = |base, proof: &OnePass| world.server.verify_one_pass(&store, base, proof, NOW);
    assert!(verify(world.alice.base(), &proof).is_err());
    let tomorrow = Date::from_days(today.days() + 1);
    assert!(verify(world.alice.base_on(tomorrow).unwrap(), &proof).is_err());
    let other = client.prove(&mut rng(), NOW).unwrap();
    for changed in [
        OnePass::new(proof.time() + 1, *proof.commitment(), *proof.response()),
        OnePass::new(proof.time(), *other.commitment(), *proof.response()),
        OnePass::new(proof.time(), *proof.commitment(), *other.response()),
    ] {
        assert!(verify(base, &changed).is_err());
    }
    // Refused ones took no room in the store; the good one takes the last.
    assert!(verify(base, &proof).is_ok());
    assert!(verify(base, &other).is_err());
}

#[test]
fn one_pass_times_fit_four_bytes() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let last = u64::from(u32::MAX);
    assert!(client.prove(&mut rng(), last).is_ok());
    for now in [last + 1, u64::MAX] {
        assert_eq!(
            client.prove(&mut rng(), now).unwrap_err(),
            CompatError::Time
        );
    }
}

#[test]
fn a_mistyped_pin_in_one_pass_tells_its_distance() {
    let world = World::new();
    let client = world.client(&world.token(1234), 1233);
    let proof = client.prove(&mut rng(), NOW).unwrap();
    let store = MemoryReplayStore::new(1);
    let base = world.alice.base();
    let refused = world
        .server
        .verify_one_pass(&store, base, &proof, NOW)
        .unwrap_err();
    let error = refused.pin_error(&world.server).unwrap();
    assert_eq!(error.distance_vartime(), Some(-1));
}
