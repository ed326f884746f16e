//! What an honest party refuses, with which error.

use milagro_voprf::modes::{TaggedSecretKey, Unverified};
use milagro_voprf::suite::{Bls12381G1, P256, P384, P521};
use milagro_voprf::{
    Blinded, Error, Evaluated, MAX_BATCH, Oprf, Poprf, Proof, PublicKey, Ristretto255, SecretKey,
    Suite, VerifiedKey, Voprf, hazmat,
};

use super::common::{Counting, Zeros, minus};

const INPUTS: [&[u8]; 3] = [b"one", b"two", b"three"];

struct Run<S: Suite = Ristretto255> {
    blinded: Vec<Blinded<S>>,
    evaluated: Vec<Evaluated<S>>,
    proof: Proof<S>,
}

fn run<S: Suite>(key: &SecretKey<Voprf, S>) -> Run<S> {
    let (blinded, _) = key.public_key().blind(&mut Counting(1), &INPUTS).unwrap();
    let (evaluated, proof) = key.blind_evaluate(&mut Counting(2), &blinded).unwrap();
    Run {
        blinded,
        evaluated,
        proof,
    }
}

/// Blinds as in [`run`], both ways, and finishes with what it is given.
fn finish<S: Suite>(
    key: &PublicKey<Voprf, S>,
    evaluated: &[Evaluated<S>],
    proof: &Proof<S>,
) -> Result<(), Error> {
    let (_, pending) = key.blind(&mut Counting(1), &INPUTS).unwrap();
    pending.finalize(evaluated, proof).map(drop)
}

#[test]
fn both_blindings_give_what_the_key_gives() {
    fn check<S: Suite>() {
        let key = SecretKey::<Voprf, S>::generate(&mut Counting(0));
        let direct = key.evaluate_batch(&INPUTS).unwrap();
        let pinned = VerifiedKey::pin(key.public_key().clone());
        let runs = [
            key.public_key().blind(&mut Counting(1), &INPUTS),
            pinned.blind(&mut Counting(1), &INPUTS),
        ];
        for (blinded, pending) in runs.map(Result::unwrap) {
            let (evaluated, proof) = key.blind_evaluate(&mut Counting(2), &blinded).unwrap();
            let outputs = pending.finalize(&evaluated, &proof).unwrap();
            for ((found, expected), input) in outputs.iter().zip(&direct).zip(INPUTS) {
                assert_eq!(found.as_bytes().as_ref(), expected.as_bytes().as_ref());
                assert_eq!(
                    found.as_bytes().as_ref(),
                    key.evaluate(input).unwrap().as_bytes().as_ref()
                );
            }
        }
    }
    check::<Ristretto255>();
    check::<Bls12381G1>();
    check::<P256>();
    check::<P384>();
    check::<P521>();
}

fn tagged() -> TaggedSecretKey {
    let key = SecretKey::<Poprf>::generate(&mut Counting(0));
    key.tagged(b"tag").unwrap()
}

#[test]
fn empty_batches_are_refused() {
    let key = SecretKey::<Voprf>::generate(&mut Counting(0));
    let (public, tagged) = (key.public_key(), tagged());
    let pinned = VerifiedKey::pin(public.clone());
    let none: [&[u8]; 0] = [];

    assert_eq!(
        public.blind(&mut Counting(0), &none).map(drop),
        Err(Error::EmptyBatch)
    );
    assert_eq!(
        pinned.blind(&mut Counting(0), &none).map(drop),
        Err(Error::EmptyBatch)
    );
    assert_eq!(
        tagged.public_key().blind(&mut Counting(0), &none).map(drop),
        Err(Error::EmptyBatch)
    );
    assert_eq!(
        <Unverified>::blind(&mut Counting(0), &none).map(drop),
        Err(Error::EmptyBatch)
    );
    assert_eq!(
        key.blind_evaluate(&mut Counting(0), &[]).map(drop),
        Err(Error::EmptyBatch)
    );
    assert_eq!(
        tagged.blind_evaluate(&mut Counting(0), &[]).map(drop),
        Err(Error::EmptyBatch)
    );
    assert_eq!(key.evaluate_batch(&none).map(drop), Err(Error::EmptyBatch));
}

#[test]
fn batches_are_bounded() {
    let key = SecretKey::<Voprf>::generate(&mut Counting(0));
    let (public, tagged) = (key.public_key(), tagged());
    let pinned = VerifiedKey::pin(public.clone());
    let many = vec![[0; 1]; MAX_BATCH + 1];
    let many_blinded = vec![run(&key).blinded[0]; MAX_BATCH + 1];

    assert_eq!(
        public.blind(&mut Counting(0), &many).map(drop),
        Err(Error::BatchTooLarge)
    );
    assert_eq!(
        pinned.blind(&mut Counting(0), &many).map(drop),
        Err(Error::BatchTooLarge)
    );
    assert_eq!(
        key.blind_evaluate(&mut Counting(0), &many_blinded)
            .map(drop),
        Err(Error::BatchTooLarge)
    );
    assert_eq!(
        tagged
            .blind_evaluate(&mut Counting(0), &many_blinded)
            .map(drop),
        Err(Error::BatchTooLarge)
    );
    assert_eq!(
        key.evaluate_batch(&many).map(drop),
        Err(Error::BatchTooLarge)
    );
}

