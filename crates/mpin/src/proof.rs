//! What travels from a client to a server, and the formulas that it is made of and checked by.

pub(crate) mod challenge;
#[cfg(test)]
pub(crate) mod count;
pub(crate) mod encoding;
pub(crate) mod fresh;
pub(crate) mod opening;
pub(crate) mod spec;
pub(crate) mod statement;
pub(crate) mod tags;

pub use challenge::Challenge;
pub use encoding::{LoginProof, Signature};
pub use fresh::{CHALLENGE_MAX, SKEW, WINDOW_MAX};
