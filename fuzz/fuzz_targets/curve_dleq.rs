//! DLEQ: a true statement is proven, and no edit of proof, context or pair goes unnoticed.

#![no_main]

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_curve::dleq::{Proof, Statement};
use milagro_curve::{G1Point, SecretG1, SecretScalar};
use milagro_fuzz::{Edits, Seeded, edited};

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    pairs: u8,
    context: Vec<u8>,
    other: Vec<u8>,
    edits: Edits,
    raw: [u8; 64],
}

fuzz_target!(|input: Input| {
    let mut rng = Seeded(input.seed);
    let key = SecretScalar::random(&mut rng);
    let generator = G1Point::generator();
    let bases: Vec<G1Point> = (0..input.pairs % 5)
        .map(|_| &generator * &SecretScalar::random(&mut rng))
        .collect();
    let images: Vec<SecretG1> = bases.iter().map(|base| base.mul_secret(&key)).collect();
    let statement = |context: &[u8]| {
        let start = Statement::new(context, &generator * &key);
        let pairs = bases.iter().zip(&images);
        pairs.fold(start, |statement, (base, image)| {
            statement.and(*base, image)
        })
    };
    let right = statement(&input.context);
    let Some(proof) = right.prove(&mut rng, &key) else {
        assert!(bases.is_empty());
        return;
    };
    right.verify_vartime(&proof).expect("an honest proof");
    for bytes in [edited(proof.to_bytes(), &input.edits), input.raw] {
        if let Ok(other) = Proof::from_bytes(&bytes) {
            assert_eq!(other.to_bytes(), bytes);
            assert_eq!(right.verify_vartime(&other).is_ok(), other == proof);
        }
    }
    let same = input.context == input.other;
    assert_eq!(statement(&input.other).verify_vartime(&proof).is_ok(), same);
});
