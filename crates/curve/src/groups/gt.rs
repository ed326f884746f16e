//! The target group of the pairing.

use core::fmt;
use core::ops::Mul;

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::backend::fp12::Fp12;
use crate::scalars::secret::SecretResidue;
use crate::wiped::wiped;
use milagro_base::DecodeError;

/// A public element of GT, the subgroup of order r of Fp12; 576 bytes.
#[derive(Clone, Copy)]
pub struct Gt(pub(crate) Fp12);

/// A secret element of GT. Wiped when dropped.
pub struct SecretGt(pub(crate) Fp12);

impl Gt {
    /// Bytes of the encoding: the coefficients of w^0, ..., w^5 in Fp2 (w^6 = 1 + i), each real part
    /// first, 48 bytes big-endian.
    pub const LEN: usize = 576;

    /// The neutral element.
    #[must_use]
    pub const fn one() -> Self {
        Self(Fp12::ONE)
    }

    /// Reads the 576 bytes.
    ///
    /// # Errors
    /// [`DecodeError::Encoding`] for a coefficient of p or above, [`DecodeError::NotInSubgroup`]
    /// outside GT, [`DecodeError::Identity`] for one.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, DecodeError> {
        let value = Fp12::from_bytes(bytes).ok_or(DecodeError::Encoding)?;
        if !value.in_group() {
            Err(DecodeError::NotInSubgroup)
        } else if value.ct_eq(&Fp12::ONE).into() {
            Err(DecodeError::Identity)
        } else {
            Ok(Self(value))
        }
    }

    /// Writes the 576 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        self.0.to_bytes()
    }

    /// The inverse, for the price of a few negations.
    #[must_use]
    pub fn invert(&self) -> Self {
        Self(self.0.conjugate())
    }

    /// self^k for a secret k, in constant time.
    #[must_use]
    pub fn pow(&self, k: &SecretResidue) -> SecretGt {
        SecretGt(self.0.pow(&k.0))
    }
}

impl Mul for &Gt {
    type Output = Gt;
    fn mul(self, other: Self) -> Gt {
        Gt(self.0.mul(&other.0))
    }
}

impl PartialEq for Gt {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}
impl Eq for Gt {}

impl fmt::Debug for Gt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gt(0x")?;
        for byte in self.to_bytes() {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

impl SecretGt {
    /// Bytes of a trace.
    pub const TRACE_LEN: usize = 192;

    /// self^k, in constant time.
    #[must_use]
    pub fn pow(&self, k: &SecretResidue) -> Self {
        Self(self.0.pow(&k.0))
    }

    /// The product.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Self {
        Self(self.0.mul(&other.0))
    }

    /// Writes the 576 bytes into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; Gt::LEN]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The trace to Fp4 = Fp2(w³), as older libraries use for keys: three times the coefficients of w^0
    /// and w^3, real parts first, 4·48 bytes big-endian.
    #[must_use]
    pub fn trace_bytes(&self) -> Zeroizing<[u8; Self::TRACE_LEN]> {
        Zeroizing::new(self.0.trace_bytes())
    }

    /// Makes the element public. The name is there to be looked for in reviews.
    #[must_use]
    pub fn declassify(self) -> Gt {
        Gt(self.0)
    }
}

impl From<Gt> for SecretGt {
    fn from(element: Gt) -> Self {
        Self(element.0)
    }
}

impl ConstantTimeEq for SecretGt {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

wiped!(SecretGt);
