//! What can be wrong with the lists of a sum.

use core::fmt;

/// There is no sum of these lists.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ListError {
    /// Nothing to sum.
    Empty,
    /// Not one scalar per point.
    Unequal,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "nothing to sum",
            Self::Unequal => "lists differ in length",
        })
    }
}

impl core::error::Error for ListError {}

pub(super) fn check(points: usize, scalars: usize) -> Result<(), ListError> {
    match points {
        _ if points != scalars => Err(ListError::Unequal),
        0 => Err(ListError::Empty),
        _ => Ok(()),
    }
}
