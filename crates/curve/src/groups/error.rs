//! What can be wrong with lists from outside.

use core::fmt;

use milagro_base::DecodeError;

/// Which of many points is none, and why.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BatchDecodeError {
    /// The place of the point, from 0.
    pub index: usize,
    /// What is wrong with it.
    pub error: DecodeError,
}

impl fmt::Display for BatchDecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "point {}: {}", self.index, self.error)
    }
}

impl core::error::Error for BatchDecodeError {}
