//! What somebody with keys but without one-time scalars can try.

use milagro_curve::rand_core::{TryCryptoRng, TryRng};
use milagro_curve::{
    G1Point, G1Sum, G2Prepared, G2Sum, Scalar, SecretG1, SecretGt, SecretScalar, pairing::pairing,
};
use milagro_mpin::compat::encoding as e;
use sha2::{Digest as _, Sha256};

use super::{World, initiator};
use crate::compat::ResponderName;
use crate::tests::fixture::rng;

fn hq(parts: [&[u8]; 4]) -> Scalar {
    Scalar::from_wide_bytes(&Sha256::digest(parts.concat()))
}

fn key(k: &SecretGt, d: &G1Point) -> Vec<u8> {
    let d = SecretG1::from(*d).to_uncompressed();
    Sha256::digest([&k.trace_bytes()[..], &[4], &d[..]].concat())[..16].to_vec()
}

/// With both static keys, the master secret even, k follows from what was sent, since
/// k = e(πa·A + PaG1, πb·B + PbG2)^s. D does not: it takes x or w.
#[test]
fn static_keys_and_the_transcript_do_not_give_the_key() {
    let world = World::new();
    let (alice, bob) = (world.initiator(b"alice"), world.responder(b"bob"));
    let x = SecretScalar::random(&mut rng());
    let (offer, waiting) = alice.start_with(x.clone(), bob.name()).unwrap();
    let (answer, bobs) = bob.answer(&mut rng(), alice.name(), &offer).unwrap();
    let agreed = *waiting.finish(&answer).unwrap().as_bytes();
    assert_eq!(agreed, *bobs.as_bytes());

    let (pa_bytes, (pg_bytes, pb_bytes)) = (offer.to_bytes(), answer.to_bytes());
    let [pa, pg] = [&pa_bytes, &pg_bytes].map(|bytes| e::g1_from_bytes(bytes).unwrap());
    let pb = e::g2_from_milagro(&pb_bytes).unwrap();
    let pi_a = hq([&pa_bytes, &pb_bytes, &pg_bytes, b"bob"]);
    let pi_b = hq([&pb_bytes, &pa_bytes, &pg_bytes, b"alice"]);
    let (a, b) = (*alice.name().point(), *bob.name().point());
    let s = world.0.each_ref().map(|share| {
        let bytes = share.to_bytes();
        Scalar::from_bytes(bytes[16..].try_into().unwrap()).unwrap()
    });
    let s = s[0] + s[1];
    let left = (&a * &pi_a + G1Sum::from(pa)).to_point().unwrap();
    let right = (&b * &pi_b + G2Sum::from(pb)).to_point().unwrap();
    let left = (&left * &s).to_point().unwrap();
    let k = SecretGt::from(pairing(&left, &G2Prepared::from(&right)));

    // The attempt is sound: with D it gives the key.
    assert_eq!(key(&k, &(&pg * &x)), agreed);
    let s_a = e::g1_from_bytes(&alice.to_bytes()).unwrap();
    let mut attempts = vec![pa, pg, a, s_a, G1Point::generator()];
    for factor in [s, pi_a, pi_b, pi_a * pi_b, s * pi_a, s * pi_b] {
        for point in [pa, pg, a] {
            attempts.push((&point * &factor).to_point().unwrap());
        }
    }
    let sums: Vec<_> = attempts
        .iter()
        .flat_map(|one| attempts.iter().map(move |other| *one + *other))
        .filter_map(|sum| sum.to_point())
        .collect();
    for d in attempts.iter().chain(&sums) {
        assert_ne!(key(&k, d), agreed);
    }
}

/// Whoever has neither key has no k, whatever he sends.
#[test]
fn without_a_key_there_is_no_k() {
    let world = World::new();
    let (alice, bob) = (world.initiator(b"alice"), world.responder(b"bob"));
    // Mallory answers for Bob, with w and y of her own, so she knows D.
    let (w, y) = (
        SecretScalar::random(&mut rng()),
        SecretScalar::random(&mut rng()),
    );
    let mallory = World::new().responder(b"bob");
    let (offer, waiting) = alice.start(&mut rng(), bob.name()).unwrap();
    let (answer, guess) = mallory
        .answer_with(crate::compat::OneTime { w, y }, alice.name(), &offer)
        .unwrap();
    let agreed = waiting.finish(&answer).unwrap();
    assert_ne!(agreed.as_bytes(), guess.as_bytes());
}

/// A generator that always says the same.
struct Stuck;

impl TryRng for Stuck {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(0);
        Ok(())
    }
}

impl TryCryptoRng for Stuck {}

#[test]
fn a_generator_that_fails_repeats_nothing_between_peers() {
    let world = World::new();
    let (alice, bob) = (world.initiator(b"alice"), world.responder(b"bob"));
    let offer = |to: &[u8]| alice.start(&mut Stuck, &ResponderName::new(to)).unwrap().0;
    assert_ne!(offer(b"bob"), offer(b"carol"));
    let other = world.initiator(b"dave");
    let (others, _) = other.start(&mut Stuck, bob.name()).unwrap();
    assert_ne!(offer(b"bob"), others);
    // x is not what the generator says: nobody but Alice can compute it.
    let known = SecretScalar::random(&mut Stuck);
    assert_ne!(
        offer(b"bob").to_bytes(),
        e::g1_to_bytes(&(alice.name().point() * &known))
    );
    let answer = |from: &[u8], offer| bob.answer(&mut Stuck, &initiator(from), offer).unwrap().0;
    let (one, two) = (offer(b"bob"), others);
    assert_ne!(answer(b"alice", &one), answer(b"alice", &two));
    let ((pg, pb), (other_pg, other_pb)) = (
        answer(b"alice", &one).to_bytes(),
        answer(b"carol", &one).to_bytes(),
    );
    assert_ne!((pg, pb), (other_pg, other_pb));
    assert_ne!(pb, other_pb);
    // w and y differ: else B would show w·B to whoever sees w·A.
    let w_of_y = |point: &[u8; 97]| e::g1_from_bytes(point).unwrap();
    let (pg, pb) = (w_of_y(&pg), e::g2_from_milagro(&pb).unwrap());
    let left = pairing(&pg, &G2Prepared::from(bob.name().point()));
    let right = pairing(alice.name().point(), &G2Prepared::from(&pb));
    assert_ne!(left, right);
}
