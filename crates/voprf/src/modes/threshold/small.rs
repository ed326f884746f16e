//! Sums of products with small integers, all of it public.

use alloc::vec::Vec;

use milagro_dta::sharing::{Coefficients, Group};

use crate::modes::threshold::sharing::Shared;

/// Lagrange's coefficients λj = scale·cj, in the suite's scalars where they are needed as such.
pub(super) struct Weights<S: Shared> {
    integers: Option<Vec<i128>>,
    /// One for all integers; `None` for 1.
    scale: Option<S::Scalar>,
    /// The λj themselves.
    pub(super) scalars: Vec<S::Scalar>,
}

impl<S: Shared> Weights<S> {
    /// `None` if a scalar cannot be told in the suite's encoding, which all can.
    pub(super) fn new(coefficients: &Coefficients) -> Option<Self> {
        let scalar = |scalar: &_| {
            let bytes = S::Sharing::scalar_to_bytes(scalar);
            S::decode_scalar(&bytes).ok()
        };
        let scalars = coefficients.scalars::<S::Sharing>();
        let scale = match coefficients.scale::<S::Sharing>() {
            Some(scale) => Some(scalar(&scale)?),
            None => None,
        };
        Some(Self {
            integers: coefficients.integers().map(<[i128]>::to_vec),
            scale,
            scalars: scalars.iter().map(scalar).collect::<Option<_>>()?,
        })
    }

    /// Σ λj·Dj in variable time.
    pub(super) fn combine_vartime(&self, points: &[S::Point]) -> S::Point {
        let Some(integers) = &self.integers else {
            let scaled: Vec<_> = self.scalars.iter().map(S::scale).collect();
            return S::unscale(&S::msm_vartime(&scaled, points));
        };
        let sum = sum::<S>(points, integers);
        match &self.scale {
            None => sum,
            Some(scale) => S::msm_vartime(&[*scale], &[sum]),
        }
    }
}

/// Σ cj·Dj, by doubling once for all: as many steps as the largest integer has bits.
fn sum<S: Shared>(points: &[S::Point], integers: &[i128]) -> S::Point {
    let mut sum = S::msm_vartime(&[], &[]);
    let all = integers.iter().fold(0, |all, c| all | c.unsigned_abs());
    for bit in (0..u128::BITS - all.leading_zeros()).rev() {
        sum = sum + sum;
        for (point, c) in points.iter().zip(integers) {
            if c.unsigned_abs() >> bit & 1 == 1 {
                sum = if *c < 0 { sum - *point } else { sum + *point };
            }
        }
    }
    sum
}
