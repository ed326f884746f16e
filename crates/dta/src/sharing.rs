//! Secret sharing: polynomials over the scalars of a [`Group`](crate::Group), commitments to them, and
//! interpolation (A. Shamir, "How to share a secret", CACM 22, 1979; P. Feldman, "A practical scheme
//! for non-interactive verifiable secret sharing", FOCS '87).

mod lagrange;
mod polynomial;
#[cfg(test)]
mod tests;

pub use lagrange::Coefficients;
pub use polynomial::{Commitments, Polynomial};

pub use crate::share::{interpolate_g1, interpolate_g2};
