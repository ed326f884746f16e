//! G1 and E(Fp): encodings are canonical, and the two point types agree on what they accept.

#![no_main]

use libfuzzer_sys::fuzz_target;
use milagro_curve::{DecodeError, G1Point, SecretG1, SecretScalar, loose::E1Point};
use milagro_fuzz::{Edits, Seeded, edited};

fuzz_target!(|input: (u64, Edits, bool, Vec<u8>)| {
    let (seed, edits, raw, bytes) = input;
    let point = &G1Point::generator() * &SecretScalar::random(&mut Seeded(seed));
    let compressed = match <[u8; 48]>::try_from(bytes.as_slice()) {
        Ok(bytes) if raw => bytes,
        _ => edited(point.to_bytes(), &edits),
    };
    compressed_agree(&compressed);
    uncompressed_agree(&edited(point.to_uncompressed(), &edits));
    match G1Point::from_slice(&bytes) {
        Ok(point) => assert_eq!(point.to_bytes().as_slice(), bytes),
        Err(error) => assert_eq!(error == DecodeError::Length, bytes.len() != G1Point::LEN),
    }
});

fn compressed_agree(bytes: &[u8; 48]) {
    let (strict, loose) = (G1Point::from_bytes(bytes), E1Point::from_bytes(bytes));
    assert_eq!(strict, loose.and_then(|point| point.to_g1()));
    assert_eq!(strict.err(), SecretG1::from_bytes(bytes).err());
    if let Ok(point) = loose {
        assert_eq!(point.to_bytes(), *bytes);
        let again = E1Point::from_uncompressed(&point.to_uncompressed()).expect("what was written");
        assert_eq!(again.to_bytes(), *bytes);
    }
    if let Ok(point) = strict {
        assert_eq!(point.to_bytes(), *bytes);
        assert_eq!(
            G1Point::from_uncompressed(&point.to_uncompressed()),
            Ok(point)
        );
    }
}

fn uncompressed_agree(bytes: &[u8; 96]) {
    let (strict, loose) = (
        G1Point::from_uncompressed(bytes),
        E1Point::from_uncompressed(bytes),
    );
    assert_eq!(strict, loose.and_then(|point| point.to_g1()));
    if let Ok(point) = loose {
        assert_eq!(point.to_uncompressed(), *bytes);
    }
    if let Ok(point) = strict {
        assert_eq!(point.to_uncompressed(), *bytes);
        assert_eq!(G1Point::from_bytes(&point.to_bytes()), Ok(point));
    }
}
