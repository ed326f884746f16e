//! The verification criterion: the verdict is that of the order-r parts, and every point counts with the bytes it
//! came in.

use milagro_curve::{
    Scalar, SecretG1, SecretScalar,
    loose::{E1Point, E1Sum},
};

use super::fixture::{World, alice, order_3, order_11, plus, rng, tweak};
use super::forge::{Forgery, Parts, blank};
use crate::keys::MasterSecret;
use crate::proof::encoding::LoginProof;
use crate::server::policy::PermitPolicy;
use crate::server::reason::Reason;

fn world() -> World {
    World::patient(PermitPolicy::NoPermits)
}

/// Points of small order that are added on the way of making a proof: to U before y is hashed, to V, and to R
/// before c is.
#[derive(Default)]
pub(super) struct Added {
    pub(super) u: Option<E1Point>,
    pub(super) v: Option<E1Point>,
    pub(super) r: Option<E1Point>,
}

fn with(point: E1Point, t: Option<E1Point>) -> E1Point {
    t.map_or(point, |t| plus(point, t))
}

/// The proof of a prover who knows x, and perhaps the secret.
pub(super) fn prove_with(world: &World, secret: &SecretG1, added: &Added) -> LoginProof {
    let identity = alice();
    let (forgery, parts) = (Forgery::login(world, &identity), Parts::random());
    let a = identity.to_point();
    let mut statement = blank(a.into(), false, false);
    statement.u = with((&a * &parts.x).into(), added.u);
    statement.r = with((&a * &parts.rho).into(), added.r);
    let (y, _) = forgery.y(&statement);
    let sum = parts.x.to_residue().add_public(&y).to_nonzero().unwrap();
    let v = (-secret.mul(&sum).declassify()).into();
    statement.v = with(v, added.v);
    LoginProof(forgery.opened(statement, &parts))
}

#[test]
fn the_points_are_of_small_order() {
    for (t, order) in [(order_3(), 3), (order_11(), 11)] {
        let mut sum = E1Sum::zero();
        for _ in 0..order {
            sum = sum + t.into();
        }
        assert!(sum.to_point().is_none());
        assert!(t.to_g1().is_err());
    }
}

#[test]
fn small_orders_before_hashing_leave_the_verdict() {
    let world = world();
    let good = world.master.issue_client(&alice());
    let bad = MasterSecret::random(&mut rng()).issue_client(&alice());
    let choices = [None, Some(order_3()), Some(order_11())];
    for u in choices {
        for v in choices {
            for r in choices {
                let added = Added { u, v, r };
                let proof = prove_with(&world, &good.secret, &added);
                let proof = LoginProof::from_bytes(&proof.to_bytes()).unwrap();
                assert!(world.log_in(&proof).is_ok());
                let proof = prove_with(&world, &bad.secret, &added);
                assert_eq!(world.refusal(&proof), Reason::Proof);
            }
        }
    }
}

#[test]
fn small_orders_after_hashing_are_refused() {
    let world = world();
    let secret = world.master.issue_client(&alice());
    for t in [order_3(), order_11()] {
        let good = world.prove(&secret, None);
        let tweaked = [
            tweak(&good, |s| s.u = plus(s.u, t)),
            tweak(&good, |s| s.v = plus(s.v, t)),
            tweak(&good, |s| s.r = plus(s.r, t)),
        ];
        for proof in &tweaked {
            assert_eq!(world.refusal(proof), Reason::Opening);
        }
        assert!(world.log_in(&good).is_ok());
    }
}

#[test]
fn points_of_nothing_but_small_order_are_refused() {
    let world = world();
    let secret = world.master.issue_client(&alice());
    let a = alice().to_point();
    for t in [order_3(), order_11()] {
        let good = world.prove(&secret, None);
        // z = 0 and all points of small order: the opening holds on the order-r parts, for x = 0.
        let empty = tweak(&good, |s| {
            (s.u, s.v, s.r, s.z) = (t, t, t, Scalar::ZERO);
        });
        assert_eq!(world.refusal(&empty), Reason::Proof);
        // U = T - y·A with V = T', for the y of an earlier U.
        let guess = -(&a * &SecretScalar::random(&mut rng()));
        let forged = tweak(&good, |s| (s.u, s.v) = (plus(guess.into(), t), t));
        assert_eq!(world.refusal(&forged), Reason::Opening);
    }
}

/// Without the subgroup nothing else is loose: signatures take points of order r alone.
#[test]
fn signatures_take_no_small_order() {
    let world = world();
    let secret = world.master.issue_client(&alice());
    let good = secret
        .login(&world.target())
        .sign(&mut rng(), super::fixture::NOW, b"m")
        .unwrap();
    let check = |signature: &crate::client::Signature| {
        let now = super::fixture::NOW;
        let arrival = World::arrival(now);
        let admitted = world
            .verifier
            .admit_signature(&mut rng(), signature, b"m", arrival);
        let paid = admitted.unwrap().spend_local(&world.ledger, now).unwrap();
        let checked = world.verifier.check_signature(&mut rng(), paid, now);
        checked.map(drop).map_err(|rejected| rejected.reason())
    };
    for t in [order_3(), order_11()] {
        for place in 0..3 {
            let changed = tweak(&LoginProof(good.0.clone()), |s| {
                let point = match place {
                    0 => &mut s.u,
                    1 => &mut s.v,
                    _ => &mut s.r,
                };
                *point = plus(*point, t);
            });
            let changed = crate::client::Signature(changed.0);
            assert_eq!(check(&changed), Err(Reason::Malformed));
        }
    }
    assert_eq!(check(&good), Ok(()));
}
