//! ACS's attribute keys by a chain of HMACs, which nobody can verify.

use core::fmt::{self, Debug, Formatter};

use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::curve::Curve;
use super::dleq::{hash_to_scalar, hedge};
use super::exchange::{DerivedKey, SecretKey};
use crate::error::Error;

/// The primary key of ACS's default derivation, 32 bytes p₀. It has no public key: clients cannot check what
/// is derived.
pub struct DefaultPrimaryKey(Zeroizing<[u8; 32]>);

impl DefaultPrimaryKey {
    /// A fresh key.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self(Zeroizing::new(hedge(rng, b"DEFAULT-KEY")(&[]).to_bytes()))
    }

    /// Takes the 32 bytes; every value is a key.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// The 32 bytes, for safekeeping.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.clone()
    }

    /// pᵢ = HMAC-SHA256(pᵢ₋₁, Aᵢ), k = Hs(pₙ).
    ///
    /// # Errors
    /// [`Error::NoAttributes`]; [`Error::DeriveKey`] if k is zero (never seen).
    pub fn derive<C: Curve>(&self, attributes: &[&[u8]]) -> Result<DerivedKey<C>, Error> {
        if attributes.is_empty() {
            return Err(Error::NoAttributes);
        }
        let mut p = self.0.clone();
        for attribute in attributes {
            let mac = Hmac::<Sha256>::new_from_slice(&*p).map_err(|_| Error::DeriveKey)?;
            *p = mac.chain_update(attribute).finalize().into_bytes().into();
        }
        let k = Zeroizing::new(hash_to_scalar(&[&*p]));
        SecretKey::from_bytes(&*Zeroizing::new(k.to_bytes()))
            .map(DerivedKey)
            .map_err(|_| Error::DeriveKey)
    }
}

impl Debug for DefaultPrimaryKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("DefaultPrimaryKey").finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for DefaultPrimaryKey {}
