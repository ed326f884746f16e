//! Interpolation with small integers.
//!
//! The Lagrange coefficient of index j at x is λj = Π (x - m)/(j - m) over the other indices m. With
//! indices up to 255 every factor splits into the 54 primes below 256, so all λj are written exactly as
//! λj = scale·cj: integers cj without a common factor, and one rational number for all of them. For
//! t = 16 neighbours the cj have 14 bits; multiplying points by them costs a twentieth of
//! multiplying by 255-bit scalars.

use milagro_curve::msm::{Multiple, combine_g1_vartime, combine_g2_vartime};
use milagro_curve::{SecretG1, SecretG1Sum, SecretG2, SecretG2Sum};

use crate::domain::member::AuthorityId;
use crate::sharing::group::{Bls12381G1, Group};

/// The Lagrange coefficients of a set of indices, which are all different.
#[derive(Clone, Debug)]
pub struct Coefficients {
    /// Of each cj the sign, and the exponent of every prime.
    exact: Vec<(bool, Exponents)>,
    /// The cj, if all of them are below 2^127.
    small: Option<Vec<i128>>,
    scale: Exponents,
}

/// The exponent of each number below 256 in a product; after factoring, that of each prime.
type Exponents = [i32; 256];

const NONE: Exponents = [0; 256];

impl Coefficients {
    /// For interpolating at 0, where the shared key is. `None` if an index occurs twice or there is
    /// none.
    #[must_use]
    pub fn at_zero(indices: &[AuthorityId]) -> Option<Self> {
        Self::at(0, indices)
    }

    /// For interpolating at an index that is not in the set, such as a lost share.
    #[must_use]
    pub fn at_index(x: AuthorityId, indices: &[AuthorityId]) -> Option<Self> {
        Self::at(x.get().into(), indices)
    }

    fn at(x: i32, indices: &[AuthorityId]) -> Option<Self> {
        let indices: Vec<i32> = indices.iter().map(|id| id.get().into()).collect();
        let mut exact = Vec::with_capacity(indices.len());
        for (place, j) in indices.iter().enumerate() {
            let others = indices
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != place);
            exact.push(coefficient(x, *j, others.map(|(_, m)| *m))?);
        }
        let mut scale = exact.first()?.1;
        for (_, exponents) in &exact {
            for (low, exponent) in scale.iter_mut().zip(exponents) {
                *low = (*low).min(*exponent);
            }
        }
        for (_, exponents) in &mut exact {
            for (exponent, low) in exponents.iter_mut().zip(&scale) {
                *exponent -= *low;
            }
        }
        Some(Self {
            small: exact.iter().map(small).collect(),
            exact,
            scale,
        })
    }

    /// The integers cj, if all of them are below 2^127, to be used with [`Self::scale`].
    #[must_use]
    pub fn integers(&self) -> Option<&[i128]> {
        self.small.as_deref()
    }

    /// What the sum of the cj-fold is multiplied by; `None` for 1.
    #[must_use]
    pub fn scale<G: Group>(&self) -> Option<G::Scalar> {
        (self.scale != NONE).then(|| product::<G>(&self.scale))
    }

    /// The λj themselves.
    #[must_use]
    pub fn scalars<G: Group>(&self) -> Vec<G::Scalar> {
        let scale = product::<G>(&self.scale);
        let signed = self.exact.iter().map(|(negative, exponents)| {
            let size = product::<G>(exponents) * scale;
            if *negative {
                G::Scalar::from(0) - size
            } else {
                size
            }
        });
        signed.collect()
    }
}

