//! An authority that works alone.

use core::fmt;

use milagro_curve::SecretScalar;
use milagro_curve::rand_core::CryptoRng;
use milagro_mpin::TrustDomainId;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::admission::Side;
use crate::keys::anchor::PairAnchor;
use crate::keys::error::KeyError;
use crate::keys::identity_key::IdentityKey;
use crate::keys::issued::IssuedKey;
use crate::keys::responder::ResponderKey;
use crate::keys::stored::StoredMaster;
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
        Self::of(StoredMaster::new::<U>(SecretScalar::random(rng), name))
    }

    /// Bytes of an encoding.
    pub const LEN: usize = StoredMaster::LEN;

    /// Reads what [`Self::to_bytes`] wrote, of the trust domain of this name. The domain that is stored has to be
    /// the one that name and secret give.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, the master secret of another usage, a scalar that is out of range or zero;
    /// [`DecodeError::Value`] for another name or another secret.
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self, DecodeError> {
        StoredMaster::read::<U>(bytes, name).map(Self::of)
    }

    /// With this scalar.
    #[cfg(test)]
    pub(crate) fn from_scalar(scalar: &[u8; 32], name: &str) -> Self {
        Self::of(StoredMaster::new::<U>(
            SecretScalar::from_bytes(scalar).unwrap(),
            name,
        ))
    }

    #[cfg(test)]
    pub(crate) fn scalar_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.secret.to_bytes()
    }

    fn of(master: StoredMaster) -> Self {
        Self {
            secret: master.secret,
            anchor: PairAnchor::new(master.domain, master.commitment),
        }
    }

    /// Version (1), usage (1), trust domain (32), secret (32 big-endian); into a buffer that is wiped. For storage.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        StoredMaster::write::<U>(&self.secret, self.domain())
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
        rng: &mut R,
        identity: &Identity,
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
