//! The published figures, recomputed field by field.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

mod vectors {
    pub(crate) mod acs;
    pub(crate) mod rfc9380;
    pub(crate) mod rfc9496;
    pub(crate) mod rfc9497;
}

use vectors::{acs, rfc9380, rfc9496, rfc9497};

#[test]
fn acs() {
    let count = acs::run(include_str!("../../../test-vectors/voprf/acs.json"));
    assert_eq!(count, Ok(12 + 10));
}

#[test]
fn rfc9380() {
    let count = rfc9380::run(include_str!(
        "../../../test-vectors/voprf/rfc9380-nist.json"
    ));
    assert_eq!(count, Ok(3 * 5));
}

#[test]
fn rfc9496() {
    let count = rfc9496::run(include_str!("../../../test-vectors/voprf/rfc9496.json"));
    assert_eq!(count, Ok(16 + 29 + 7));
}

#[test]
fn rfc9497() {
    let count = rfc9497::run(include_str!("../../../test-vectors/voprf/rfc9497.json"));
    assert_eq!(count, Ok(4 * (2 + 3 + 3)));
}
