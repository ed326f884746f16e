//! Sums Σ ki·Pi with public scalars: by interleaved digits where there are few terms, by Pippenger's
//! bucket method where there are many.
//!
//! Time and memory accesses depend on the scalars, which must be public; on the points they depend
//! only where two partial sums coincide, which does not happen by chance.
//!
//! A sum of nothing is refused: it would be the identity, which is what most equations ask for.

mod combination;
mod error;
mod interpolation;

pub use combination::Combination;
pub use error::ListError;
pub use interpolation::{Multiple, combine_g1_vartime, combine_g2_vartime};

use crate::backend::msm;
use crate::groups::g1::{G1Point, G1Sum};
use crate::groups::g2::{G2Point, G2Sum};
use crate::scalars::public::Scalar;

/// Σ ki·Pi in G1; variable time in the scalars.
///
/// # Errors
/// [`ListError`] unless there is a point, and one scalar per point.
pub fn msm_g1_vartime(points: &[G1Point], scalars: &[Scalar]) -> Result<G1Sum, ListError> {
    error::check(points.len(), scalars.len())?;
    let mut sum = msm::Combination::with_capacity(2 * points.len());
    for (point, k) in points.iter().zip(scalars) {
        sum.add(point.0, &k.0);
    }
    Ok(G1Sum(sum.sum()))
}

/// Σ ki·Pi in G1 with scalars of 128 bits; variable time in the scalars.
///
/// # Errors
/// As [`msm_g1_vartime`].
pub fn msm_g1_short_vartime(points: &[G1Point], scalars: &[u128]) -> Result<G1Sum, ListError> {
    error::check(points.len(), scalars.len())?;
    let mut sum = msm::Combination::with_capacity(points.len());
    for (point, k) in points.iter().zip(scalars) {
        sum.add_short(point.0, *k);
    }
    Ok(G1Sum(sum.sum()))
}

/// Σ ki·Pi in G2; variable time in the scalars.
///
/// # Errors
/// As [`msm_g1_vartime`].
pub fn msm_g2_vartime(points: &[G2Point], scalars: &[Scalar]) -> Result<G2Sum, ListError> {
    error::check(points.len(), scalars.len())?;
    let scalars: Vec<[u8; 32]> = scalars.iter().map(|k| k.0.to_le_bytes()).collect();
    let points = points.iter().map(|point| &point.0);
    Ok(G2Sum(msm::msm_g2(points, &scalars)))
}
