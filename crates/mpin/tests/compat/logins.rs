//! Logins that end well, and the changes that make them fail.

use milagro_curve::{DecodeError, Dst};
use milagro_mpin::Seconds;
use milagro_mpin::compat::{
    Client, CompatError, Date, LegacyIdentity, LegacyPin, LegacyServerSecret, MasterShare,
    MilagroLegacy, Pending,
};

use crate::{Failed, LIFETIME, NOW, WINDOW, World, new_pin, rng, server};

#[test]
fn the_right_pin_logs_in_and_no_other() {
    let world = World::new();
    for pin in [0, 1, 42, 9_999] {
        let token = world.token(pin);
        let base = world.alice.base();
        let logged_in = world.login(base, &world.client(&token, pin)).unwrap();
        assert_eq!(logged_in.base(), &base);
        for wrong in [(pin + 1) % 10_000, (pin + 5_000) % 10_000] {
            assert!(world.login(base, &world.client(&token, wrong)).is_err());
        }
    }
}

#[test]
fn identities_of_miracl_core_log_in() {
    let world = World::new();
    let tag = Dst::from_static(b"BLS12381G1_XMD:SHA-256_SSWU_NU_MPIN");
    let alice = LegacyIdentity::miracl_core(b"alice", tag);
    let client = Client::new(&alice, world.secret(&alice));
    assert!(world.login(alice.base(), &client).is_ok());
    let other = LegacyIdentity::miracl_core(b"alice", Dst::from_static(b"other"));
    assert!(world.login(other.base(), &client).is_err());
}

#[test]
fn another_identity_or_server_is_refused() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let bob = LegacyIdentity::milagro(b"bob@example.org").unwrap();
    assert!(world.login(bob.base(), &client).is_err());
    let stranger = MasterShare::random(&mut rng()).server_share();
    let stranger = LegacyServerSecret::from_shares(&[stranger]).unwrap();
    let mut posing = world.elsewhere(10);
    posing.server = server(&stranger, &posing.ledger);
    assert!(posing.login(world.alice.base(), &client).is_err());
    // One share of two is not the secret.
    let half = [world.authorities[0].server_share()];
    let half = LegacyServerSecret::from_shares(&half).unwrap();
    posing.server = server(&half, &posing.ledger);
    assert!(posing.login(world.alice.base(), &client).is_err());
}

#[test]
fn a_permit_is_good_for_its_date() {
    let world = World::new();
    let today = Date::of(NOW).unwrap();
    assert_eq!(today.days(), 19_675);
    let tomorrow = Date::from_days(today.days() + 1);
    let secret = world.secret(&world.alice);
    let permit = world.permit(today);
    let client = Client::with_permit(&world.alice, &secret, &permit, today).unwrap();
    let on = |date| world.alice.base_on(date).unwrap();
    assert!(world.login(on(today), &client).is_ok());
    assert!(world.login(on(tomorrow), &client).is_err());
    assert!(world.login(world.alice.base(), &client).is_err());
    // Yesterday's permit on today's date; no permit where one is asked for.
    let late = Client::with_permit(&world.alice, &secret, &permit, tomorrow).unwrap();
    assert!(world.login(on(tomorrow), &late).is_err());
    let without = Client::new(&world.alice, secret);
    assert!(world.login(on(today), &without).is_err());
}

#[test]
fn dates_are_days() {
    let date = |seconds| Date::of(Seconds::new(seconds)).map(Date::days);
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
    let date = Date::of(NOW).unwrap();
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
    for (now, good) in WINDOW {
        let u = client.commit(&mut rng(), NOW);
        let y = world.challenge(world.alice.base(), u.message);
        let v = u.state.respond(&y.message).unwrap();
        assert_eq!(world.verify(y.state, &v, now).is_ok(), good, "{now}");
    }
}

