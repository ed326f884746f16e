//! The three groups of the pairing.

pub(crate) mod error;
pub(crate) mod g1;
pub(crate) mod g2;
pub(crate) mod gt;
pub(crate) mod points;
