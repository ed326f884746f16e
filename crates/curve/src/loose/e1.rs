//! Points of the whole curve E(Fp), for the few places where that is enough.

use core::fmt;
use core::ops::{Add, Neg, Sub};

use crate::backend::group::{P1, P1Affine};
use crate::groups::g1::{G1Point, G1Sum};
use milagro_base::{DecodeError, Reader};

/// A point of the curve y² = x³ + 4 over Fp, subgroup *not* checked, not the identity; 48 bytes
/// compressed, 96 uncompressed.
///
/// Its only use is in equations about order-r parts: as a term of
/// [`pairing_product_is_one`](crate::pairing::pairing_product_is_one), since the pairing kills every component
/// of small order, and of a [`Combination`](crate::msm::Combination). There the subgroup check (which costs
/// more than decoding) is not needed. It has no scalar multiplication except in public sums, no comparison and
/// no secrets.
#[derive(Clone, Copy)]
pub struct E1Point(pub(crate) P1Affine);

/// A sum of points of E(Fp), possibly the identity.
#[derive(Clone, Copy)]
pub struct E1Sum(pub(crate) P1);

impl E1Point {
    /// Bytes of the compressed encoding.
    pub const LEN: usize = 48;
    /// Bytes of the uncompressed encoding.
    pub const UNCOMPRESSED_LEN: usize = 96;

    /// Reads the 48 bytes of a point out of a longer message; the subgroup is not checked.
    ///
    /// # Errors
    /// As [`Self::from_bytes`], and [`DecodeError::Length`].
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.array().and_then(Self::from_bytes)
    }

    /// Reads the compressed encoding; the subgroup is not checked.
    ///
    /// # Errors
    /// [`DecodeError`]: not canonical, not on the curve, the identity.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, DecodeError> {
        Self::not_identity(P1Affine::from_compressed(bytes)?)
    }

    /// Reads the uncompressed encoding; the subgroup is not checked.
    ///
    /// # Errors
    /// As [`Self::from_bytes`].
    pub fn from_uncompressed(bytes: &[u8; Self::UNCOMPRESSED_LEN]) -> Result<Self, DecodeError> {
        Self::not_identity(P1Affine::from_uncompressed(bytes)?)
    }

    /// Writes the compressed encoding.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        self.0.to_compressed()
    }

    /// Writes the uncompressed encoding.
    #[must_use]
    pub fn to_uncompressed(&self) -> [u8; Self::UNCOMPRESSED_LEN] {
        self.0.to_uncompressed()
    }

    /// h·self with the whole cofactor h = (x - 1)²/3, which older libraries clear by where RFC 9380
    /// multiplies by 1 - x. Exact for points of any order, by additions alone; variable time in nothing
    /// but whether partial sums coincide, so for public points only.
    #[must_use]
    pub fn mul_cofactor_vartime(&self) -> G1Sum {
        G1Sum(multiple_vartime(&P1::from(self.0), COFACTOR))
    }

    /// Checks the subgroup after all.
    ///
    /// # Errors
    /// [`DecodeError::NotInSubgroup`].
    pub fn to_g1(&self) -> Result<G1Point, DecodeError> {
        if self.0.in_subgroup().into() {
            Ok(G1Point(self.0))
        } else {
            Err(DecodeError::NotInSubgroup)
        }
    }

    fn not_identity(point: P1Affine) -> Result<Self, DecodeError> {
        if point.is_identity().into() {
            Err(DecodeError::Identity)
        } else {
            Ok(Self(point))
        }
    }
}

impl fmt::Debug for E1Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("E1Point(0x")?;
        for byte in self.to_bytes() {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for E1Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        E1Point(self.0.to_affine()).fmt(f)
    }
}

impl E1Sum {
    /// The empty sum.
    #[must_use]
    pub fn zero() -> Self {
        Self(P1::default())
    }

    /// The sum as a point; `None` for the identity.
    #[must_use]
    pub fn to_point(&self) -> Option<E1Point> {
        let point = self.0.to_affine();
        (!bool::from(point.is_identity())).then_some(E1Point(point))
    }

    /// h_eff·self = (1 - x)·self: the cofactor clearing of RFC 9380, section 8.8.1. Exact for points of
    /// any order, by additions alone; for public points only.
    #[must_use]
    pub fn clear_cofactor_vartime(&self) -> G1Sum {
        G1Sum(multiple_vartime(&self.0, H_EFF))
    }

    /// Whether the order-r part is the identity: h_eff is invertible modulo r and a multiple of every
    /// order that a component outside the subgroup can have.
    #[must_use]
    pub fn order_r_part_is_identity(&self) -> bool {
        self.clear_cofactor_vartime().is_identity()
    }
}

/// (x - 1)²/3: how many times larger the curve is than its subgroup of order r.
const COFACTOR: u128 = 0x396c_8c00_5555_e156_8c00_aaab_0000_aaab;
/// 1 - x (RFC 9380, section 8.8.1).
const H_EFF: u128 = 0xd201_0000_0001_0001;

/// k·P by double-and-add, since blst's own multiplication is inexact outside the subgroup. `k` is public.
fn multiple_vartime(point: &P1, k: u128) -> P1 {
    let mut out = P1::default();
    for bit in (0..u128::BITS - k.leading_zeros()).rev() {
        out = out.double();
        if (k >> bit) & 1 == 1 {
            out = out.add(point);
        }
    }
    out
}

impl From<G1Point> for E1Point {
    fn from(point: G1Point) -> Self {
        Self(point.0)
    }
}

impl From<E1Point> for E1Sum {
    fn from(point: E1Point) -> Self {
        Self(point.0.into())
    }
}

impl From<G1Point> for E1Sum {
    fn from(point: G1Point) -> Self {
        Self(point.0.into())
    }
}

impl From<G1Sum> for E1Sum {
    fn from(sum: G1Sum) -> Self {
        Self(sum.0)
    }
}

impl Add for E1Sum {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.add(&other.0))
    }
}

impl Neg for E1Sum {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.neg())
    }
}

impl Sub for E1Sum {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}
