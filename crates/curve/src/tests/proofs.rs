//! DLEQ proofs and transcripts, and that secrets do not show.

use super::{rng, scalar};
use crate::dleq::{Proof, ProofRejected, Statement};
use crate::groups::g1::{G1Point, G1Sum, SecretG1, SecretG1Sum};
use crate::groups::g2::{G2Point, SecretG2, SecretG2Sum};
use crate::groups::gt::SecretGt;
use crate::hash::dst::Dst;
use crate::hash::hash_to_g1;
use crate::pairing::G2Prepared;
use crate::rand_core::{TryCryptoRng, TryRng};
use crate::scalars::public::Scalar;
use crate::scalars::secret::{SecretResidue, SecretScalar};
use crate::transcript::Transcript;

const DST: Dst<'static> = Dst::from_static(b"MILAGRO-V1-TEST-BLS12381G1_XMD:SHA-256_SSWU_RO_");

struct Case {
    secret: SecretScalar,
    bases: Vec<G1Point>,
    images: Vec<SecretG1>,
}

impl Case {
    fn new(count: u8) -> Self {
        let secret = SecretScalar::random(&mut rng());
        let bases: Vec<G1Point> = (0..count).map(|i| hash_to_g1(&[i], DST)).collect();
        let images = bases.iter().map(|base| base.mul_secret(&secret)).collect();
        Self {
            secret,
            bases,
            images,
        }
    }

    fn statement(&self) -> Statement<'_> {
        let key = &G1Point::generator() * &self.secret;
        self.bases.iter().zip(&self.images).fold(
            Statement::new(b"context", key),
            |statement, (base, image)| statement.and(*base, image),
        )
    }
}

#[test]
fn true_statements_are_proven() {
    for count in [1, 2, 40] {
        let case = Case::new(count);
        let proof = case.statement().prove(&mut rng(), &case.secret).unwrap();
        assert_eq!(case.statement().verify_vartime(&proof), Ok(()));
        assert_eq!(Proof::from_bytes(&proof.to_bytes()), Ok(proof));
    }
}

#[test]
fn nothing_is_proven_about_nothing() {
    let case = Case::new(0);
    assert!(case.statement().prove(&mut rng(), &case.secret).is_none());
    let other = Case::new(1);
    let proof = other.statement().prove(&mut rng(), &other.secret).unwrap();
    assert_eq!(case.statement().verify_vartime(&proof), Err(ProofRejected));
}

#[test]
fn every_bit_of_a_proof_counts() {
    let case = Case::new(2);
    let bytes = case
        .statement()
        .prove(&mut rng(), &case.secret)
        .unwrap()
        .to_bytes();
    for bit in 0..512 {
        let mut tweaked = bytes;
        tweaked[bit / 8] ^= 1 << (bit % 8);
        if let Ok(proof) = Proof::from_bytes(&tweaked) {
            assert_eq!(
                case.statement().verify_vartime(&proof),
                Err(ProofRejected),
                "bit {bit}"
            );
        }
    }
}

#[test]
fn every_part_of_the_statement_counts() {
    let case = Case::new(2);
    let proof = case.statement().prove(&mut rng(), &case.secret).unwrap();
    let key = &G1Point::generator() * &case.secret;
    let [a, b] = [case.bases[0], case.bases[1]];
    let [sa, sb] = [&a * &case.secret, &b * &case.secret];
    let other = hash_to_g1(b"other", DST);
    let tweaks = [
        (
            "context",
            Statement::new(b"contexu", key).and(a, &sa).and(b, &sb),
        ),
        (
            "base",
            Statement::with_base(b"context", other, key)
                .and(a, &sa)
                .and(b, &sb),
        ),
        (
            "key",
            Statement::new(b"context", other).and(a, &sa).and(b, &sb),
        ),
        (
            "first",
            Statement::new(b"context", key).and(other, &sa).and(b, &sb),
        ),
        (
            "second",
            Statement::new(b"context", key).and(a, &other).and(b, &sb),
        ),
        (
            "order",
            Statement::new(b"context", key).and(b, &sb).and(a, &sa),
        ),
        (
            "swapped",
            Statement::new(b"context", key).and(a, &sb).and(b, &sa),
        ),
        ("fewer", Statement::new(b"context", key).and(a, &sa)),
        (
            "more",
            Statement::new(b"context", key)
                .and(a, &sa)
                .and(b, &sb)
                .and(a, &sa),
        ),
    ];
    for (name, statement) in tweaks {
        assert_eq!(
            statement.verify_vartime(&proof),
            Err(ProofRejected),
            "{name}"
        );
    }
}

