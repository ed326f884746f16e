//! An authority that works alone.

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, G2Point, SecretScalar};
use milagro_dta::Protocol as _;
use milagro_mpin::TrustDomainId;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::keys::IdentityKey;
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
/// M-Pin master that would let the thief of a token find its PIN. So no other master secret is read as
/// this type but by its bytes.
#[derive(Debug)]
pub struct SigningMaster {
    secret: SecretScalar,
    domain: TrustDomainId,
}

impl SigningMaster {
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
        Self {
            domain: TrustDomainId::new(
                name,
                Signing::NAME,
                milagro_mpin::names::Authorities::ALONE,
                &commitment,
            ),
            secret,
        }
    }

    /// Writes the master secret for storage, into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.secret.to_bytes()
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
