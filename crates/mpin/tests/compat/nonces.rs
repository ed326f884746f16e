//! Every one-time number under a generator that repeats itself: two statements, two numbers.

use core::convert::Infallible;

use milagro_curve::SecretScalar;
use milagro_mpin::Seconds;
use milagro_mpin::compat::{Client, LegacyClientSecret, hazmat};
use milagro_mpin::rand_core::{TryCryptoRng, TryRng};

use crate::{NOW, World, later, rng};

/// A generator that gives the same bytes for ever.
struct Stuck;

impl TryRng for Stuck {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(7)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(7)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(7);
        Ok(())
    }
}

impl TryCryptoRng for Stuck {}

/// x of every form, by U = x·A: over the time, the message, the form, and the secret.
#[test]
fn repeating_generator() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let token = world.token(1234);
    let typo = world.client(&token, 1235);
    let commit = |client: &Client<_>, now| client.commit(&mut Stuck, now).message;
    let prove = |now| *client.prove(&mut Stuck, now).unwrap().commitment();
    let sign = |message: &[u8], now| {
        let signature = client.sign(&mut Stuck, message, now);
        *signature.unwrap().commitment()
    };
    let next = later(1);
    let all = [
        commit(&client, NOW),
        commit(&client, next),
        commit(&typo, NOW),
        prove(NOW),
        prove(next),
        sign(b"", NOW),
        sign(b"m", NOW),
        sign(b"n", NOW),
        sign(b"m", next),
    ];
    for (place, u) in all.iter().enumerate() {
        assert!(!all[..place].contains(u), "{place}");
    }
    // The same statement gives the same proof, which gives nothing away.
    let signature = || client.sign(&mut Stuck, b"m", NOW).unwrap();
    assert_eq!(signature(), signature());
    // What the form leaves: two logins of one second share x, as the page says.
    assert_eq!(commit(&client, NOW), commit(&client, NOW));
}

/// y over U and the time; r over x, y and V; w over R and all before it.
#[test]
fn repeating_generator_of_a_key_agreement() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let commit = |now: Seconds| client.commit(&mut Stuck, now);
    let challenge = |u, now| {
        let base = world.alice.base();
        world.server.challenge(&mut Stuck, base, u, now)
    };
    let (one, two) = (commit(NOW).message, commit(later(1)).message);
    let [first, second, third] =
        [(one, NOW), (two, NOW), (one, later(1))].map(|(u, now)| challenge(u, now).message);
    assert!(first != second && first != third && second != third);

    let ask = |now, y| {
        let asked = commit(now).state.respond_for_key(&mut Stuck, y);
        asked.unwrap().r
    };
    let shares = [ask(NOW, &first), ask(NOW, &second), ask(later(1), &first)];
    assert!(shares[0] != shares[1] && shares[0] != shares[2] && shares[1] != shares[2]);
    assert_eq!(ask(NOW, &first), shares[0]);

    // One login that is checked twice, over two ledgers, with two R.
    let x = SecretScalar::random(&mut rng());
    let answer = |r| {
        let elsewhere = world.elsewhere(10);
        let step = hazmat::commit(&client, x.clone());
        let base = world.alice.base();
        let pending = hazmat::challenge(base, step.message, first, NOW).state;
        let v = step.state.respond(&first).unwrap();
        let logged_in = elsewhere.verify(pending, &v, NOW).unwrap();
        let answer = logged_in.agree(&mut Stuck, &world.server, r);
        answer.unwrap().w
    };
    assert_ne!(answer(&shares[0]), answer(&shares[1]));
    assert_eq!(answer(&shares[0]), answer(&shares[0]));
}

/// A generator that repeats itself does not make two users' numbers the same either.
#[test]
fn repeating_generator_of_two_users() {
    let world = World::new();
    let bob = milagro_mpin::compat::LegacyIdentity::milagro(b"bob@example.org").unwrap();
    // Bob's secret under Alice's base: only S_B differs.
    let secret = |identity| -> LegacyClientSecret { world.secret(identity) };
    let alice = Client::new(&world.alice, secret(&world.alice));
    let other = Client::new(&world.alice, secret(&bob));
    let u = |client: &Client<_>| *client.prove(&mut Stuck, NOW).unwrap().commitment();
    assert_ne!(u(&alice), u(&other));
}
