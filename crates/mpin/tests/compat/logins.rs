//! Logins that end well, and the changes that make them fail.

use core::num::NonZeroU32;

use milagro_curve::{DecodeError, Dst, SecretScalar};
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{Account, Charge, Claim, Kind, Life, LocalLedger as _, Unspent};
use milagro_mpin::Seconds;
use milagro_mpin::compat::{
    Client, CompatError, Date, LegacyIdentity, LegacyPin, LegacyPolicy, LegacyServerSecret,
    MasterShare, MilagroLegacy, OnePass, Pending, Server, SignedMessage, hazmat,
};

use crate::{Failed, LIFETIME, NOW, SKEW, WINDOW, World, new_pin, rng, server};

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

/// A wrong answer uses y up, and the right one comes too late.
#[test]
fn one_y_gives_one_verdict() {
    let world = World::new();
    let token = world.token(1234);
    let (right, wrong) = (world.client(&token, 1234), world.client(&token, 1235));
    let x = SecretScalar::random(&mut rng());
    let u = hazmat::commit(&right, x.clone());
    let y = world.challenge(world.alice.base(), u.message);
    let bytes = y.state.to_bytes(&world.server);
    let guess = hazmat::commit(&wrong, x).state.respond(&y.message).unwrap();
    assert!(matches!(
        world.verify(y.state, &guess, NOW).unwrap_err(),
        Failed::Refused(_)
    ));
    let again = Pending::from_bytes(&world.server, world.alice.base(), &bytes).unwrap();
    let v = u.state.respond(&y.message).unwrap();
    let late = world.verify(again, &v, NOW).unwrap_err();
    assert!(matches!(late, Failed::Ledger("exhausted")), "{late:?}");
}

/// Every verdict is paid for before, by failures alone, until the application clears the account.
#[test]
fn guesses_stop_at_the_limit() {
    let mut world = World::new();
    let shares = world.authorities.each_ref().map(MasterShare::server_share);
    let secret = LegacyServerSecret::from_shares(&shares).unwrap();
    world.server = Server::new(&secret, world.ledger.id(), LegacyPolicy::DEFAULT);
    let base = world.alice.base();
    let token = world.token(1234);
    let (right, wrong) = (world.client(&token, 1234), world.client(&token, 4321));
    for _ in 0..20 {
        assert!(world.login(base, &right).is_ok());
    }
    // Logins, one-pass logins and signatures are counted together.
    let one_pass = |client: &Client<_>| {
        let proof = client.prove(&mut rng(), NOW).unwrap();
        world.verify_one_pass(base, &proof, NOW)
    };
    let signs = |client: &Client<_>| {
        let signature = &client.sign(&mut rng(), b"text", NOW).unwrap();
        let message = b"text";
        let signed = SignedMessage { message, signature };
        world.verify_signature(base, signed, NOW).map(drop)
    };
    for _ in 0..2 {
        assert!(matches!(
            world.login(base, &wrong).unwrap_err(),
            Failed::Refused(_)
        ));
        assert!(matches!(one_pass(&wrong).unwrap_err(), Failed::Refused(_)));
    }
    assert!(matches!(signs(&wrong).unwrap_err(), Failed::Refused(_)));
    let locked = [
        world.login(base, &right).map(drop),
        one_pass(&right).map(drop),
        signs(&right),
    ];
    for verdict in locked {
        assert!(matches!(verdict.unwrap_err(), Failed::Ledger("exhausted")));
    }
    let account = world.server.attempts_of(&world.alice);
    world.ledger.clear(&[account]).unwrap();
    assert!(world.login(base, &right).is_ok());
}

