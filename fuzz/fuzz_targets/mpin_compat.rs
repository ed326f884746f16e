//! Bytes of the older libraries: what is accepted encodes to the same bytes.

#![no_main]

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_curve::{G1Point, G2Point, Scalar, SecretScalar};
use milagro_fuzz::{Edits, Seeded, edited};
use milagro_mpin::compat::encoding as e;
use milagro_mpin::compat::{LegacyIdentity, LegacyToken};

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    negative: bool,
    identity: Vec<u8>,
    edits: Edits,
}

/// Damages the bytes of a value, and expects the same ones back from whatever they still encode.
macro_rules! canonical {
    ($value:expr, $edits:expr, $to:expr, $from:expr) => {
        let bytes = edited($to($value), $edits);
        match $from(&bytes) {
            Ok(value) => assert_eq!($to(&value), bytes),
            Err(_) => assert_ne!($to($value), bytes),
        }
    };
}

fuzz_target!(|input: Input| {
    let edits = &input.edits;
    let k = SecretScalar::random(&mut Seeded(input.seed));
    let (p, q) = (&G1Point::generator() * &k, &G2Point::generator() * &k);
    let (p, q) = if input.negative { (-p, -q) } else { (p, q) };
    canonical!(&p, edits, e::g1_to_bytes, e::g1_from_bytes);
    canonical!(&p, edits, e::g1_to_compressed, e::g1_from_compressed);
    canonical!(&q, edits, e::g2_to_milagro, e::g2_from_milagro);
    canonical!(&q, edits, e::g2_to_miracl, e::g2_from_miracl);
    canonical!(&q, edits, e::g2_to_compressed, e::g2_from_compressed);
    let y = Scalar::from_wide_bytes(&*k.to_bytes());
    canonical!(&y, edits, e::scalar_to_bytes, e::scalar_from_bytes);
    let bytes = edited(e::g1_to_bytes(&p), edits);
    if let Ok(token) = LegacyToken::from_bytes(&bytes) {
        assert_eq!(*token.to_bytes(), bytes);
    }
    if let Ok(identity) = LegacyIdentity::milagro(&input.identity) {
        let point = identity.point();
        assert_eq!(G1Point::from_bytes(&point.to_bytes()), Ok(*point));
    }
});
