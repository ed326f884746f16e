//! No secret is left in memory that was given back to the allocator.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test, which clippy does not take for one"
)]

use core::hint::black_box;
use std::sync::{Mutex, MutexGuard, PoisonError};

use milagro_curve::dleq::Statement;
use milagro_curve::hash::{hash_to_g1, hash_to_g2, hash_to_scalar, hash_to_scalar_xof};
use milagro_curve::loose::E1Point;
use milagro_curve::msm::{Multiple, combine_g1_vartime, combine_g2_vartime};
use milagro_curve::pairing::{
    Term, pairing, pairing_product, pairing_product_is_one, pairing_secret,
};
use milagro_curve::rand_core::UnwrapErr;
use milagro_curve::table::{G1Comb, G1Table, SecretG1Table};
use milagro_curve::{
    Dst, G1Point, G2Point, G2Prepared, Scalar, SecretG1, SecretG1Sum, SecretG2, SecretG2Sum,
    SecretGt, SecretResidue, SecretScalar, Transcript,
};
use milagro_freed_memory::{Freed, Recorder, Secret, record};

#[global_allocator]
static ALLOCATOR: Recorder = Recorder;

/// The recorder sees all threads: one test at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

const TAG: Dst<'static> = Dst::from_static(b"MILAGRO-V1-TEST");

fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// A secret of every kind: k, k·P, k·Q and e(k·P, Q), and a second scalar.
struct Secrets {
    k: SecretScalar,
    other: SecretScalar,
    g1: SecretG1,
    g2: SecretG2,
    gt: SecretGt,
}

impl Secrets {
    fn new() -> Self {
        let k = SecretScalar::random(&mut rng());
        let g1 = G1Point::generator().mul_secret(&k);
        let gt = pairing_secret(&g1, &G2Prepared::from(&G2Point::generator()));
        Self {
            g1,
            g2: G2Point::generator().mul_secret(&k),
            gt,
            other: SecretScalar::random(&mut rng()),
            k,
        }
    }

    /// What must not be found. Products of both scalars are as secret as these.
    fn forms(&self) -> Vec<Secret> {
        let product = self.k.mul(&self.other);
        vec![
            Secret::scalar("k", &self.k.to_bytes()),
            Secret::scalar("the other scalar", &self.other.to_bytes()),
            Secret::scalar("k times the other", &product.to_bytes()),
            Secret::g1("k·P", &self.g1.to_uncompressed()),
            Secret::g1(
                "a multiple of k·P",
                &self.g1.mul(&self.other).to_uncompressed(),
            ),
            Secret::g2("k·Q", &self.g2.to_uncompressed()),
            Secret::g2(
                "a multiple of k·Q",
                &self.g2.mul(&self.other).to_uncompressed(),
            ),
            Secret::gt("e(k·P, Q)", &self.gt.to_bytes()),
        ]
    }
}

/// Runs a flow with secrets, and lists what it leaves.
fn leaks(flow: impl FnOnce(&Secrets)) -> Vec<String> {
    let secrets = Secrets::new();
    let forms = secrets.forms();
    let ((), freed) = record(|| flow(black_box(&secrets)));
    freed.leaks(&forms)
}

