//! An authority that works alone.

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G2Point, SecretScalar};
use milagro_mpin::TrustDomainId;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::keys::IdentityKey;
use crate::keys::StoredMaster;
use crate::names::Identity;
use crate::signing::anchor::TrustAnchor;
use crate::signing::spec;
use milagro_base::DecodeError;
use milagro_dta::Signing;

/// The master secret s for signatures of an authority that works alone. 32 bytes, wiped when dropped.
///
/// # Security
/// Whoever holds s can be everybody. Use it for tests and closed systems; `milagro-dta` splits it over
/// authorities so that nobody ever holds it. It is for signatures alone: s·Q is public here, and under an
/// M-Pin master that would let the thief of a token find its PIN. So its stored form carries the usage, and no
/// other master secret is read as this type.
#[derive(Debug)]
pub struct SigningMaster {
    secret: SecretScalar,
    domain: TrustDomainId,
}

impl SigningMaster {
    /// A new master secret, for the trust domain of this name.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R, name: &str) -> Self {
        Self::of(StoredMaster::new::<Signing>(
            SecretScalar::random(rng),
            name,
        ))
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
        StoredMaster::read::<Signing>(bytes, name).map(Self::of)
    }

    /// With this scalar.
    #[cfg(test)]
    pub(crate) fn from_scalar(scalar: &[u8; 32], name: &str) -> Self {
        Self::of(StoredMaster::new::<Signing>(
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
            domain: master.domain,
        }
    }

    /// Version (1), usage (1), trust domain (32), secret (32 big-endian); into a buffer that is wiped. For storage.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        StoredMaster::write::<Signing>(&self.secret, self.domain)
    }

    /// The trust domain: a hash of its name and of s·P.
    #[must_use]
    pub const fn domain(&self) -> TrustDomainId {
        self.domain
    }

    /// The public key s·Q, for verifiers.
    #[must_use]
    pub fn anchor(&self) -> TrustAnchor {
        TrustAnchor::new(self.domain, &G2Point::generator() * &self.secret)
    }

    /// The key s·H1(identity); `None` for an identity of another trust domain.
    ///
    /// # Security
    /// For an identity that the caller has authenticated, role and epoch included.
    #[must_use]
    pub fn issue(&self, identity: &Identity) -> Option<IdentityKey<Signing>> {
        let ours = identity.principal().domain() == self.domain;
        let key = || spec::point(identity).mul_secret(&self.secret);
        ours.then(|| IdentityKey::new(identity.clone(), key()))
    }
}

impl ZeroizeOnDrop for SigningMaster {}