#[test]
fn answers_are_as_long_as_their_requests() {
    let key = SecretKey::<Voprf>::generate(&mut Counting(0));
    let (public, one) = (key.public_key(), run(&key));
    for len in [0, 1, 2] {
        assert_eq!(
            finish(public, &one.evaluated[..len], &one.proof),
            Err(Error::LengthMismatch)
        );
    }
    let longer = [one.evaluated.as_slice(), &one.evaluated[..1]].concat();
    assert_eq!(
        finish(public, &longer, &one.proof),
        Err(Error::LengthMismatch)
    );
    let (_, pending) = <Unverified>::blind(&mut Counting(0), &INPUTS).unwrap();
    assert_eq!(
        pending.finalize(&one.evaluated[..2]).map(drop),
        Err(Error::LengthMismatch)
    );
}

#[test]
fn a_proof_is_for_one_statement() {
    let key = SecretKey::<Voprf>::generate(&mut Counting(0));
    let other = SecretKey::<Voprf>::generate(&mut Counting(9));
    let good = run(&key);
    let refused = |evaluated: &[Evaluated], proof: &Proof| {
        assert_eq!(
            finish(key.public_key(), evaluated, proof),
            Err(Error::ProofRejected)
        );
    };
    assert_eq!(
        finish(key.public_key(), &good.evaluated, &good.proof),
        Ok(())
    );

    // Another key, with a proof that is valid for it: a key for one user.
    let foreign = run(&other);
    refused(&foreign.evaluated, &foreign.proof);
    refused(&good.evaluated, &foreign.proof);

    // Another order, on either side.
    refused(
        &[good.evaluated[1], good.evaluated[0], good.evaluated[2]],
        &good.proof,
    );
    let swapped = [good.blinded[1], good.blinded[0], good.blinded[2]];
    let (evaluated, proof) = key.blind_evaluate(&mut Counting(2), &swapped).unwrap();
    refused(&evaluated, &proof);
    refused(&[evaluated[1], evaluated[0], evaluated[2]], &proof);

    // One element replaced; a proof for a shorter batch.
    refused(
        &[good.evaluated[0], good.evaluated[1], foreign.evaluated[2]],
        &good.proof,
    );
    let (_, shorter) = key
        .blind_evaluate(&mut Counting(2), &good.blinded[..2])
        .unwrap();
    refused(&good.evaluated, &shorter);

    // What was asked instead of what was answered.
    let echo: Vec<Evaluated> = good
        .blinded
        .iter()
        .map(|b| Evaluated::from_bytes(&b.to_bytes()).unwrap())
        .collect();
    refused(&echo, &good.proof);

    // c = 1, s = -k makes t2 and t3 the identity: encoded, hashed, refused.
    let mut forged = [0; 64];
    forged[0] = 1;
    forged[32..].copy_from_slice(&minus(&key.to_bytes()));
    refused(&good.evaluated, &Proof::from_bytes(&forged).unwrap());
}

#[test]
fn every_bit_of_a_proof_counts() {
    let key = SecretKey::<Voprf>::generate(&mut Counting(0));
    let good = run(&key);
    let bytes = good.proof.to_bytes();
    for bit in 0..8 * bytes.len() {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(proof) = Proof::from_bytes(&bytes) {
            assert_eq!(
                finish(key.public_key(), &good.evaluated, &proof),
                Err(Error::ProofRejected)
            );
        }
    }
}

#[test]
fn a_proof_is_for_one_mode_and_suite() {
    let voprf = SecretKey::<Voprf>::generate(&mut Counting(0));
    let good = run(&voprf);

    // The same scalar in the mode POPRF, under a tag that makes the tagged key the same key.
    let poprf = SecretKey::<Poprf>::from_bytes(&voprf.to_bytes())
        .unwrap()
        .tagged(b"")
        .unwrap();
    let (blinded, pending) = poprf.public_key().blind(&mut Counting(1), &INPUTS).unwrap();
    let (evaluated, proof) = poprf.blind_evaluate(&mut Counting(2), &blinded).unwrap();
    assert_eq!(
        finish(voprf.public_key(), &good.evaluated, &proof),
        Err(Error::ProofRejected)
    );
    assert_eq!(
        pending.finalize(&evaluated, &good.proof).map(drop),
        Err(Error::ProofRejected)
    );

    // Another tag.
    let other = SecretKey::<Poprf>::from_bytes(&voprf.to_bytes())
        .unwrap()
        .tagged(b"other")
        .unwrap();
    let (_, pending) = poprf.public_key().blind(&mut Counting(1), &INPUTS).unwrap();
    let (evaluated, proof) = other.blind_evaluate(&mut Counting(2), &blinded).unwrap();
    assert_eq!(
        pending.finalize(&evaluated, &proof).map(drop),
        Err(Error::ProofRejected)
    );

    // Another suite whose proofs are as long.
    let p256 = run(&SecretKey::<Voprf, P256>::generate(&mut Counting(0)));
    if let Ok(proof) = Proof::from_bytes(&p256.proof.to_bytes()) {
        assert_eq!(
            finish(voprf.public_key(), &good.evaluated, &proof),
            Err(Error::ProofRejected)
        );
    }
    let key = SecretKey::<Voprf, P256>::generate(&mut Counting(0));
    if let Ok(proof) = Proof::from_bytes(&good.proof.to_bytes()) {
        assert_eq!(
            finish(key.public_key(), &p256.evaluated, &proof),
            Err(Error::ProofRejected)
        );
    }
}

