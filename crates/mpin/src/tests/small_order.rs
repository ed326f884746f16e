//! The verification criterion: the verdict is that of the order-r parts of U and V, and U counts with
//! the bytes it came in.

use milagro_curve::{
    SecretScalar,
    loose::{E1Point, E1Sum},
};

use super::fixture::{ORDER_11, World, alice, rng};
use crate::keys::ClientSecret;
use crate::proof::encoding::LoginProof;
use crate::proof::spec::{self, Mode};
use crate::proof::statement::Statement;
use crate::server::rejected::Reason;

/// (0, 2) has order 3.
fn order_3() -> E1Point {
    let mut bytes = [0; 96];
    bytes[95] = 2;
    E1Point::from_uncompressed(&bytes).unwrap()
}

fn order_11() -> E1Point {
    E1Point::from_bytes(&ORDER_11).unwrap()
}

fn plus(point: E1Point, t: E1Point) -> E1Point {
    (E1Sum::from(point) + t.into()).to_point().unwrap()
}

/// A prover that adds T to U before y is hashed, and T' to V.
pub(super) fn prove_with(
    world: &World,
    secret: &ClientSecret,
    t_u: Option<E1Point>,
    t_v: Option<E1Point>,
) -> LoginProof {
    let nonce = world.challenge().0;
    let target = world.target();
    let context = target.context(&secret.identity, None, Mode::Challenge(&nonce));
    let x = SecretScalar::random(&mut rng());
    let mut u = E1Point::from(&secret.point * &x);
    if let Some(t) = t_u {
        u = plus(u, t);
    }
    let (y, _) = context.challenge(&u.to_bytes());
    let mut v = E1Point::from(spec::response(&x, &y, &secret.secret).unwrap());
    if let Some(t) = t_v {
        v = plus(v, t);
    }
    LoginProof {
        nonce,
        statement: Statement {
            identity: secret.identity.clone(),
            label: None,
            u,
            v,
            opening: None,
        },
    }
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
fn small_orders_in_u_before_hashing_and_in_v_leave_the_verdict() {
    let world = World::without_permits();
    let good = world.master.issue_client(&alice());
    let bad = crate::keys::MasterSecret::random(&mut rng()).issue_client(&alice());
    let choices = [None, Some(order_3()), Some(order_11())];
    for t_u in choices {
        for t_v in choices {
            let proof = prove_with(&world, &good, t_u, t_v);
            let proof = LoginProof::from_bytes(&proof.to_bytes()).unwrap();
            assert!(world.verify(&proof).is_ok());
            let proof = prove_with(&world, &bad, t_u, t_v);
            assert_eq!(world.verify(&proof).unwrap_err(), Reason::Proof);
        }
    }
}

#[test]
fn small_orders_in_u_after_hashing_are_refused() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    for t in [order_3(), order_11()] {
        let mut proof = prove_with(&world, &secret, None, None);
        proof.statement.u = plus(proof.statement.u, t);
        assert_eq!(world.verify(&proof).unwrap_err(), Reason::Proof);
    }
}

#[test]
fn points_of_nothing_but_small_order_are_refused() {
    let world = World::without_permits();
    let a = alice().to_point();
    for t in [order_3(), order_11()] {
        let mut proof = prove_with(&world, &world.master.issue_client(&alice()), None, None);
        (proof.statement.u, proof.statement.v) = (t, t);
        assert_eq!(world.verify(&proof).unwrap_err(), Reason::Proof);
        // U = T - y·A with V = T', for the y of an earlier U.
        let mut proof = prove_with(&world, &world.master.issue_client(&alice()), None, None);
        let guess = -(&a * &SecretScalar::random(&mut rng()));
        (proof.statement.u, proof.statement.v) = (plus(guess.into(), t), t);
        assert_eq!(world.verify(&proof).unwrap_err(), Reason::Proof);
    }
}