/// Another server's, or other charges: nothing is checked, and everything is given back.
#[test]
fn what_was_paid_elsewhere_is_not_checked() {
    let world = World::new();
    let elsewhere = world.elsewhere(100);
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let base = world.alice.base();
    let admit = || {
        let proof = client.prove(&mut rng(), NOW).unwrap();
        let admitted = world.server.admit_one_pass(&mut rng(), base, &proof, NOW);
        admitted.unwrap()
    };
    let account = [world.server.attempts_of(&world.alice)];
    let used = || world.ledger.usage(&account).unwrap()[0].used;
    let paid = admit().spend_local(&world.ledger, NOW).unwrap();
    assert_eq!(used(), 1);
    let refused = elsewhere.server.check(&mut rng(), paid, NOW).unwrap_err();
    refused.give_back_local(&world.ledger);
    assert_eq!(used(), 0);
    // The same for a price of one's own making.
    let paid = admit().spend_local(&world.ledger, NOW).unwrap();
    let own = Charge {
        account: Account::new(Kind::new(200), &[0; 32], Life::Lasting),
        amount: NonZeroU32::MIN,
        limit: 1,
        claim: Claim::fresh(&mut rng()),
    };
    let cheap = Unspent::new(paid.into_value(), vec![own]);
    let cheap = cheap.spend_local(&world.ledger, NOW).unwrap();
    assert!(world.server.check(&mut rng(), cheap, NOW).is_err());
    // Too late by the time of the check.
    let paid = admit().spend_local(&world.ledger, NOW).unwrap();
    let late = NOW.plus(LIFETIME).plus(Seconds::new(1));
    let refused = world.server.check(&mut rng(), paid, late).unwrap_err();
    assert_eq!(used(), 2);
    refused.give_back_local(&world.ledger);
    assert_eq!(used(), 1);
    assert!(refused.pin_error(&world.server).is_none());
}

/// Neither an empty ledger nor a restored one lets something in again.
#[test]
fn a_younger_ledger_takes_nothing_from_before() {
    let world = World::new();
    let shares = world.authorities.each_ref().map(MasterShare::server_share);
    let secret = LegacyServerSecret::from_shares(&shares).unwrap();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let proof = client.prove(&mut rng(), NOW).unwrap();
    let base = world.alice.base();
    assert!(world.verify_one_pass(base, &proof, NOW).is_ok());
    let empty = MemoryLedger::init(&mut rng(), 100, NOW);
    let restored = MemoryLedger::restore(&mut rng(), world.ledger.snapshot(), NOW);
    for ledger in [empty, restored] {
        let mut other = world.elsewhere(1);
        other.server = server(&secret, &ledger);
        other.ledger = ledger;
        let over = other.verify_one_pass(base, &proof, NOW).unwrap_err();
        assert!(matches!(over, Failed::Ledger("over")), "{over:?}");
    }
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

#[test]
fn one_pass_within_the_window_once() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let base = world.alice.base();
    for (now, good) in WINDOW {
        let proof = client.prove(&mut rng(), NOW).unwrap();
        let verify = |now| world.verify_one_pass(base, &proof, now).is_ok();
        assert_eq!(verify(now), good, "{now}");
        // Once it was taken, never again, and not earlier or later either.
        if good {
            for again in [now, NOW.minus(SKEW), NOW, NOW.plus(LIFETIME)] {
                assert!(!verify(again), "{now} {again}");
            }
        }
    }
}

#[test]
fn one_pass_with_a_permit_a_full_ledger_and_changes() {
    let world = World::new();
    let today = Date::of(NOW).unwrap();
    let secret = world.secret(&world.alice);
    let permit = world.permit(today);
    let client = Client::with_permit(&world.alice, &secret, &permit, today).unwrap();
    let base = world.alice.base_on(today).unwrap();
    // Room for the account of attempts and for one login.
    let small = world.elsewhere(2);
    let proof = client.prove(&mut rng(), NOW).unwrap();
    let verify = |base, proof: &OnePass| small.verify_one_pass(base, proof, NOW);
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
    // Refused ones took no room; the good one takes the last.
    assert!(verify(base, &proof).is_ok());
    let full = verify(base, &other).unwrap_err();
    assert!(matches!(full, Failed::Ledger("full")), "{full:?}");
}

#[test]
fn one_pass_times_fit_four_bytes() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let last = Seconds::new(u32::MAX.into());
    assert!(client.prove(&mut rng(), last).is_ok());
    for now in [last.plus(Seconds::new(1)), Seconds::MAX] {
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
    let failed = world.verify_one_pass(world.alice.base(), &proof, NOW);
    let refused = failed.unwrap_err().refused();
    let error = refused.pin_error(&world.server).unwrap();
    assert_eq!(error.distance_vartime(), Some(-1));
}
