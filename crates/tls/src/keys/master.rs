//! An authority that works alone.

use core::fmt;

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, SecretScalar};
use milagro_mpin::TrustDomainId;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::admission::Side;
use crate::keys::anchor::PairAnchor;
use crate::keys::error::KeyError;
use crate::keys::identity_key::IdentityKey;
use crate::keys::issued::IssuedKey;
use crate::keys::responder::ResponderKey;
use crate::keys::two_sided::{check_subject, first_point, second_point, statement};
use crate::keys::usage::TwoSided;
use crate::names::Identity;
use milagro_base::DecodeError;

/// The master secret s of an authority that works alone, for one usage with two sides. 32 bytes, wiped
/// when dropped.
///
/// # Security
/// Whoever holds s can be everybody. Use it for tests and closed systems; `milagro-dta` splits it over
/// authorities so that nobody ever holds it. Every usage has a master secret of its own.
pub struct PairMaster<U: TwoSided> {
    secret: SecretScalar,
    anchor: PairAnchor<U>,
}

impl<U: TwoSided> PairMaster<U> {
    /// A new master secret, for the trust domain of this name.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R, name: &str) -> Self {
        Self::new(SecretScalar::random(rng), name)
    }

    /// Reads a stored master secret, 32 bytes big-endian, of the trust domain of this name.
    ///
    /// # Errors
    /// [`DecodeError::ScalarOutOfRange`], [`DecodeError::ZeroScalar`].
    pub fn from_bytes(bytes: &[u8; 32], name: &str) -> Result<Self, DecodeError> {
        Ok(Self::new(SecretScalar::from_bytes(bytes)?, name))
    }

    fn new(secret: SecretScalar, name: &str) -> Self {
        let commitment = &G1Point::generator() * &secret;
        let domain = TrustDomainId::new(
            name,
            U::NAME,
            milagro_mpin::names::Authorities::ALONE,
            &commitment,
        );
        Self {
            secret,
            anchor: PairAnchor::new(domain, commitment),
        }
    }

    /// Writes the master secret for storage, into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.secret.to_bytes()
    }

    /// The trust domain: a hash of its name, the usage and s·P.
    #[must_use]
    pub const fn domain(&self) -> TrustDomainId {
        self.anchor.domain()
    }

    /// s·P, for those who get keys.
    #[must_use]
    pub const fn anchor(&self) -> PairAnchor<U> {
        self.anchor
    }

    /// The key s·H1(identity) for a client or a peer, with a proof.
    ///
    /// # Security
    /// For an identity that the caller has authenticated, role and epoch included.
    ///
    /// # Errors
    /// [`KeyError::Domain`], [`KeyError::Role`].
    pub fn issue<R: CryptoRng + ?Sized>(
        &self,
        identity: &Identity,
        rng: &mut R,
    ) -> Result<IssuedKey<U>, KeyError> {
        check_subject(identity, Side::Client, &self.domain())?;
        let d = first_point::<U>(identity).mul_secret(&self.secret);
        let proof = statement::<U>(*self.anchor.commitment(), identity, &d)
            .prove(rng, &self.secret)
            // A statement with one pair has a proof.
            .ok_or(KeyError::Key)?;
        let key = IdentityKey::new(identity.clone(), d);
        Ok(IssuedKey::new(key, proof))
    }

    /// The key s·H2(identity) for a server or a peer.
    ///
    /// # Security
    /// As for [`Self::issue`].
    ///
    /// # Errors
    /// [`KeyError::Domain`], [`KeyError::Role`].
    pub fn issue_responder(&self, identity: &Identity) -> Result<ResponderKey<U>, KeyError> {
        check_subject(identity, Side::Server, &self.domain())?;
        let d = second_point::<U>(identity).mul_secret(&self.secret);
        Ok(ResponderKey::new(identity.clone(), d))
    }
}

impl<U: TwoSided> fmt::Debug for PairMaster<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairMaster").finish_non_exhaustive()
    }
}

impl<U: TwoSided> ZeroizeOnDrop for PairMaster<U> {}
