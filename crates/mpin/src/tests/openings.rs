//! Openings, and what they tell of a PIN.

use milagro_curve::{
    G1Point, G2Point, G2Prepared, Gt,
    loose::{E1Point, E1Sum},
    pairing::pairing,
};

use super::fixture::{NOW, ORDER_11, World, alice, factors, rng};
use crate::client::factor::Factors;
use crate::client::pin::PinLength;
use crate::client::token::Token;
use crate::names::binding::ChannelBinding;
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::permit::{Leaf, Permit, PermitLabel};
use crate::proof::encoding::LoginProof;
use crate::server::pin_error::{PinError, search};
use crate::server::policy::{OpeningPolicy, PermitPolicy, Policy};
use crate::server::rejected::{Reason, Rejected};
use crate::server::replay::MemoryReplayStore;
use crate::server::store::ChallengeStore as _;
use milagro_base::DecodeError;

pub(super) fn opened(permits: PermitPolicy, length: PinLength) -> World {
    World::with_policy(Policy {
        openings: OpeningPolicy::Opened(length),
        ..Policy::new(permits)
    })
}

pub(super) fn plain() -> World {
    opened(PermitPolicy::NoPermits, PinLength::FOUR)
}

pub(super) fn prove(
    world: &World,
    token: &Token,
    factors: &Factors,
    permit: Option<&Permit>,
) -> LoginProof {
    let secret = token.unlock(factors).unwrap();
    secret
        .prove_opened(&mut rng(), &world.target(), world.challenge(), permit)
        .unwrap()
}

pub(super) fn refused(world: &World, proof: &LoginProof) -> Rejected {
    world
        .verifier
        .verify(&world.store, proof, &ChannelBinding::None, NOW)
        .unwrap_err()
}

fn distance(world: &World, rejected: &Rejected) -> PinError {
    let store = MemoryReplayStore::new(10);
    let times = (NOW + 100, NOW);
    world
        .verifier
        .pin_error_vartime(&store, rejected.opened().unwrap(), times)
}

pub(super) fn value(error: PinError) -> Option<i32> {
    match error {
        PinError::Mistyped(distance) => Some(distance.value()),
        _ => None,
    }
}

#[test]
fn every_distance_of_four_digits_is_found_and_none_of_five() {
    let q = G2Prepared::from(&G2Point::generator());
    let f = pairing(&G1Point::generator(), &q);
    let (mut up, mut down) = (Gt::one(), Gt::one());
    assert_eq!(search(&up, &f, 10_000), None);
    for delta in 1..10_000 {
        up = &up * &f;
        down = &down * &f.invert();
        assert_eq!(search(&up, &f, 10_000), Some(delta));
        assert_eq!(search(&down, &f, 10_000), Some(-delta));
    }
    for _ in 0..300 {
        up = &up * &f;
        down = &down * &f.invert();
        assert_eq!(search(&up, &f, 10_000), None);
        assert_eq!(search(&down, &f, 10_000), None);
    }
    assert_eq!(search(&f, &Gt::one(), 10_000), None);
}

#[test]
fn distances_of_six_digits_are_found() {
    let q = G2Prepared::from(&G2Point::generator());
    let f = pairing(&G1Point::generator(), &q);
    for delta in [
        1_u64, 2, 999, 1000, 1001, 2001, 123_456, 500_000, 998_001, 999_999,
    ] {
        let power = f.pow(&delta.into()).declassify();
        assert_eq!(
            search(&power, &f, 1_000_000),
            Some(delta.try_into().unwrap())
        );
        let negative = -i32::try_from(delta).unwrap();
        assert_eq!(search(&power.invert(), &f, 1_000_000), Some(negative));
    }
    let beyond = f.pow(&1_000_000.into()).declassify();
    assert_eq!(search(&beyond, &f, 1_000_000), None);
}

