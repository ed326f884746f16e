//! The published figures, recomputed field by field.

mod vectors {
    pub(crate) mod rfc9496;
    pub(crate) mod rfc9497;
}

use vectors::{rfc9496, rfc9497};

#[test]
fn rfc9496() {
    let count = rfc9496::run(include_str!("../../../test-vectors/voprf/rfc9496.json")).unwrap();
    assert_eq!(count, 16 + 29 + 7);
}

#[test]
fn rfc9497() {
    let count = rfc9497::run(include_str!("../../../test-vectors/voprf/rfc9497.json")).unwrap();
    assert_eq!(count, 2 + 3 + 3);
}
