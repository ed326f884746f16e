//! Scalars: accepted if and only if below r, and a field.

#![no_main]

use libfuzzer_sys::fuzz_target;
use milagro_curve::{DecodeError, Scalar, SecretResidue, SecretScalar};
use milagro_fuzz::{Edits, edited};

/// The order of the groups, big-endian.
const R: [u8; 32] = [
    0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05,
    0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
];

fuzz_target!(|input: ([u8; 32], Edits, [u8; 64])| {
    let (bytes, edits, wide) = input;
    let a = decode(&bytes);
    let b = decode(&edited(R, &edits));
    let c = reduce(&wide);
    if let (Some(a), Some(b)) = (a, b) {
        assert_eq!((a + b) * c, a * c + b * c);
        assert_eq!(a - b, -(b - a));
        assert_eq!(a * b, b * a);
    }
});

fn decode(bytes: &[u8; 32]) -> Option<Scalar> {
    let below = *bytes < R;
    let zero = *bytes == [0; 32];
    let public = Scalar::from_bytes(bytes);
    assert_eq!(public.is_ok(), below);
    assert_eq!(SecretResidue::from_bytes(bytes).is_ok(), below);
    let secret = match SecretScalar::from_bytes(bytes) {
        Ok(secret) => {
            assert_eq!(*secret.to_bytes(), *bytes);
            assert_eq!(*secret.invert().invert().to_bytes(), *bytes);
            None
        }
        Err(error) => Some(error),
    };
    let expected = if zero {
        Some(DecodeError::ZeroScalar)
    } else {
        public.err()
    };
    assert_eq!(secret, expected);
    let public = public.ok()?;
    assert_eq!(public.to_bytes(), *bytes);
    assert_eq!(public.is_zero(), zero);
    match public.invert() {
        Some(inverse) => assert_eq!(inverse * public, Scalar::ONE),
        None => assert!(zero),
    }
    Some(public)
}

/// 64 bytes reduced in one go and in two halves.
fn reduce(wide: &[u8; 64]) -> Scalar {
    let (high, low) = wide.split_at(32);
    let shift = Scalar::from(u128::MAX) + Scalar::ONE;
    let halves = Scalar::from_wide_bytes(high) * shift * shift + Scalar::from_wide_bytes(low);
    let whole = Scalar::from_wide_bytes(wide);
    assert_eq!(whole, halves);
    whole
}