#[test]
fn the_server_learns_by_how_much_the_pin_was_off() {
    let today = Epoch(NOW / 86_400);
    let kinds = [
        (PermitPolicy::NoPermits, None),
        (
            PermitPolicy::Personal(EpochPolicy::DAILY),
            Some(PermitLabel::Personal { epoch: today }),
        ),
        (
            PermitPolicy::Cover(EpochPolicy::DAILY),
            Some(PermitLabel::Cover {
                epoch: today,
                low: Leaf(0),
                high: Leaf(u128::MAX),
            }),
        ),
    ];
    for (policy, label) in kinds {
        for (digits, pairs) in [
            (
                PinLength::FOUR,
                [("0000", "9999", 9999), ("1234", "1233", -1)],
            ),
            (
                PinLength::SIX,
                [
                    ("999999", "000000", -999_999),
                    ("000001", "123457", 123_456),
                ],
            ),
        ] {
            let world = opened(policy, digits);
            for (pin, typed, delta) in pairs {
                let all = |digits| factors(digits).with_bytes("device", b"key").unwrap();
                let token = world.token(&alice(), &all(pin));
                let permit = label.map(|label| world.permit(label, &alice()));
                let good = prove(&world, &token, &all(pin), permit.as_ref());
                let good = LoginProof::from_bytes(&good.to_bytes()).unwrap();
                assert!(world.verify(&good).is_ok());
                let bad = prove(&world, &token, &all(typed), permit.as_ref());
                let bad = LoginProof::from_bytes(&bad.to_bytes()).unwrap();
                let rejected = refused(&world, &bad);
                assert_eq!(rejected.reason(), Reason::Proof);
                assert_eq!(value(distance(&world, &rejected)), Some(delta));
                // A wrong other factor shows none, whatever the PIN.
                let wrong = factors(typed).with_bytes("device", b"kez").unwrap();
                let rejected = refused(&world, &prove(&world, &token, &wrong, permit.as_ref()));
                assert_eq!(distance(&world, &rejected), PinError::NoGuess);
            }
        }
    }
}

#[test]
fn a_distance_counts_once_per_proof() {
    let world = plain();
    let token = world.token(&alice(), &factors("1234"));
    let rejected = refused(&world, &prove(&world, &token, &factors("1235"), None));
    let failure = rejected.opened().unwrap();
    let store = MemoryReplayStore::new(1);
    let times = (NOW + 10, NOW);
    let first = world.verifier.pin_error_vartime(&store, failure, times);
    assert_eq!(value(first), Some(1));
    let again = world.verifier.pin_error_vartime(&store, failure, times);
    assert_eq!(again, PinError::CountedBefore);
    let other = refused(&world, &prove(&world, &token, &factors("1236"), None));
    let full = world
        .verifier
        .pin_error_vartime(&store, other.opened().unwrap(), times);
    assert_eq!(full, PinError::StoreFull);
}

#[test]
fn openings_are_asked_for_or_not() {
    let closed = World::without_permits();
    let token = closed.token(&alice(), &factors("1234"));
    let proof = prove(&closed, &token, &factors("1234"), None);
    assert_eq!(closed.verify(&proof).unwrap_err(), Reason::OpeningUnasked);
    let open = plain();
    let token = open.token(&alice(), &factors("1234"));
    let secret = token.unlock(&factors("1234")).unwrap();
    assert_eq!(
        open.verify(&open.prove(&secret, None)).unwrap_err(),
        Reason::OpeningMissing
    );
    // The opening cannot be cut off or cut short on the way.
    let proof = prove(&open, &token, &factors("1234"), None);
    let bytes = proof.to_bytes();
    let mut cut = bytes[..bytes.len() - 80].to_vec();
    assert_eq!(
        LoginProof::from_bytes(&cut).unwrap_err(),
        DecodeError::Length
    );
    *cut.last_mut().unwrap() = 0;
    let cut = LoginProof::from_bytes(&cut).unwrap();
    assert_eq!(open.verify(&cut).unwrap_err(), Reason::OpeningMissing);
    let mut flag = bytes;
    let at = flag.len() - 81;
    flag[at] = 2;
    assert_eq!(
        LoginProof::from_bytes(&flag).unwrap_err(),
        DecodeError::Value
    );
}

