//! GT: the encoding is canonical, and what is accepted has order r.

#![no_main]

use libfuzzer_sys::fuzz_target;
use milagro_curve::{G1Point, G2Point, G2Prepared, Gt, SecretScalar, pairing::pairing};
use milagro_fuzz::{Edits, Seeded, edited};

fuzz_target!(|input: (u64, Edits)| {
    let (seed, edits) = input;
    let k = SecretScalar::random(&mut Seeded(seed));
    let value = pairing(
        &(&G1Point::generator() * &k),
        &G2Prepared::from(&G2Point::generator()),
    );
    let bytes = edited(value.to_bytes(), &edits);
    if let Ok(decoded) = Gt::from_bytes(&bytes) {
        assert_eq!(decoded.to_bytes(), bytes);
        let (plus, minus) = (k.to_residue(), k.to_residue().neg());
        let product = decoded.pow(&plus).mul(&decoded.pow(&minus)).declassify();
        assert_eq!(product, Gt::one());
    }
});
