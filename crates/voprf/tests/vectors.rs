//! The published figures, recomputed field by field by the program that checks such files.

use milagro_test_vectors::{FileError, check_text};

/// Expects that so many cases of a file pass and none fails.
fn all_pass(text: &str, count: usize) -> Result<(), FileError> {
    let (name, report) = check_text(text)?;
    assert!(report.is_good(), "{name}: {report}");
    assert_eq!(report.counts().0, count);
    Ok(())
}

#[test]
fn acs() -> Result<(), FileError> {
    let text = include_str!("../../../test-vectors/voprf/acs.json");
    all_pass(text, 12 + 10)
}

#[test]
fn rfc9380() -> Result<(), FileError> {
    for text in [
        include_str!("../../../test-vectors/voprf/hash_to_p256.json"),
        include_str!("../../../test-vectors/voprf/hash_to_p384.json"),
        include_str!("../../../test-vectors/voprf/hash_to_p521.json"),
    ] {
        all_pass(text, 5)?;
    }
    Ok(())
}

#[test]
fn rfc9496() -> Result<(), FileError> {
    let text = include_str!("../../../test-vectors/voprf/rfc9496.json");
    all_pass(text, 16 + 29 + 7)
}

#[test]
fn rfc9497() -> Result<(), FileError> {
    let text = include_str!("../../../test-vectors/voprf/rfc9497.json");
    all_pass(text, 4 * (2 + 3 + 3))
}

/// Tokens drawn alone of type 0x0001, and batches of types 0x0001 and 0x0005.
#[test]
fn privacypass() -> Result<(), FileError> {
    for text in [
        include_str!("../../../test-vectors/privacypass/rfc9578.json"),
        include_str!("../../../test-vectors/privacypass/amortized_p384.json"),
        include_str!("../../../test-vectors/privacypass/amortized_ristretto255.json"),
    ] {
        all_pass(text, 5)?;
    }
    Ok(())
}
