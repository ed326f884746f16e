//! Arithmetic modulo the group order r.

use blst::{blst_fr, blst_fr_from_scalar, blst_scalar, blst_scalar_from_be_bytes};
use ff::Field as _;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::{DefaultIsZeroes, Zeroize as _};

/// An element of Z/rZ. Every operation is constant time.
#[derive(Clone, Copy, Default)]
pub(crate) struct Fr(blstrs::Scalar);

/// Lets the owners of secrets wipe them; `blstrs` has no `Zeroize`.
impl DefaultIsZeroes for Fr {}

impl Fr {
    pub(crate) const ZERO: Self = Self(blstrs::Scalar::ZERO);
    pub(crate) const ONE: Self = Self(blstrs::Scalar::ONE);

    /// Reads 32 big-endian bytes; `None` for values of r and above.
    pub(crate) fn from_be_bytes(bytes: &[u8; 32]) -> Option<Self> {
        blstrs::Scalar::from_bytes_be(bytes).map(Self).into()
    }

    /// Reads any number of big-endian bytes and reduces modulo r.
    pub(crate) fn from_wide_be_bytes(bytes: &[u8]) -> Self {
        let mut reduced = blst_scalar::default();
        let mut element = blst_fr::default();
        // SAFETY: the length passed is that of the slice; the outputs are exclusive and initialised.
        unsafe {
            blst_scalar_from_be_bytes(&raw mut reduced, bytes.as_ptr(), bytes.len());
            blst_fr_from_scalar(&raw mut element, &raw const reduced);
        }
        reduced.zeroize();
        Self(element.into())
    }

    pub(crate) fn from_u64(value: u64) -> Self {
        Self(value.into())
    }

    pub(crate) fn to_be_bytes(self) -> [u8; 32] {
        self.0.to_bytes_be()
    }

    pub(crate) fn to_le_bytes(self) -> [u8; 32] {
        self.0.to_bytes_le()
    }

    pub(crate) fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }

    pub(crate) fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }

    pub(crate) fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }

    pub(crate) fn neg(self) -> Self {
        Self(-self.0)
    }

    /// The inverse, or zero for zero.
    pub(crate) fn invert_or_zero(self) -> Self {
        Self(self.0.invert().unwrap_or(blstrs::Scalar::ZERO))
    }

    pub(crate) fn is_zero(self) -> Choice {
        self.0.is_zero()
    }

    pub(super) fn inner(&self) -> &blstrs::Scalar {
        &self.0
    }
}

impl ConstantTimeEq for Fr {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl ConditionallySelectable for Fr {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Self(blstrs::Scalar::conditional_select(&a.0, &b.0, choice))
    }
}
