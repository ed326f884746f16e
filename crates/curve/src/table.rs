//! Tables for a base that repeats.

use core::fmt;

use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::backend::{Comb, Fr, P1, P1Affine, products};
use crate::g1::{G1Point, G1Sum, SecretG1};
use crate::loose::E1Point;
use crate::scalar::Scalar;
use crate::secret_scalar::SecretScalar;
use milagro_base::DecodeError;

/// Windows of four bits in a scalar.
const WINDOWS: usize = 64;

/// The multiples j·16^i·P for 0 <= j < 16 and 0 <= i < 64: 98 kB, which make a multiplication of P a
/// sum of 64 points, in constant time.
#[derive(Clone)]
pub struct G1Table(Vec<[P1Affine; 16]>);

impl G1Table {
    /// Precomputes the multiples of a public base.
    #[must_use]
    pub fn new(base: &G1Point) -> Self {
        Self::of(base.0)
    }

    /// The base may be secret: nothing is left behind on the heap.
    fn of(base: P1Affine) -> Self {
        let mut multiples = Zeroizing::new(Vec::with_capacity(16 * WINDOWS));
        let mut base = P1::from(base);
        for _ in 0..WINDOWS {
            let mut multiple = P1::default();
            for _ in 0..16 {
                multiples.push(multiple);
                multiple = multiple.add(&base);
            }
            base = multiple;
        }
        let multiples = Zeroizing::new(P1::batch_to_affine(&multiples));
        Self(multiples.as_chunks::<16>().0.to_vec())
    }

    /// k·P for publication, in constant time; never the identity.
    #[must_use]
    pub fn mul(&self, k: &SecretScalar) -> G1Point {
        G1Point(self.product(&k.0).to_affine())
    }

    /// k·P for a scalar that may be zero, in constant time.
    #[must_use]
    pub fn mul_scalar(&self, k: &Scalar) -> G1Sum {
        G1Sum(self.product(&k.0))
    }

    fn product(&self, k: &Fr) -> P1 {
        let mut bytes = k.to_le_bytes();
        let mut sum = P1::default();
        let nibbles = bytes.iter().flat_map(|byte| [byte & 15, byte >> 4]);
        for (nibble, row) in nibbles.zip(&self.0) {
            let mut term = P1Affine::default();
            for (index, candidate) in (0_u8..).zip(row) {
                term.conditional_assign(candidate, index.ct_eq(&nibble));
            }
            sum = sum.add_affine(&term);
        }
        bytes.zeroize();
        sum
    }
}

impl fmt::Debug for G1Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("G1Table").finish_non_exhaustive()
    }
}

/// As [`G1Table`], of a secret base. Wiped when dropped.
pub struct SecretG1Table(G1Table);

impl SecretG1Table {
    /// Precomputes the multiples of a secret base.
    #[must_use]
    pub fn new(base: &SecretG1) -> Self {
        Self(G1Table::of(base.0))
    }

    /// k·P, in constant time; never the identity.
    #[must_use]
    pub fn mul(&self, k: &SecretScalar) -> SecretG1 {
        SecretG1(self.0.product(&k.0).to_affine())
    }
}

impl fmt::Debug for SecretG1Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretG1Table").finish_non_exhaustive()
    }
}

impl Drop for SecretG1Table {
    fn drop(&mut self) {
        for row in &mut self.0.0 {
            row.zeroize();
        }
    }
}

impl ZeroizeOnDrop for SecretG1Table {}

/// A point with 1.5 kB of its multiples: worth making for a point that is multiplied twice or more, or whose
/// subgroup is still to be checked, which makes most of them on the way.
#[derive(Clone)]
pub struct G1Comb {
    point: G1Point,
    comb: Comb,
}

impl G1Comb {
    /// Precomputes the multiples of a public point.
    #[must_use]
    pub fn new(point: &G1Point) -> Self {
        Self {
            point: *point,
            comb: Comb::new(&point.0),
        }
    }

    /// Checks the subgroup of a point and keeps the multiples that this takes.
    ///
    /// # Errors
    /// [`DecodeError::NotInSubgroup`].
    pub fn check(point: E1Point) -> Result<Self, DecodeError> {
        let comb = Comb::checked(&point.0).ok_or(DecodeError::NotInSubgroup)?;
        let point = G1Point(point.0);
        Ok(Self { point, comb })
    }

    /// P.
    #[must_use]
    pub const fn point(&self) -> &G1Point {
        &self.point
    }

    /// k·P; variable time in k, which is public and may be zero. Below 2^127 it takes a third less.
    #[must_use]
    pub fn mul_vartime(&self, k: &Scalar) -> G1Sum {
        G1Sum(self.comb.product_vartime(&self.point.0, &k.0))
    }

    /// k·P for publication and k·P' as a secret: both products of an ephemeral Diffie-Hellman exchange,
    /// in constant time.
    #[must_use]
    pub fn exchange(&self, other: &Self, k: &SecretScalar) -> (G1Point, SecretG1) {
        let both = products(&[(&self.comb, &k.0), (&other.comb, &k.0)]);
        let both = Zeroizing::new(P1::batch_to_affine(&Zeroizing::new(both)));
        let mut both = both.iter().copied();
        let mut next = || both.next().unwrap_or_default();
        (G1Point(next()), SecretG1(next()))
    }
}

impl fmt::Debug for G1Comb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("G1Comb").finish_non_exhaustive()
    }
}

/// Columns of the comb, and bits between its teeth.
const COLUMNS: u32 = 16;

/// Sums of some of the multiples 2^(16·j)·P for 0 <= j < 4, and of those for 4 <= j < 8: a comb with two
/// rows of four teeth (C. H. Lim and P. J. Lee, CRYPTO '94), 3 kB, for products by public scalars of 128
/// bits.
#[derive(Clone)]
pub struct G1ShortTable([[P1Affine; 16]; 2]);

impl G1ShortTable {
    /// Precomputes the sums for a public base.
    #[must_use]
    pub fn new(base: &G1Point) -> Self {
        let mut tooth = P1::from(base.0);
        let mut sums = Vec::with_capacity(32);
        for _ in 0..2 {
            let mut row = vec![P1::default()];
            for _ in 0..4 {
                let with: Vec<P1> = row.iter().map(|sum| sum.add(&tooth)).collect();
                row.extend(with);
                for _ in 0..COLUMNS {
                    tooth = tooth.double();
                }
            }
            sums.extend(row);
        }
        let mut table = [[P1Affine::default(); 16]; 2];
        let sums = P1::batch_to_affine(&sums);
        table
            .iter_mut()
            .flatten()
            .zip(sums)
            .for_each(|(to, from)| *to = from);
        Self(table)
    }

    /// k·P; variable time in k, which is public.
    #[must_use]
    pub fn mul_vartime(&self, k: u128) -> G1Sum {
        let mut out = P1::default();
        for column in (0..COLUMNS).rev() {
            out = out.double();
            for (row, first) in self.0.iter().zip([0, 4]) {
                let bits = (0..4).fold(0, |bits, tooth| {
                    let bit = (k >> (column + COLUMNS * (first + tooth))) & 1 == 1;
                    bits | (usize::from(bit) << tooth)
                });
                if let Some(sum) = row.get(bits).filter(|_| bits != 0) {
                    out = out.add_affine(sum);
                }
            }
        }
        G1Sum(out)
    }
}

impl fmt::Debug for G1ShortTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("G1ShortTable").finish_non_exhaustive()
    }
}
