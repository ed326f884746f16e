//! ACS's attribute keys by inversion.

use core::fmt::{self, Debug, Formatter};

use curve25519_dalek::scalar::Scalar;
use milagro_base::DecodeError;
use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::curve::Curve;
use super::dleq::{Element, Proof, Statement, decode_secret, hash_to_scalar, hedge};
use super::exchange::{DerivedKey, PublicKey, SecretKey, VerifiedKey};
use crate::error::Error;

/// h = Hs(A₁ ‖ … ‖ Aₙ)
fn exponent(attributes: &[&[u8]]) -> Result<Scalar, Error> {
    if attributes.is_empty() {
        Err(Error::NoAttributes)
    } else {
        Ok(hash_to_scalar(attributes))
    }
}

/// P = a·G.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SdhiPublicKey<C: Curve>(Element<C>);

impl<C: Curve> SdhiPublicKey<C> {
    /// Decodes 32 bytes.
    ///
    /// # Errors
    /// [`DecodeError`] for anything but the canonical encoding of an element of order L.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Element::from_bytes(bytes).map(Self)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 32] {
        self.0.bytes
    }

    /// Checks that a key is the one for these attributes.
    ///
    /// # Errors
    /// [`Error::NoAttributes`]; [`Error::InvalidInput`] for attributes that cancel the primary key;
    /// [`Error::ProofRejected`].
    pub fn verify(
        &self,
        attributes: &[&[u8]],
        key: &PublicKey<C>,
        proof: &Proof,
    ) -> Result<VerifiedKey<C>, Error> {
        let generator = Element::generator();
        let u = self.shifted(&exponent(attributes)?)?;
        let statement = Statement {
            first: [&generator, &u],
            second: [&key.0, &generator],
        };
        statement.verify(proof)?;
        Ok(VerifiedKey(*key))
    }

    /// U = P + h·G
    fn shifted(&self, h: &Scalar) -> Result<Element<C>, Error> {
        let point = self.0.point + C::mul_base(h);
        if C::is_identity(&point) {
            Err(Error::InvalidInput)
        } else {
            Ok(Element::new(point))
        }
    }
}

/// The primary secret key a.
pub struct SdhiSecretKey<C: Curve> {
    a: Zeroizing<Scalar>,
    public: SdhiPublicKey<C>,
}

impl<C: Curve> SdhiSecretKey<C> {
    /// A fresh key, uniform and not zero.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self::new(Zeroizing::new(hedge(rng, b"SDHI-KEY")(&[])))
    }

    /// Decodes 64 bytes: a, little-endian, then P.
    ///
    /// # Errors
    /// [`DecodeError`]; [`DecodeError::Encoding`] if P is not a·G.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (a, public) = bytes.split_at_checked(32).ok_or(DecodeError::Length)?;
        let key = Self::new(decode_secret(a)?);
        let public = SdhiPublicKey::from_bytes(public)?;
        if key.public == public {
            Ok(key)
        } else {
            Err(DecodeError::Encoding)
        }
    }

    /// Encodes a ‖ P, for safekeeping.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 64]> {
        let mut bytes = Zeroizing::new([0; 64]);
        let a = Zeroizing::new(self.a.to_bytes());
        for (to, from) in bytes.iter_mut().zip(a.iter().chain(&self.public.0.bytes)) {
            *to = *from;
        }
        bytes
    }

    pub(crate) fn new(a: Zeroizing<Scalar>) -> Self {
        let public = SdhiPublicKey(Element::new(C::mul_base(&a)));
        Self { a, public }
    }

    /// The public key that belongs to it.
    #[must_use]
    pub const fn public_key(&self) -> &SdhiPublicKey<C> {
        &self.public
    }

    /// The key for an attribute list, with its proof.
    ///
    /// # Errors
    /// [`Error::NoAttributes`]; [`Error::KeyExposed`] if a + h = 0: retire the primary key.
    pub fn derive<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        attributes: &[&[u8]],
    ) -> Result<(DerivedKey<C>, Proof), Error> {
        let mut hedge = hedge(rng, b"NONCE");
        self.derive_with(attributes, |transcript| {
            hedge(&[&*self.to_bytes(), transcript])
        })
    }

    pub(crate) fn derive_with(
        &self,
        attributes: &[&[u8]],
        nonce: impl FnOnce(&[u8]) -> Scalar,
    ) -> Result<(DerivedKey<C>, Proof), Error> {
        let h = exponent(attributes)?;
        let witness = Zeroizing::new(*self.a + h);
        if *witness == Scalar::ZERO {
            return Err(Error::KeyExposed);
        }
        let derived = DerivedKey(SecretKey::new(Zeroizing::new(witness.invert())));
        let generator = Element::generator();
        let u = self.public.shifted(&h)?;
        let statement = Statement {
            first: [&generator, &u],
            second: [&derived.public_key().0, &generator],
        };
        let nonce = Zeroizing::new(nonce(&statement.transcript()));
        let proof = statement.prove(&witness, &nonce);
        Ok((derived, proof))
    }
}

impl<C: Curve> Debug for SdhiSecretKey<C> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("SdhiSecretKey").finish_non_exhaustive()
    }
}

impl<C: Curve> ZeroizeOnDrop for SdhiSecretKey<C> {}