#[test]
fn every_bit_of_an_opened_proof_with_a_permit_counts() {
    let world = opened(PermitPolicy::Cover(EpochPolicy::DAILY), PinLength::FOUR);
    let token = world.token(&alice(), &factors("1234"));
    let permit = world.permit(
        PermitLabel::Cover {
            epoch: Epoch(NOW / 86_400),
            low: Leaf(0),
            high: Leaf(u128::MAX),
        },
        &alice(),
    );
    let proof = prove(&world, &token, &factors("1234"), Some(&permit));
    let bytes = proof.to_bytes();
    for bit in (0..8 * bytes.len()).step_by(5) {
        let mut tweaked = bytes.clone();
        tweaked[bit / 8] ^= 1 << (bit % 8);
        if let Ok(tweaked) = LoginProof::from_bytes(&tweaked) {
            world.store.insert(proof.nonce, NOW + 1);
            let rejected = refused(&world, &tweaked);
            assert!(rejected.opened().is_none(), "bit {bit}");
        }
    }
    world.store.insert(proof.nonce, NOW + 1);
    assert!(world.verify(&proof).is_ok());
}

#[test]
fn a_good_opened_proof_cannot_be_made_to_show_a_distance() {
    let world = plain();
    let token = world.token(&alice(), &factors("1234"));
    let shift = alice().to_point();
    let tweaks: [fn(&mut LoginProof, G1Point); 5] = [
        |proof, a| proof.statement.v = add(proof.statement.v, a),
        |proof, a| proof.statement.u = add(proof.statement.u, a),
        |proof, _| {
            let opening = proof.statement.opening.as_mut().unwrap();
            opening.z = opening.z + milagro_curve::Scalar::ONE;
        },
        |proof, a| {
            let opening = proof.statement.opening.as_mut().unwrap();
            opening.r = add(opening.r, a);
        },
        |proof, a| {
            // z + 1 and R + B together satisfy the equation for another c.
            let opening = proof.statement.opening.as_mut().unwrap();
            opening.z = opening.z + milagro_curve::Scalar::ONE;
            opening.r = add(opening.r, a);
        },
    ];
    for tweak in tweaks {
        let mut proof = prove(&world, &token, &factors("1234"), None);
        tweak(&mut proof, shift);
        let rejected = refused(&world, &proof);
        assert_eq!(rejected.reason(), Reason::Opening);
        assert!(rejected.opened().is_none());
    }
}

pub(super) fn add(a: E1Point, b: G1Point) -> E1Point {
    (E1Sum::from(a) + b.into()).to_point().unwrap()
}

#[test]
fn a_strangers_garbage_is_no_guess() {
    let world = plain();
    // The stranger knows x, so the opening holds; there is no δ.
    let stranger = crate::keys::MasterSecret::random(&mut rng()).issue_client(&alice());
    let proof = stranger
        .prove_opened(&mut rng(), &world.target(), world.challenge(), None)
        .unwrap();
    let rejected = refused(&world, &proof);
    assert_eq!(rejected.reason(), Reason::Proof);
    assert_eq!(distance(&world, &rejected), PinError::NoGuess);
}

#[test]
fn small_orders_in_an_opened_proof_afterwards_are_refused() {
    let world = plain();
    let token = world.token(&alice(), &factors("1234"));
    let t = E1Point::from_bytes(&ORDER_11).unwrap();
    let plus = |point: E1Point| (E1Sum::from(point) + t.into()).to_point().unwrap();
    for place in 0..3 {
        let mut proof = prove(&world, &token, &factors("1234"), None);
        let statement = &mut proof.statement;
        match place {
            0 => statement.u = plus(statement.u),
            1 => statement.v = plus(statement.v),
            _ => {
                let opening = statement.opening.as_mut().unwrap();
                opening.r = plus(opening.r);
            }
        }
        assert_eq!(
            world.verify(&proof).unwrap_err(),
            Reason::Opening,
            "{place}"
        );
    }
}

#[test]
fn distances_do_not_show() {
    let world = plain();
    let token = world.token(&alice(), &factors("1234"));
    let rejected = refused(&world, &prove(&world, &token, &factors("5678"), None));
    let error = distance(&world, &rejected);
    assert_eq!(value(error), Some(4444));
    assert!(!format!("{error:?} {error:#?} {:?}", rejected.opened()).contains("4444"));
}