/// Σ λj·Sj, in both groups.
macro_rules! interpolate {
    ($name:ident, $secret:ident, $sum:ident, $combine:ident) => {
        /// Σ λj·Sj for shares Sj = f(j)·A of a secret point, in the order of the coefficients: f(0)·A if
        /// they are for 0. The shares are not checked here. Time depends on the coefficients alone.
        ///
        /// `None` if the sum is the identity, and unless there is one share for each coefficient.
        #[must_use]
        pub fn $name(points: &[&$secret], coefficients: &Coefficients) -> Option<$secret> {
            if points.len() != coefficients.exact.len() {
                return None;
            }
            if let Some(integers) = coefficients.integers() {
                let terms: Vec<_> = points
                    .iter()
                    .zip(integers)
                    .map(|(point, factor)| Multiple {
                        point: *point,
                        factor: *factor,
                    })
                    .collect();
                let sum = $combine(&terms).to_secret()?;
                match coefficients.scale::<Bls12381G1>() {
                    None => Some(sum),
                    Some(scale) => $sum::zero().add_multiple(&sum, &scale).to_secret(),
                }
            } else {
                points
                    .iter()
                    .zip(coefficients.scalars::<Bls12381G1>())
                    .fold($sum::zero(), |sum, (point, k)| sum.add_multiple(point, &k))
                    .to_secret()
            }
        }
    };
}
interpolate!(interpolate_g1, SecretG1, SecretG1Sum, combine_g1_vartime);
interpolate!(interpolate_g2, SecretG2, SecretG2Sum, combine_g2_vartime);

/// The sign and the prime exponents of Π (x - m)/(j - m); `None` if some m equals j or x.
fn coefficient(x: i32, j: i32, others: impl Iterator<Item = i32>) -> Option<(bool, Exponents)> {
    let mut negative = false;
    let mut exponents = NONE;
    if x == j {
        return None;
    }
    for m in others {
        for (difference, step) in [(x - m, 1), (j - m, -1)] {
            if difference == 0 {
                return None;
            }
            negative ^= difference < 0;
            add(&mut exponents, difference.unsigned_abs(), step);
        }
    }
    factor(&mut exponents);
    Some((negative, exponents))
}

/// Splits every composite number below 256 into its smallest prime and the rest, from above.
fn factor(exponents: &mut Exponents) {
    for composite in (4..256_u32).rev() {
        let primes = [2, 3, 5, 7, 11, 13].into_iter();
        let Some(prime) = primes
            .clone()
            .find(|p| composite % p == 0 && composite != *p)
        else {
            continue;
        };
        let count = slot(exponents, composite).map_or(0, core::mem::take);
        if count != 0 {
            add(exponents, prime, count);
            add(exponents, composite / prime, count);
        }
    }
    if let Some(one) = slot(exponents, 1) {
        *one = 0;
    }
}

fn add(exponents: &mut Exponents, number: u32, count: i32) {
    if let Some(exponent) = slot(exponents, number) {
        *exponent += count;
    }
}

fn slot(exponents: &mut Exponents, number: u32) -> Option<&mut i32> {
    exponents.get_mut(usize::try_from(number).ok()?)
}

/// A product of primes to exponents that are not negative, with its sign; `None` from 2^127 on.
fn small((negative, exponents): &(bool, Exponents)) -> Option<i128> {
    let mut product = 1_i128;
    for (prime, exponent) in (0..).zip(exponents) {
        if *exponent > 0 {
            let power = i128::checked_pow(prime, exponent.unsigned_abs())?;
            product = product.checked_mul(power)?;
        }
    }
    Some(if *negative { -product } else { product })
}

/// A product of primes to any exponents, in the field.
fn product<G: Group>(exponents: &Exponents) -> G::Scalar {
    let one = G::Scalar::from(1);
    let (mut above, mut below) = (one, one);
    for (prime, exponent) in (0_u64..).zip(exponents) {
        for _ in 0..exponent.unsigned_abs() {
            let side = if *exponent > 0 {
                &mut above
            } else {
                &mut below
            };
            *side = *side * G::Scalar::from(prime);
        }
    }
    // A product of numbers below the order of the group is not zero.
    G::invert(&below).map_or(above, |below| above * below)
}
