//! What can be wrong with bytes from outside.

use core::fmt;

/// Why bytes are not what they should be: a message, or one of the points and scalars in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DecodeError {
    /// Too few bytes, or bytes left over at the end.
    Length,
    /// The version byte is not one that this release reads.
    Version,
    /// A field has a value that its type does not allow.
    Value,
    /// Flag bits are wrong for the format, a coordinate is not below p, or infinity carries junk.
    Encoding,
    /// No point of the curve has this x coordinate, or (x, y) is not on the curve.
    NotOnCurve,
    /// The point is on the curve and outside the subgroup of order r.
    NotInSubgroup,
    /// The point at infinity, where none is allowed.
    Identity,
    /// The scalar is r or greater.
    ScalarOutOfRange,
    /// Zero, where a non-zero scalar is needed.
    ZeroScalar,
    /// A domain separation tag that is empty.
    EmptyTag,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "wrong number of bytes",
            Self::Version => "unknown version",
            Self::Value => "a field has a value that is not allowed",
            Self::Encoding => "encoding is not canonical",
            Self::NotOnCurve => "point is not on the curve",
            Self::NotInSubgroup => "point is not in the subgroup of order r",
            Self::Identity => "point is the identity",
            Self::ScalarOutOfRange => "scalar is not below the group order",
            Self::ZeroScalar => "scalar is zero",
            Self::EmptyTag => "domain separation tag is empty",
        })
    }
}

impl core::error::Error for DecodeError {}