/// y may wait outside of the server, and is used once all the same.
#[test]
fn a_challenge_that_waits_elsewhere_is_used_once() {
    let world = World::new();
    let base = world.alice.base();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let u = client.commit(&mut rng(), NOW);
    let y = world.challenge(base, u.message);
    let bytes = y.state.to_bytes(&world.server);
    assert_eq!(bytes.len(), Pending::<MilagroLegacy>::LEN);
    let read = |bytes: &[u8]| Pending::from_bytes(&world.server, base, bytes);
    let v = u.state.respond(&y.message).unwrap();
    assert!(world.verify(read(&bytes).unwrap(), &v, NOW).is_ok());
    for pending in [read(&bytes).unwrap(), y.state] {
        let again = world.verify(pending, &v, NOW).unwrap_err();
        assert!(matches!(again, Failed::Ledger("exhausted")), "{again:?}");
    }
    // No bit can change, so nobody puts another U before the same y; nor can who it is for.
    for bit in 8..8 * bytes.len() {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&changed).is_err(), "{bit}");
    }
    for length in 0..bytes.len() {
        assert_eq!(read(&bytes[..length]).unwrap_err(), DecodeError::Length);
    }
    let mut newer = bytes.clone();
    newer[0] = 2;
    assert_eq!(read(&newer).unwrap_err(), DecodeError::Version);
    let today = Date::of(NOW).unwrap();
    let bob = LegacyIdentity::milagro(b"bob@example.org").unwrap();
    for base in [bob.base(), world.alice.base_on(today).unwrap()] {
        let misread = Pending::from_bytes(&world.server, base, &bytes);
        assert_eq!(misread.unwrap_err(), DecodeError::Value);
    }
    // Over another ledger it never was.
    let elsewhere = world.elsewhere(10);
    let misread = Pending::from_bytes(&elsewhere.server, base, &bytes);
    assert_eq!(misread.unwrap_err(), DecodeError::Value);
}

#[test]
fn challenges_and_commitments_differ() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let commit = || client.commit(&mut rng(), NOW).message;
    let (one, two) = (commit(), commit());
    assert_ne!(one, two);
    let challenge = || world.challenge(world.alice.base(), one).message;
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
        let failed = world.login(world.alice.base(), &client).unwrap_err();
        let refused = failed.refused();
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
    let failed = world.login(world.alice.base(), &client).unwrap_err();
    let error = failed.refused().pin_error(&world.server).unwrap();
    assert_eq!(error.distance_vartime(), None);
    // Nor has a login that came too late, or one with a permit.
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let u = client.commit(&mut rng(), NOW);
    let y = world.challenge(world.alice.base(), u.message);
    let v = u.state.respond(&y.message).unwrap();
    let late = NOW.plus(LIFETIME).plus(Seconds::new(1));
    let refused = world.verify(y.state, &v, late).unwrap_err().refused();
    assert!(refused.pin_error(&world.server).is_none());
    let today = Date::of(NOW).unwrap();
    let base = world.alice.base_on(today).unwrap();
    let refused = world.login(base, &client).unwrap_err().refused();
    assert!(refused.pin_error(&world.server).is_none());
}

#[test]
fn client_and_server_agree_on_a_key() {
    use milagro_mpin::compat::LegacyKeyBase;
    let world = World::new();
    let token = world.token(1234);
    let keys = LegacyKeyBase::new(&token, &world.alice);
    let today = Date::of(NOW).unwrap();
    let secret = token.unlock(&world.alice, &new_pin(1234)).unwrap();
    let permit = world.permit(today);
    let permitted = Client::with_permit(&world.alice, &secret, &permit, today).unwrap();
    for (client, base) in [
        (Client::new(&world.alice, secret), world.alice.base()),
        (permitted, world.alice.base_on(today).unwrap()),
    ] {
        let agree = |pin| {
            let u = client.commit(&mut rng(), NOW);
            let y = world.challenge(base, u.message);
            let asked = u.state.respond_for_key(&mut rng(), &y.message).unwrap();
            let logged_in = world.verify(y.state, &asked.v, NOW).unwrap();
            let answer = logged_in.agree(&mut rng(), &world.server, &asked.r);
            let answer = answer.unwrap();
            let key = asked.state.finish(&keys, &new_pin(pin), &answer.w);
            (key, answer.key)
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