#[test]
fn inputs_and_tags_are_bounded() {
    let (longest, longer) = (vec![7; 0xffff], vec![7; 0x1_0000]);
    let key = SecretKey::<Voprf>::generate(&mut Counting(0));
    let pinned = VerifiedKey::pin(key.public_key().clone());
    let poprf = SecretKey::<Poprf>::generate(&mut Counting(0));
    for input in [vec![].as_slice(), &longest] {
        let (blinded, pending) = key.public_key().blind(&mut Counting(0), &[input]).unwrap();
        let (evaluated, proof) = key.blind_evaluate(&mut Counting(0), &blinded).unwrap();
        let outputs = pending.finalize(&evaluated, &proof).unwrap();
        assert_eq!(
            outputs[0].as_bytes(),
            key.evaluate(input).unwrap().as_bytes()
        );
        assert!(poprf.tagged(input).is_ok());
        assert!(SecretKey::<Voprf>::derive(&[0; 32], input).is_ok());
    }
    assert_eq!(
        key.public_key()
            .blind(&mut Counting(0), &[&longer])
            .map(drop),
        Err(Error::TooLong)
    );
    assert_eq!(
        pinned.blind(&mut Counting(0), &[&longer]).map(drop),
        Err(Error::TooLong)
    );
    assert_eq!(
        <Unverified>::blind(&mut Counting(0), &[&longer]).map(drop),
        Err(Error::TooLong)
    );
    assert_eq!(key.evaluate(&longer).map(drop), Err(Error::TooLong));
    assert_eq!(poprf.tagged(&longer).map(drop), Err(Error::TooLong));
    assert_eq!(
        poprf.public_key().tagged(&longer).map(drop),
        Err(Error::TooLong)
    );
    assert_eq!(
        SecretKey::<Oprf>::derive(&[0; 32], &longer).map(drop),
        Err(Error::TooLong)
    );
}

#[test]
fn a_tag_that_cancels_the_key_exposes_it() {
    let m = hazmat::poprf_tweak::<Ristretto255>(b"unlucky").unwrap();
    let key = SecretKey::<Poprf>::from_bytes(&minus(&m)).unwrap();
    assert_eq!(key.tagged(b"unlucky").map(drop), Err(Error::KeyExposed));
    assert_eq!(
        key.public_key().tagged(b"unlucky").map(drop),
        Err(Error::InvalidInput)
    );
    assert!(key.tagged(b"lucky").is_ok());
}

#[test]
fn chosen_elements_are_evaluated_like_any_other() {
    let key = SecretKey::<Voprf>::generate(&mut Counting(0));
    let mut one = [0; 32];
    one[0] = 1;
    let generator = SecretKey::<Voprf>::from_bytes(&one)
        .unwrap()
        .public_key()
        .to_bytes();
    let public = key.public_key().to_bytes();
    let blinded = [
        Blinded::from_bytes(&generator).unwrap(),
        Blinded::from_bytes(&public).unwrap(),
    ];
    let (evaluated, _) = key.blind_evaluate(&mut Counting(0), &blinded).unwrap();
    assert_eq!(evaluated[0].to_bytes(), public);
    let squared = hazmat::evaluate_voprf(
        &key,
        &[Blinded::from_bytes(&public).unwrap()],
        &hazmat::Scalar::from_bytes(&one).unwrap(),
    );
    assert_eq!(squared.unwrap().0[0], evaluated[1]);
}

#[test]
fn a_dead_generator_does_not_repeat_blinds() {
    let key = SecretKey::<Voprf>::generate(&mut Zeros);
    let blind = |inputs: &[&[u8]]| key.public_key().blind(&mut Zeros, inputs).unwrap().0;
    // Hedged: the blind depends on the input and its place, so equal inputs still look different.
    let blinded = blind(&[b"same", b"same", b"else"]);
    assert_ne!(blinded[0], blinded[1]);
    assert_ne!(blinded[0], blinded[2]);

    // Two statements never share a nonce, which would give the key away: s - s' = (c' - c)·k.
    let first = key
        .blind_evaluate(&mut Zeros, &blinded)
        .unwrap()
        .1
        .to_bytes();
    let again = key
        .blind_evaluate(&mut Zeros, &blinded)
        .unwrap()
        .1
        .to_bytes();
    let other = key
        .blind_evaluate(&mut Zeros, &blinded[1..])
        .unwrap()
        .1
        .to_bytes();
    assert_eq!(first, again);
    assert_ne!(first[..32], other[..32]);
    assert_ne!(first[32..], other[32..]);
}
