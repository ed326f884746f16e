//! What a client stores.

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::{G1Point, SecretG1, SecretG1Sum};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::client::error::FactorError;

use crate::client::factor::{FactorSpec, Factors};
use crate::keys::ClientSecret;
use crate::names::domain::TrustDomainId;
use crate::names::identity::Identity;
use milagro_base::DecodeError;

/// The client secret less its factors: S - (α + Σ fi)·A, with what is needed to ask for the factors
/// again. Whoever steals it lacks the factors, and can try them only against a server. Wiped when
/// dropped.
pub struct Token {
    domain: TrustDomainId,
    identity: Identity,
    point: G1Point,
    specs: Vec<FactorSpec>,
    rest: SecretG1,
}

impl Token {
    const VERSION: u8 = 1;

    /// Splits the factors off a secret, which is used up.
    ///
    /// # Errors
    /// [`FactorError::Mismatch`] in the one case in 2^255 where nothing would be left.
    pub fn new(
        domain: TrustDomainId,
        secret: ClientSecret,
        factors: &Factors,
    ) -> Result<Self, FactorError> {
        let ClientSecret {
            identity,
            point,
            secret,
            device: _,
        } = secret;
        let rest = SecretG1Sum::zero()
            .add(&secret)
            .sub(&factors.product(&point));
        Ok(Self {
            domain,
            identity,
            point,
            specs: factors.specs().to_vec(),
            rest: rest.to_secret().ok_or(FactorError::Mismatch)?,
        })
    }

    /// Adds the factors again: Token + (α + Σ fi)·A. With a wrong value the result is a wrong secret,
    /// and nothing but a login tells.
    ///
    /// # Errors
    /// [`FactorError::Mismatch`] if the factors have other kinds, names or parameters than those
    /// split off.
    pub fn unlock(&self, factors: &Factors) -> Result<ClientSecret, FactorError> {
        self.check(factors)?;
        let secret = factors.product(&self.point).add(&self.rest);
        Ok(ClientSecret {
            identity: self.identity.clone(),
            point: self.point,
            secret: secret.to_secret().ok_or(FactorError::Mismatch)?,
            device: None,
        })
    }

    /// Changes factors without any authority: Token' = Token + (α + Σ fi)·A - (α' + Σ fi')·A. The new
    /// ones may differ in number and kind.
    ///
    /// # Security
    /// Nothing tells whether the old values are right: with a wrong old PIN the token silently gets a
    /// PIN that nobody knows. Log in with the old ones first.
    ///
    /// # Errors
    /// As [`Self::unlock`].
    pub fn change_factors(self, old: &Factors, new: &Factors) -> Result<Self, FactorError> {
        let secret = self.unlock(old)?;
        Self::new(self.domain, secret, new)
    }

    /// Whose token this is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The domain whose master secret it comes from.
    #[must_use]
    pub const fn trust_domain(&self) -> &TrustDomainId {
        &self.domain
    }

    /// Version (1), domain (32), identity (4 to 1,126), factors (1 to 4,577), point (48); into a
    /// buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Room for the longest of 5,784 bytes, so that no copy is left behind as it grows.
        let head = Writer::with_capacity(8192)
            .u8(Self::VERSION)
            .bytes(&self.domain.to_bytes())
            .bytes(&self.identity.to_bytes());
        let head = FactorSpec::write_all(&self.specs, head);
        Zeroizing::new(head.bytes(&*self.rest.to_bytes()).finish())
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, a field that has no valid value, a point that is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let domain = TrustDomainId::from_bytes(*reader.array()?);
        let identity = Identity::read(&mut reader)?;
        let specs = FactorSpec::read_all(&mut reader)?;
        let rest = SecretG1::from_bytes(reader.array()?)?;
        reader.finish()?;
        Ok(Self {
            point: identity.to_point(),
            domain,
            identity,
            specs,
            rest,
        })
    }

    pub(crate) const fn point(&self) -> &G1Point {
        &self.point
    }

    pub(crate) const fn rest(&self) -> &SecretG1 {
        &self.rest
    }

    pub(crate) fn check(&self, factors: &Factors) -> Result<(), FactorError> {
        if self.specs == factors.specs() {
            Ok(())
        } else {
            Err(FactorError::Mismatch)
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}
impl ZeroizeOnDrop for Token {}