#[test]
fn false_statements_are_not_proven() {
    // The second point of one pair is off by a point that cancels in the sum of both.
    let case = Case::new(2);
    let key = &G1Point::generator() * &case.secret;
    let [a, b] = [case.bases[0], case.bases[1]];
    let error = hash_to_g1(b"error", DST);
    let sa = (&a * &case.secret + error).to_point().unwrap();
    let sb = (G1Sum::from(&b * &case.secret) - error.into())
        .to_point()
        .unwrap();
    let statement = Statement::new(b"context", key).and(a, &sa).and(b, &sb);
    let proof = statement.prove(&mut rng(), &case.secret).unwrap();
    assert_eq!(statement.verify_vartime(&proof), Err(ProofRejected));
}

#[test]
fn a_forger_who_fixes_the_challenge_first_fails() {
    // Z chosen after c: B = c^-1·(s·A - R'), which a challenge without B would accept.
    let secret = SecretScalar::random(&mut rng());
    let key = &G1Point::generator() * &secret;
    let a = hash_to_g1(b"a", DST);
    let (c, s) = (scalar(), scalar());
    let r = hash_to_g1(b"r", DST);
    let b = (&a * &s - r.into()).to_point().unwrap();
    let b = (&b * &c.invert().unwrap()).to_point().unwrap();
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&c.to_bytes());
    bytes[32..].copy_from_slice(&s.to_bytes());
    let proof = Proof::from_bytes(&bytes).unwrap();
    let statement = Statement::new(b"", key).and(a, &b);
    assert_eq!(statement.verify_vartime(&proof), Err(ProofRejected));
}

#[test]
fn transcripts_are_injective() {
    let digest = |parts: &[(&'static str, &[u8])]| {
        let mut transcript = Transcript::new("test");
        for (label, data) in parts {
            transcript.append(label, data);
        }
        transcript.bytes::<32>("out")
    };
    let all = [
        digest(&[("a", b"bc")]),
        digest(&[("ab", b"c")]),
        digest(&[("a", b"b"), ("", b"c")]),
        digest(&[("a", b"b"), ("c", b"")]),
        digest(&[("a", b"")]),
        digest(&[]),
        Transcript::new("tesu").bytes("out"),
        Transcript::new("test").bytes("ouu"),
    ];
    for (i, a) in all.iter().enumerate() {
        for b in &all[i + 1..] {
            assert_ne!(a, b);
        }
    }
}

#[test]
fn hedged_nonces_differ_with_each_input_even_without_randomness() {
    struct Zeros;
    impl TryRng for Zeros {
        type Error = core::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(0)
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(0)
        }
        fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
            out.fill(0);
            Ok(())
        }
    }
    impl TryCryptoRng for Zeros {}
    let nonce = |message: &[u8]| {
        let mut transcript = Transcript::new("test");
        transcript.append("message", message);
        *SecretScalar::hedged(&mut Zeros, transcript).to_bytes()
    };
    assert_ne!(nonce(b"1"), nonce(b"2"));
    assert_eq!(nonce(b"1"), nonce(b"1"));
    assert_ne!(*SecretScalar::random(&mut Zeros).to_bytes(), [0; 32]);
}

#[test]
fn secrets_do_not_show() {
    let mut canary = [0xa5; 32];
    canary[0] = 0x25;
    let scalar = SecretScalar::from_bytes(&canary).unwrap();
    let residue = SecretResidue::from_bytes(&canary).unwrap();
    let g1 = SecretG1::from(&G1Point::generator() * &scalar);
    let g2 = SecretG2::from(&G2Point::generator() * &scalar);
    let gt: SecretGt = crate::pairing::pairing_secret(&g1, &G2Prepared::from(&g2));
    let secrets: Vec<(Vec<u8>, String)> = vec![
        (canary.to_vec(), format!("{scalar:?}{scalar:#?}")),
        (canary.to_vec(), format!("{residue:?}{residue:#?}")),
        (g1.to_bytes().to_vec(), format!("{g1:?}{g1:#?}")),
        (
            g1.to_bytes().to_vec(),
            format!("{0:?}{0:#?}", SecretG1Sum::zero().add(&g1)),
        ),
        (g2.to_bytes().to_vec(), format!("{g2:?}{g2:#?}")),
        (
            g2.to_bytes().to_vec(),
            format!("{0:?}{0:#?}", SecretG2Sum::zero().add(&g2)),
        ),
        (
            g2.to_bytes().to_vec(),
            format!("{0:?}{0:#?}", G2Prepared::from(&g2)),
        ),
        (gt.to_bytes().to_vec(), format!("{gt:?}{gt:#?}")),
    ];
    for (bytes, shown) in secrets {
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        for needle in [
            hex::encode(&bytes[..8]),
            hex::encode(&reversed[..8]),
            format!("{}, {}", bytes[1], bytes[2]),
        ] {
            assert!(!shown.to_lowercase().contains(&needle), "{shown}");
        }
        assert!(shown.contains(".."), "{shown}");
    }
    let _: Scalar = scalar.respond(&Scalar::ONE, &SecretScalar::random(&mut rng()));
}
