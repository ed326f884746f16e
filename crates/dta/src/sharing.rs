//! Secret sharing: polynomials over the scalars of a [`Group`](crate::Group), commitments to them, and
//! interpolation (A. Shamir, "How to share a secret", CACM 22, 1979; P. Feldman, "A practical scheme
//! for non-interactive verifiable secret sharing", FOCS '87).

mod lagrange;
mod polynomial;
#[cfg(test)]
mod tests;

use milagro_curve::SecretG1;

pub use lagrange::Coefficients;
pub use polynomial::{Commitments, Polynomial};

use crate::{AuthorityId, share};

/// Σ λj·Sj for shares Sj = f(j)·A of a secret point, one per index: f(0)·A. The shares are not checked.
///
/// `None` if the lists differ in length, an index occurs twice, or the sum is the identity.
#[must_use]
pub fn interpolate_secret(indices: &[AuthorityId], shares: &[SecretG1]) -> Option<SecretG1> {
    let coefficients = Coefficients::at_zero(indices)?;
    let shares: Vec<&SecretG1> = shares.iter().collect();
    (shares.len() == indices.len())
        .then(|| share::interpolate_g1(&shares, &coefficients))
        .flatten()
}
