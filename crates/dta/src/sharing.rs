//! Secret sharing: polynomials over the scalars of a [`Group`], commitments to them, and interpolation
//! (A. Shamir, "How to share a secret", CACM 22, 1979; P. Feldman, "A practical scheme for
//! non-interactive verifiable secret sharing", FOCS '87).

pub(crate) mod envelope;
pub(crate) mod group;
pub(crate) mod lagrange;
pub(crate) mod polynomial;
pub(crate) mod schnorr;
#[cfg(test)]
mod tests;

pub use group::{Bls12381G1, Group};
pub use lagrange::{Coefficients, interpolate_g1, interpolate_g2};
pub use polynomial::{Commitments, Polynomial};
