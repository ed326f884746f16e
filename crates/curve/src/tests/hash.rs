//! Hashing with tags above 255 bytes, which RFC 9380 has no vectors of for these suites. The values are those of a
//! model in Python's hashlib, written from the text of sections 5.2 and 5.3.

use crate::hash::dst::Dst;
use crate::hash::{expand_message_xof_shake256, hash_to_scalar, hash_to_scalar_xof};

/// A tag of so many bytes.
fn tag(length: usize) -> Vec<u8> {
    let byte = |i: usize| u8::try_from((i * 7) % 251 + 1).unwrap();
    (0..length).map(byte).collect()
}

#[test]
fn one_security_level() {
    // L = 48 is k = 128 for the 255 bits of r, so a long tag becomes ceil(2·128/8) = 32 bytes.
    for (length, xof, xmd) in [
        (
            255,
            "448203c946dfcdfe4e063d70eb3029847e7300a7dec1894230381d44575c20cb",
            "3ca8dd26a312a2632a476a32b24d28f2a86ee542f275e9f6402f11e3ecb0748d",
        ),
        (
            256,
            "37674efb77ec4b3d60956c5d6bb840a0ec1f7a4f39e03819546cc91904c29f7a",
            "257892fc7a559f6dd20f5fb11c6a6079af5b7c1c51b6c2626692f0bbe8174cd8",
        ),
    ] {
        let tag = tag(length);
        let tag = Dst::new(&tag).unwrap();
        let scalar = hash_to_scalar_xof(b"abc", tag);
        assert_eq!(hex::encode(*scalar.to_bytes()), xof, "{length}");
        let scalar = hash_to_scalar(b"abc", tag);
        assert_eq!(hex::encode(*scalar.to_bytes()), xmd, "{length}");
    }
}

#[test]
fn the_expander_itself_has_that_of_its_vectors() {
    // RFC 9380 uses SHAKE256 with k = 256: a long tag becomes 64 bytes.
    for (length, expected) in [
        (
            255,
            "3d504c869bd693b26d315c738006194b4b45c581a8474bceca702158786c64d6",
        ),
        (
            256,
            "5b7a13ec40a2048bbd111b37b268fa2ea44327d750ee935b63e66408f05434f1",
        ),
    ] {
        let mut out = [0; 32];
        let tag = tag(length);
        expand_message_xof_shake256(b"abc", Dst::new(&tag).unwrap(), &mut out).unwrap();
        assert_eq!(hex::encode(out), expected, "{length}");
    }
}
