//! Errors of several rooms.

use core::fmt;

/// A number or a name that its documentation rules out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OutOfRange(pub(super) ());

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of range")
    }
}

impl core::error::Error for OutOfRange {}

impl From<OutOfRange> for milagro_base::DecodeError {
    fn from(_: OutOfRange) -> Self {
        Self::Value
    }
}

/// The constructors below make this one.
pub(super) const OUT_OF_RANGE: OutOfRange = OutOfRange(());
