//! G2: encodings are canonical, compressed and uncompressed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use milagro_curve::{DecodeError, G2Point, SecretG2, SecretScalar};
use milagro_fuzz::{Edits, Seeded, edited};

fuzz_target!(|input: (u64, Edits, bool, Vec<u8>)| {
    let (seed, edits, raw, bytes) = input;
    let point = &G2Point::generator() * &SecretScalar::random(&mut Seeded(seed));
    let compressed = match <[u8; 96]>::try_from(bytes.as_slice()) {
        Ok(bytes) if raw => bytes,
        _ => edited(point.to_bytes(), &edits),
    };
    let decoded = G2Point::from_bytes(&compressed);
    assert_eq!(decoded.err(), SecretG2::from_bytes(&compressed).err());
    if let Ok(point) = decoded {
        assert_eq!(point.to_bytes(), compressed);
        assert_eq!(
            G2Point::from_uncompressed(&point.to_uncompressed()),
            Ok(point)
        );
    }
    let uncompressed = edited(point.to_uncompressed(), &edits);
    if let Ok(point) = G2Point::from_uncompressed(&uncompressed) {
        assert_eq!(point.to_uncompressed(), uncompressed);
        assert_eq!(G2Point::from_bytes(&point.to_bytes()), Ok(point));
    }
    match G2Point::from_slice(&bytes) {
        Ok(point) => assert_eq!(point.to_bytes().as_slice(), bytes),
        Err(error) => assert_eq!(error == DecodeError::Length, bytes.len() != G2Point::LEN),
    }
});