/// Every flow by its name.
type Flow = (&'static str, fn(&Secrets));

const FLOWS: [Flow; 12] = [
    ("scalars", scalars),
    ("points of G1", points_of_g1),
    ("points of G2", points_of_g2),
    ("elements of GT", elements_of_gt),
    ("pairings", pairings),
    ("hashing", hashing),
    ("transcripts", transcripts),
    ("tables", tables),
    ("a key exchange", exchange),
    ("interpolation", interpolation),
    ("proofs with one pair", |secrets| proofs(secrets, 1)),
    ("proofs with many pairs", |secrets| {
        for pairs in [2, 17, 40, 100] {
            proofs(secrets, pairs);
        }
    }),
];

#[test]
fn allocator_finds_no_secret() {
    let _alone = alone();
    for (name, flow) in FLOWS {
        assert_eq!(leaks(flow), [""; 0], "{name}");
    }
}

#[test]
fn planted_leaks_are_found() {
    let _alone = alone();
    let plants: [Flow; 8] = [
        ("k as big-endian scalar", |secrets| {
            drop(black_box(secrets.k.to_bytes().to_vec()));
        }),
        ("k as scalar in Montgomery form", |secrets| {
            let public = Scalar::from_bytes(&secrets.k.to_bytes()).unwrap();
            drop(black_box(Box::new(public)));
        }),
        ("k·P as encoded coordinate", |secrets| {
            drop(black_box(secrets.g1.to_bytes().to_vec()));
        }),
        ("k·P as coordinate in Montgomery form", |secrets| {
            drop(black_box(Box::new(secrets.g1.clone().declassify())));
        }),
        ("a multiple of k·P as Jacobian coordinates", |secrets| {
            let other = Scalar::from_bytes(&secrets.other.to_bytes()).unwrap();
            drop(black_box(Box::new(
                &secrets.g1.clone().declassify() * &other,
            )));
        }),
        ("a multiple of k·Q as Jacobian coordinates", |secrets| {
            let other = Scalar::from_bytes(&secrets.other.to_bytes()).unwrap();
            drop(black_box(Box::new(
                &secrets.g2.clone().declassify() * &other,
            )));
        }),
        ("e(k·P, Q) as coefficient in Montgomery form", |secrets| {
            drop(black_box(Box::new(secrets.gt.clone().declassify())));
        }),
        // A vector that grows, of points that are wiped on drop.
        ("k·P as coordinate in Montgomery form", |secrets| {
            let mut points = Vec::with_capacity(1);
            points.push(secrets.g1.clone());
            black_box(&mut points).push(SecretG1::from(G1Point::generator()));
        }),
    ];
    for (form, plant) in plants {
        let leaks = leaks(plant);
        assert_eq!(leaks.len(), 1, "{form}: {leaks:?}");
        assert!(leaks.iter().all(|leak| leak.starts_with(form)), "{leaks:?}");
    }
}

#[test]
fn what_is_made_of_secrets_is_wiped_whole() {
    let _alone = alone();
    let secrets = Secrets::new();
    let wiped = |freed: &Freed, size: usize| {
        let blocks: Vec<&[u8]> = freed.blocks().filter(|block| block.len() == size).collect();
        assert!(!blocks.is_empty(), "no block of {size} bytes");
        blocks
            .iter()
            .all(|block| block.iter().all(|byte| *byte == 0))
    };
    // 68 lines of three elements of Fp2 each.
    let lines = 68 * 3 * 96;
    let ((), freed) = record(|| drop(black_box(G2Prepared::from(&secrets.g2).clone())));
    assert!(wiped(&freed, lines));
    // 16 multiples in each of 52 windows, in Jacobian coordinates and as they are kept.
    let multiples = 16 * 52;
    let ((), freed) = record(|| drop(black_box(SecretG1Table::new(&secrets.g1))));
    assert!(wiped(&freed, multiples * 144) && wiped(&freed, multiples * 96));
    let ((), freed) = record(|| drop(black_box(G1Table::new(&G1Point::generator()))));
    assert!(!wiped(&freed, multiples * 96));
}

fn scalars(secrets: &Secrets) {
    let Secrets { k, other, .. } = secrets;
    let sum = Box::new(k.to_residue().add(&other.to_residue()));
    let back = sum.sub(&other.to_residue());
    assert!(back.to_nonzero().is_some());
    let copies: Vec<SecretScalar> = vec![k.clone(), k.mul(other), k.invert().invert()];
    let encoded: Vec<_> = copies.iter().map(SecretScalar::to_bytes).collect();
    for bytes in &encoded {
        assert!(
            SecretScalar::from_bytes(bytes).is_ok() && SecretResidue::from_bytes(bytes).is_ok()
        );
    }
    let public = Scalar::from(5_u64);
    let _ = Box::new(sum.neg().add_public(&public).mul_public(&public));
    let nonce = Box::new(SecretScalar::random(&mut rng()));
    let _ = black_box(nonce.respond(&public, k));
    let shown = format!("{k:?} {other:?} {sum:?}");
    assert!(shown.contains(".."));
}

fn points_of_g1(secrets: &Secrets) {
    let Secrets { k, other, g1, .. } = secrets;
    let residue = k.to_residue();
    let sum = Box::new(
        SecretG1Sum::zero()
            .add(g1)
            .add_product(&G1Point::generator(), &residue),
    );
    let sum = sum.add_small_product(&G1Point::generator(), 1234).unwrap();
    let rest = Box::new(sum.sub(&SecretG1Sum::zero().add(g1)));
    let rest = rest
        .add_multiple(g1, &Scalar::from(7_u64))
        .to_secret()
        .unwrap();
    let points = vec![
        rest,
        g1.clone(),
        g1.mul(other),
        hash_to_g1(b"a", TAG).mul_secret(k),
    ];
    for point in &points {
        assert!(SecretG1::from_bytes(&point.to_bytes()).is_ok());
        assert!(SecretG1::from_uncompressed(&point.to_uncompressed()).is_ok());
    }
    let _ = black_box(format!("{points:?} {sum:?}"));
}

fn points_of_g2(secrets: &Secrets) {
    let Secrets { k, other, g2, .. } = secrets;
    let residue = k.to_residue();
    let sum = Box::new(
        SecretG2Sum::zero()
            .add(g2)
            .add_product(&G2Point::generator(), &residue),
    );
    let rest = sum
        .add_multiple(g2, &Scalar::from(7_u64))
        .to_secret()
        .unwrap();
    let points = vec![
        rest,
        g2.clone(),
        g2.mul(other),
        hash_to_g2(b"a", TAG).mul_secret(k),
    ];
    for point in &points {
        assert!(SecretG2::from_bytes(&point.to_bytes()).is_ok());
        assert!(SecretG2::from_uncompressed(&point.to_uncompressed()).is_ok());
    }
    let _ = black_box(format!("{points:?} {sum:?}"));
}

fn elements_of_gt(secrets: &Secrets) {
    let public = pairing(
        &G1Point::generator(),
        &G2Prepared::from(&G2Point::generator()),
    );
    let elements = vec![
        secrets.gt.clone(),
        public.pow(&secrets.k.to_residue()),
        secrets.gt.pow(&secrets.other.to_residue()),
        secrets.gt.mul(&SecretGt::from(public)),
    ];
    for element in &elements {
        let _ = black_box((element.to_bytes(), element.trace_bytes()));
    }
    let _ = black_box(format!("{elements:?}"));
}

fn pairings(secrets: &Secrets) {
    let q = G2Prepared::from(&G2Point::generator());
    let prepared = G2Prepared::from(&secrets.g2);
    let _ = Box::new(pairing_secret(&secrets.g1, &q));
    let _ = Box::new(pairing_secret(&secrets.g1, &prepared));
    // Whether k·P and k·Q have one k, as keys are checked.
    let secret = secrets.g1.clone().declassify();
    let right = Term::new(-G1Point::generator(), &prepared);
    assert!(pairing_product_is_one(Term::new(secret, &q), &[right]));
    // More terms than a vector has room for when it starts to grow.
    let _ = black_box(pairing_product(right, &[Term::new(secret, &q); 9]));
    let _ = black_box(format!("{prepared:?}"));
}

fn hashing(secrets: &Secrets) {
    let message = secrets.k.to_bytes();
    for length in [20, 300] {
        let tag = vec![7; length];
        let tag = Dst::new(&tag).unwrap();
        let scalars = [
            hash_to_scalar(&*message, tag),
            hash_to_scalar_xof(&*message, tag),
        ];
        let _ = black_box(scalars.map(Box::new));
        let _ = black_box((hash_to_g1(&*message, tag), hash_to_g2(&*message, tag)));
    }
}

fn transcripts(secrets: &Secrets) {
    let mut transcript = Box::new(Transcript::new("memory"));
    transcript.append("k", &*secrets.k.to_bytes());
    transcript.append("other", &*secrets.other.to_bytes());
    let copy = transcript.clone();
    let _ = Box::new(SecretScalar::hedged(&mut rng(), (*copy).clone()));
    let _ = black_box((copy.challenge("c"), copy.weights("w", 5)));
    let _ = black_box(copy.keys(&*secrets.gt.to_bytes(), ["a", "b"]).map(Box::new));
    let _ = black_box(copy.key(&*secrets.k.to_bytes(), "a"));
}

fn tables(secrets: &Secrets) {
    let table = G1Table::new(&hash_to_g1(b"a", TAG));
    let _ = black_box(table.mul(&secrets.k));
    let secret = SecretG1Table::new(&secrets.g1);
    let _ = Box::new(secret.mul(&secrets.other));
    let _ = black_box(format!("{table:?} {secret:?}"));
}

fn exchange(secrets: &Secrets) {
    // The other side's point is the secret one here, so that k times it is known.
    let theirs = secrets.g1.clone().declassify();
    let comb = G1Comb::check(E1Point::from(G1Point::generator())).unwrap();
    let other = G1Comb::new(&(&G1Point::generator() * &secrets.other));
    let (public, shared) = comb.exchange(&other, &secrets.k);
    assert_eq!(public, theirs);
    let expected = secrets.g1.mul(&secrets.other);
    assert_eq!(*shared.to_bytes(), *expected.to_bytes());
    drop(Box::new(shared));
}

fn interpolation(secrets: &Secrets) {
    let factors = [3, -1, i128::MAX, -65_536];
    let first: Vec<_> = factors
        .map(|factor| Multiple {
            point: &secrets.g1,
            factor,
        })
        .into();
    let second: Vec<_> = factors
        .map(|factor| Multiple {
            point: &secrets.g2,
            factor,
        })
        .into();
    let _ = black_box(combine_g1_vartime(&first).to_secret().map(Box::new));
    let _ = black_box(combine_g2_vartime(&second).to_secret().map(Box::new));
}

/// A proof about so many pairs, of which the first has the secret image k·P.
fn proofs(secrets: &Secrets, pairs: usize) {
    let base = hash_to_g1(b"base", TAG);
    let key = &base * &secrets.k;
    let index = |index: usize| hash_to_g1(&index.to_be_bytes(), TAG);
    let bases: Vec<G1Point> = core::iter::once(G1Point::generator())
        .chain((1..pairs).map(index))
        .collect();
    let mut images = Vec::with_capacity(pairs);
    images.extend(bases.iter().map(|base| base.mul_secret(&secrets.k)));
    let statement = bases.iter().zip(&images).fold(
        Statement::with_base(b"memory", base, key),
        |statement, (base, image)| statement.and(*base, image),
    );
    let proof = statement.prove(&mut rng(), &secrets.k).unwrap();
    statement.verify_vartime(&proof).unwrap();
    let _ = black_box(format!("{statement:?}"));
}
