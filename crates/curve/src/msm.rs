//! Sums Σ ki·Pi with public scalars (Pippenger's bucket method).
//!
//! Time and memory accesses depend on the scalars, which must be public; on the points they depend
//! only where two partial sums coincide, which does not happen by chance.

use core::fmt;

use crate::backend::msm as backend;
use crate::groups::g1::{G1Point, G1Sum};
use crate::groups::g2::{G2Point, G2Sum};
use crate::loose::{E1Point, E1Sum};
use crate::scalars::public::Scalar;

/// Σ ki·Pi in G1; variable time in the scalars.
///
/// # Errors
/// [`LengthMismatch`] unless there is one scalar per point.
pub fn msm_g1_vartime(points: &[G1Point], scalars: &[Scalar]) -> Result<G1Sum, LengthMismatch> {
    let scalars = little_endian(points.len(), scalars)?;
    let points = points.iter().map(|point| &point.0);
    Ok(G1Sum(backend::msm_g1(points, &scalars)))
}

/// Σ ki·Pi in G1 with scalars of 128 bits; variable time in the scalars.
///
/// # Errors
/// [`LengthMismatch`] unless there is one scalar per point.
pub fn msm_g1_short_vartime(points: &[G1Point], scalars: &[u128]) -> Result<G1Sum, LengthMismatch> {
    let scalars = short(points.len(), scalars)?;
    let points = points.iter().map(|point| &point.0);
    Ok(G1Sum(backend::msm_g1(points, &scalars)))
}

/// Σ ki·Pi over points of the whole curve with scalars of 128 bits, exact for points of any order;
/// variable time in the scalars.
///
/// # Errors
/// [`LengthMismatch`] unless there is one scalar per point.
pub fn msm_e1_short_vartime(points: &[E1Point], scalars: &[u128]) -> Result<E1Sum, LengthMismatch> {
    let scalars = short(points.len(), scalars)?;
    let points = points.iter().map(|point| &point.0);
    Ok(E1Sum(backend::msm_e1(points, &scalars)))
}

/// Σ ki·Pi over points of the whole curve, exact for points of any order; variable time in the
/// scalars.
///
/// # Errors
/// [`LengthMismatch`] unless there is one scalar per point.
pub fn msm_e1_vartime(points: &[E1Point], scalars: &[Scalar]) -> Result<E1Sum, LengthMismatch> {
    let scalars = little_endian(points.len(), scalars)?;
    let points = points.iter().map(|point| &point.0);
    Ok(E1Sum(backend::msm_e1(points, &scalars)))
}

/// Σ ki·Pi in G2; variable time in the scalars.
///
/// # Errors
/// [`LengthMismatch`] unless there is one scalar per point.
pub fn msm_g2_vartime(points: &[G2Point], scalars: &[Scalar]) -> Result<G2Sum, LengthMismatch> {
    let scalars = little_endian(points.len(), scalars)?;
    let points = points.iter().map(|point| &point.0);
    Ok(G2Sum(backend::msm_g2(points, &scalars)))
}

/// Two lists that belong together have different lengths.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LengthMismatch;

impl fmt::Display for LengthMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lists differ in length")
    }
}

impl core::error::Error for LengthMismatch {}

fn little_endian(count: usize, scalars: &[Scalar]) -> Result<Vec<[u8; 32]>, LengthMismatch> {
    if count != scalars.len() {
        return Err(LengthMismatch);
    }
    Ok(scalars
        .iter()
        .map(|scalar| scalar.0.to_le_bytes())
        .collect())
}

fn short(count: usize, scalars: &[u128]) -> Result<Vec<[u8; 16]>, LengthMismatch> {
    if count != scalars.len() {
        return Err(LengthMismatch);
    }
    Ok(scalars.iter().map(|scalar| scalar.to_le_bytes()).collect())
}
