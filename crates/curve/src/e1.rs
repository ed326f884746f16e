//! Points of the whole curve E(Fp), for the one place where that is enough.

use core::fmt;
use core::ops::Add;

use subtle::ConstantTimeEq as _;

use crate::backend::{P1, P1Affine};
use crate::{DecodeError, G1Point, G1Sum};

/// A point of the curve y² = x³ + 4 over Fp, subgroup *not* checked, not the identity; 48 bytes
/// compressed, 96 uncompressed.
///
/// Its only use is as a term of [`pairing_product_is_one`](crate::pairing_product_is_one): the
/// pairing kills every component of small order, so such an equation speaks about the order-r parts
/// alone, and the subgroup check (which costs more than decoding) is not needed. It has no scalar
/// multiplication except in public sums, no comparison and no secrets.
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

    /// h_eff·self = (1 - x)·self, the order-r part times a constant, computed by additions alone and
    /// so exact for points of any order; whether it is the identity tells whether the order-r part is.
    #[must_use]
    pub fn order_r_part_is_identity(&self) -> bool {
        // h_eff = 1 - x = 0xd201000000010001, RFC 9380 section 8.8.1.
        const H_EFF: u64 = 0xd201_0000_0001_0001;
        let mut out = P1::default();
        for bit in (0..64).rev() {
            out = out.double();
            if (H_EFF >> bit) & 1 == 1 {
                out = out.add(&self.0);
            }
        }
        out.to_affine().ct_eq(&P1Affine::default()).into()
    }
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
