//! Guesses at a PIN by a thief of the token: all of them count, and none can be hidden.

use milagro_curve::{G1Point, SecretScalar};

use super::fixture::{NOW, World, alice, factors, rng};
use super::openings::{add, opened, plain, prove, refused, value};
use crate::client::pin::PinLength;
use crate::client::token::Token;
use crate::names::binding::ChannelBinding;
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::permit::{Leaf, PermitLabel};
use crate::proof::encoding::LoginProof;
use crate::proof::opening::Opening;
use crate::proof::spec::Mode;
use crate::server::policy::PermitPolicy;
use crate::server::rejected::Reason;
use crate::server::replay::MemoryReplayStore;

/// A thief of the token who chooses x once and guesses with it again and again.
fn guess_with(world: &World, token: &Token, typed: &str, x: &SecretScalar) -> LoginProof {
    let secret = token.unlock(&factors(typed)).unwrap();
    let (nonce, target) = (world.challenge().0, world.target());
    let mode = Mode::Challenge(&nonce);
    let mut keys = secret.keys(&mut rng(), &target, mode, None).unwrap();
    keys.x = x.clone();
    keys.u = &keys.b * x;
    let (v, transcript) = keys.respond(&target, mode).unwrap();
    let opening = Opening::new(&mut rng(), x, keys.bases(), &transcript, &v);
    LoginProof {
        nonce,
        statement: keys.statement(&v, Some(&opening)),
    }
}

#[test]
fn every_guess_with_the_same_u_counts() {
    let world = plain();
    let token = world.token(&alice(), &factors("1234"));
    let x = SecretScalar::random(&mut rng());
    let store = MemoryReplayStore::new(10);
    for (typed, delta) in [("0000", -1234), ("0001", -1233), ("0001", -1233)] {
        let rejected = refused(&world, &guess_with(&world, &token, typed, &x));
        let failure = rejected.opened().unwrap();
        let error = world
            .verifier
            .pin_error_vartime(&store, failure, (NOW + 10, NOW));
        assert_eq!(value(error), Some(delta));
    }
    // The helper makes proofs that hold.
    assert!(
        world
            .verify(&guess_with(&world, &token, "1234", &x))
            .is_ok()
    );
}

#[test]
fn what_has_no_opening_is_refused_where_one_is_asked_for() {
    // Else the thief of a token would try PINs with signatures or key agreements, and show no distance.
    let world = plain();
    let (secret, target) = (world.master.issue_client(&alice()), world.target());
    let none = ChannelBinding::None;
    let signature = secret.sign(&mut rng(), &target, (NOW, b"m"), None).unwrap();
    let replays = MemoryReplayStore::new(1);
    let verdict = world
        .verifier
        .verify_signature(&replays, (&signature, b"m"), &none, NOW);
    assert_eq!(verdict.unwrap_err().reason(), Reason::OpeningMissing);
    let one_pass = secret
        .prove_one_pass(&mut rng(), &target, NOW, None)
        .unwrap();
    let verdict = world
        .verifier
        .verify_one_pass(&replays, &one_pass, &none, NOW);
    assert_eq!(verdict.unwrap_err().reason(), Reason::OpeningMissing);
    let (_, hello) = secret
        .start_full(&mut rng(), &target, world.challenge(), None)
        .unwrap();
    let verdict = world
        .verifier
        .accept_full(&mut rng(), &world.store, &hello, &none, NOW);
    assert_eq!(verdict.unwrap_err().reason(), Reason::OpeningMissing);
}

#[test]
fn a_hidden_guess_cannot_be_opened() {
    // A thief of the token guesses the PIN and adds (c·P, c·s·P) to hide the distance.
    let world = plain();
    let token = world.token(&alice(), &factors("1234"));
    let guess = prove(&world, &token, &factors("1235"), None);
    let c = SecretScalar::random(&mut rng());
    let hide = &G1Point::generator() * &c;
    let hidden = |proof: &LoginProof| {
        let mut proof = proof.clone();
        let (u, v) = (proof.statement.u, proof.statement.v);
        proof.statement.u = add(u, hide);
        proof.statement.v = add(v, -(&world.master.commitment() * &c));
        proof
    };
    let rejected = refused(&world, &hidden(&guess));
    assert_eq!(rejected.reason(), Reason::Opening);
    assert!(rejected.opened().is_none());
    // Without the opening it is refused for want of one.
    let mut bare = hidden(&prove(&world, &token, &factors("1235"), None));
    bare.statement.opening = None;
    assert_eq!(world.verify(&bare).unwrap_err(), Reason::OpeningMissing);
}

#[test]
fn a_guess_hidden_by_a_public_permit_cannot_be_opened() {
    // The pair (N, s·N) of a permit for somebody else, or of the thief's own, in place of (P, s·P).
    let world = opened(PermitPolicy::Cover(EpochPolicy::DAILY), PinLength::FOUR);
    let token = world.token(&alice(), &factors("1234"));
    let label = |low| PermitLabel::Cover {
        epoch: Epoch(NOW / 86_400),
        low: Leaf(low),
        high: Leaf(u128::MAX),
    };
    let mine = world.permit(label(0), &alice());
    let c = SecretScalar::random(&mut rng());
    for public in [mine, world.permit(label(u128::MAX), &alice())] {
        let n = public
            .label
            .to_point(&world.domain, public.length, &alice());
        for opening in [true, false] {
            let mut proof = prove(&world, &token, &factors("1235"), Some(&mine));
            let statement = &mut proof.statement;
            statement.u = add(statement.u, &n * &c);
            statement.v = add(statement.v, -(public.point() * &c));
            let reason = if opening {
                Reason::Opening
            } else {
                statement.opening = None;
                Reason::OpeningMissing
            };
            let rejected = refused(&world, &proof);
            assert_eq!(rejected.reason(), reason);
            assert!(rejected.opened().is_none());
        }
    }
}
