//! Secret scalars: never printed, compared in variable time, or left behind.

use rand_core::CryptoRng;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::backend::fr::Fr;
use crate::scalars::public::Scalar;
use crate::transcript::Transcript;
use crate::wiped::wiped;
use milagro_base::DecodeError;

/// A secret, non-zero element of Z/rZ; 32 bytes big-endian. Wiped when dropped.
pub struct SecretScalar(pub(crate) Fr);

impl SecretScalar {
    /// Bytes of an encoding.
    pub const LEN: usize = 32;

    /// A uniformly random non-zero scalar.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut wide = Zeroizing::new([0_u8; 64]);
        rng.fill_bytes(&mut *wide);
        Self::from_wide_bytes(&wide)
    }

    /// A one-time scalar from fresh randomness *and* everything the transcript has absorbed, which
    /// should be the long-term secret and the message: a broken or rewound generator then repeats a
    /// nonce only for the same message (hedged nonces; compare RFC 8032, section 8.2, and
    /// draft-irtf-cfrg-det-sigs-with-noise).
    pub fn hedged<R: CryptoRng + ?Sized>(rng: &mut R, mut transcript: Transcript) -> Self {
        let mut fresh = Zeroizing::new([0_u8; 32]);
        rng.fill_bytes(&mut *fresh);
        transcript.append("fresh randomness", &*fresh);
        Self::from_wide_bytes(&transcript.secret_bytes::<64>("hedged nonce"))
    }

    /// Reduces 64 uniform bytes modulo r. The one input in 2^255 that gives zero gives one instead.
    #[must_use]
    pub fn from_wide_bytes(bytes: &[u8; 64]) -> Self {
        use subtle::ConditionallySelectable as _;
        let value = Fr::from_wide_be_bytes(bytes);
        Self(Fr::conditional_select(&value, &Fr::ONE, value.is_zero()))
    }

    /// Reads 32 big-endian bytes.
    ///
    /// # Errors
    /// [`DecodeError::ScalarOutOfRange`] for r and above, [`DecodeError::ZeroScalar`] for zero.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, DecodeError> {
        let value = Fr::from_be_bytes(bytes).ok_or(DecodeError::ScalarOutOfRange)?;
        SecretResidue(value)
            .to_nonzero()
            .ok_or(DecodeError::ZeroScalar)
    }

    /// Writes 32 big-endian bytes into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; Self::LEN]> {
        Zeroizing::new(self.0.to_be_bytes())
    }

    /// The product, which is never zero.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Self {
        Self(self.0.mul(other.0))
    }

    /// The inverse.
    #[must_use]
    pub fn invert(&self) -> Self {
        Self(self.0.invert_or_zero())
    }

    /// The same value, as one that may be zero.
    #[must_use]
    pub fn to_residue(&self) -> SecretResidue {
        SecretResidue(self.0)
    }

    /// self + c·k: the answer of a proof of knowledge of `secret` with this one-time nonce, which is
    /// spent. The result is public.
    #[must_use]
    pub fn respond(self, c: &Scalar, secret: &Self) -> Scalar {
        Scalar(self.0.add(c.0.mul(secret.0)))
    }
}

/// A secret element of Z/rZ that may be zero, such as a PIN, or a sum of secrets. Wiped when dropped.
pub struct SecretResidue(pub(crate) Fr);

impl SecretResidue {
    /// Zero, to start a sum.
    #[must_use]
    pub fn zero() -> Self {
        Self(Fr::ZERO)
    }

    /// Reads 32 big-endian bytes.
    ///
    /// # Errors
    /// [`DecodeError::ScalarOutOfRange`] for r and above.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, DecodeError> {
        Fr::from_be_bytes(bytes)
            .map(Self)
            .ok_or(DecodeError::ScalarOutOfRange)
    }

    /// Writes 32 big-endian bytes into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_be_bytes())
    }

    /// The sum.
    #[must_use]
    pub fn add(&self, other: &Self) -> Self {
        Self(self.0.add(other.0))
    }

    /// The difference.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Self {
        Self(self.0.sub(other.0))
    }

    /// The sum with a public scalar.
    #[must_use]
    pub fn add_public(&self, other: &Scalar) -> Self {
        Self(self.0.add(other.0))
    }

    /// The product with a public scalar.
    #[must_use]
    pub fn mul_public(&self, other: &Scalar) -> Self {
        Self(self.0.mul(other.0))
    }

    /// The negative.
    #[must_use]
    pub fn neg(&self) -> Self {
        Self(self.0.neg())
    }

    /// The value as a non-zero scalar; `None` for zero, which tells an observer of the time just that.
    #[must_use]
    pub fn to_nonzero(&self) -> Option<SecretScalar> {
        (!bool::from(self.0.is_zero())).then_some(SecretScalar(self.0))
    }
}

impl From<u64> for SecretResidue {
    fn from(value: u64) -> Self {
        Self(Fr::from_u64(value))
    }
}

impl ConstantTimeEq for SecretScalar {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl ConstantTimeEq for SecretResidue {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

wiped!(SecretScalar, SecretResidue);
