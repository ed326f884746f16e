//! Keys made without a dealer, and shares that are renewed.

use milagro_dta::ceremony::{Board, Plan, Seat, Seed, advance};
use milagro_dta::issue::{CombineError, Fault};
use milagro_dta::{Authority, MemberKey, Roster, Threshold};
use milagro_voprf::Ristretto255;
use milagro_voprf::modes::Output;
use milagro_voprf::modes::threshold::{Collector, KeyShare, Shared, SharedKey};
use milagro_voprf::rand_core::Rng as _;
use milagro_voprf::suite::Bls12381G1;

use super::support::{Protocol, evaluate, id, issuers, rng};

type Key<S> = MemberKey<<S as Shared>::Sharing>;

fn session() -> [u8; 32] {
    let mut session = [0; 32];
    rng().fill_bytes(&mut session);
    session
}

/// Runs a ceremony to its end, all members honest and awake.
pub(super) fn run<S: Shared>(
    plan: &Plan<Protocol<S>>,
    keys: &[Key<S>],
    held: &[Authority<Protocol<S>>],
) -> Vec<Authority<Protocol<S>>> {
    let seeds: Vec<_> = keys.iter().map(|_| Seed::random(&mut rng())).collect();
    let seats: Vec<_> = keys
        .iter()
        .zip(&seeds)
        .enumerate()
        .map(|(place, (key, seed))| Seat::take(plan, key, seed, held.get(place)).unwrap())
        .collect();
    let mut logs = vec![Vec::new(); keys.len()];
    let mut board = Board::new(plan);
    loop {
        let mut said = Vec::new();
        for (seat, log) in seats.iter().zip(&mut logs) {
            if let Some(message) = advance(seat, log, &board).unwrap().send {
                log.push(message.clone());
                said.push(message);
            }
        }
        if said.is_empty() {
            break;
        }
        for message in said {
            board.add(&message).unwrap();
        }
    }
    let outcomes = seats
        .iter()
        .zip(&logs)
        .map(|(seat, log)| advance(seat, log, &board).unwrap());
    outcomes
        .map(|progress| progress.result.unwrap().authority.unwrap())
        .collect()
}

fn bytes<S: Shared>(output: &Output<S>) -> Vec<u8> {
    output.as_bytes().as_ref().to_vec()
}

fn outputs<S: Shared>(issuers: &[KeyShare<S>], places: &[usize], input: &str) -> Vec<u8> {
    let shared = issuers[0].shared();
    let (blinded, pending) = shared.public_key().blind(&mut rng(), &[input]).unwrap();
    let evaluation = evaluate(issuers, places, &blinded);
    bytes(&pending.finalize_shared(&evaluation).unwrap()[0])
}

fn refresh_keeps_outputs<S: Shared>() {
    let threshold = Threshold::new(2, 3).unwrap();
    let keys: Vec<Key<S>> = (0..3).map(|_| MemberKey::random(&mut rng())).collect();
    let roster = Roster::new(keys.iter().map(MemberKey::public)).unwrap();
    let plan = Plan::found(session(), "council", threshold, roster.clone()).unwrap();
    let old = run::<S>(&plan, &keys, &[]);
    let before = issuers::<S>(&old);
    // What a client drew under the key before.
    let token = outputs(&before, &[0, 1], "token");

    let plan = Plan::refresh(session(), old[0].domain().clone(), roster).unwrap();
    let new = run::<S>(&plan, &keys, &old);
    let after = issuers::<S>(&new);
    assert_eq!(after[0].shared().edition().generation, 1);
    assert_eq!(
        after[0].shared().public_key(),
        before[0].shared().public_key()
    );
    // Every two issuers of the new generation find the old token good.
    for places in [[0, 1], [0, 2], [1, 2]] {
        assert_eq!(outputs(&after, &places, "token"), token);
        assert_ne!(outputs(&after, &places, "other"), token);
    }
    generations_do_not_mix(&before, &after);
}

/// A share of before a refresh and one of after it are values of two polynomials.
fn generations_do_not_mix<S: Shared>(before: &[KeyShare<S>], after: &[KeyShare<S>]) {
    let shared: &SharedKey<S> = after[0].shared();
    let (blinded, _) = shared.public_key().blind(&mut rng(), &["token"]).unwrap();
    let stale = before[0].evaluate(&mut rng(), &blinded).unwrap();
    let fresh = after[1].evaluate(&mut rng(), &blinded).unwrap();
    assert_ne!(
        before[1]
            .evaluate(&mut rng(), &blinded)
            .unwrap()
            .evaluated(),
        fresh.evaluated()
    );
    let mut collector = Collector::new(shared, &blinded);
    assert_eq!(
        collector.add(id(1), stale.clone()).unwrap_err().fault,
        Fault::Generation
    );
    // With the new generation written over the old one, the proof is none.
    let mut forged = stale.to_bytes();
    forged[..73].copy_from_slice(&fresh.to_bytes()[..73]);
    assert_eq!(
        collector.add_bytes(id(1), &forged).unwrap_err().fault,
        Fault::Proof
    );
    collector.add(id(2), fresh).unwrap();
    let error = collector.finish().unwrap_err();
    assert!(
        matches!(error, CombineError::MixedGenerations { expected: 1, .. }),
        "{error}"
    );
}

#[test]
fn refresh_keeps_old_tokens_redeemable_on_ristretto255() {
    refresh_keeps_outputs::<Ristretto255>();
}

#[test]
fn refresh_keeps_old_tokens_redeemable_on_bls12381() {
    refresh_keeps_outputs::<Bls12381G1>();
}
