//! Public scalars.

use core::fmt;
use core::ops::{Add, Mul, Neg, Sub};

use subtle::ConstantTimeEq as _;

use crate::backend::fr::Fr;
use milagro_base::DecodeError;

/// A public element of Z/rZ, where r is the order of the groups (255 bits); zero is allowed.
///
/// Secrets belong into [`SecretScalar`](crate::scalars::secret::SecretScalar) and
/// [`SecretResidue`](crate::scalars::secret::SecretResidue): this type is printed and copied freely.
#[derive(Clone, Copy)]
pub struct Scalar(pub(crate) Fr);

impl Scalar {
    /// Bytes of an encoding.
    pub const LEN: usize = 32;
    /// Zero.
    pub const ZERO: Self = Self(Fr::ZERO);
    /// One.
    pub const ONE: Self = Self(Fr::ONE);

    /// Reads 32 big-endian bytes.
    ///
    /// # Errors
    /// [`DecodeError::ScalarOutOfRange`] for r and above.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, DecodeError> {
        Fr::from_be_bytes(bytes)
            .map(Self)
            .ok_or(DecodeError::ScalarOutOfRange)
    }

    /// Writes 32 big-endian bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        self.0.to_be_bytes()
    }

    /// Reduces big-endian bytes modulo r; 64 uniform bytes give a scalar within 2^-256 of uniform.
    #[must_use]
    pub fn from_wide_bytes(bytes: &[u8]) -> Self {
        Self(Fr::from_wide_be_bytes(bytes))
    }

    /// Whether this is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.is_zero().into()
    }

    /// The inverse modulo r, or `None` for zero.
    #[must_use]
    pub fn invert(&self) -> Option<Self> {
        (!self.is_zero()).then(|| Self(self.0.invert_or_zero()))
    }
}

impl From<u64> for Scalar {
    fn from(value: u64) -> Self {
        Self(Fr::from_u64(value))
    }
}

impl From<u128> for Scalar {
    fn from(value: u128) -> Self {
        Self(Fr::from_wide_be_bytes(&value.to_be_bytes()))
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}
impl Eq for Scalar {}

impl Add for Scalar {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.add(other.0))
    }
}

impl Sub for Scalar {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.sub(other.0))
    }
}

impl Mul for Scalar {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(self.0.mul(other.0))
    }
}

impl Neg for Scalar {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.neg())
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scalar(0x")?;
        for byte in self.to_bytes() {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}
