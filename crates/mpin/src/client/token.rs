//! What a client stores.

use core::fmt;
use core::marker::PhantomData;

use milagro_base::{DecodeError, Reader, Writer};
use milagro_curve::{G1Point, SecretG1, SecretG1Sum};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::client::error::FactorError;
use crate::client::factor::{FactorSpec, Factors};
use crate::client::pin::{Pin, PinLength};
use crate::keys::{Binding, Bound, ClientSecret, Unbound};
use crate::names::domain::TrustDomainId;
use crate::names::identity::Identity;

/// The client secret less its factors: S - (α + Σ fi)·A, with what is needed to ask for the factors again.
/// Whoever steals it lacks the factors, and can try them only against a server. Wiped when dropped.
///
/// A [`Token`] gives back a [`ClientSecret`], a [`BoundToken`] a secret that is bound to a device key.
pub struct SplitSecret<B> {
    domain: TrustDomainId,
    identity: Identity,
    point: G1Point,
    specs: Vec<FactorSpec>,
    rest: SecretG1,
    binding: PhantomData<B>,
}

/// What a client stores: its secret less its factors.
pub type Token = SplitSecret<Unbound>;

/// What a client of a server in no-escrow mode stores: z·S less its factors. It holds no z.
pub type BoundToken = SplitSecret<Bound>;

impl<B: Binding> SplitSecret<B> {
    const VERSION: u8 = 2;

    /// Splits the factors off a secret, which is used up.
    ///
    /// # Errors
    /// [`FactorError::NotBound`] for a secret that is to be bound to a device key first, and
    /// [`FactorError::Mismatch`] in the one case in 2^255 where nothing would be left.
    pub fn new(
        domain: TrustDomainId,
        secret: ClientSecret<B>,
        factors: &Factors,
    ) -> Result<Self, FactorError> {
        if secret.identity.inner().is_some() != B::DEVICE_KEY {
            return Err(FactorError::NotBound);
        }
        let rest = SecretG1Sum::zero()
            .add(&secret.secret)
            .sub(&factors.product(&secret.point));
        Ok(Self {
            domain,
            identity: secret.identity,
            point: secret.point,
            specs: factors.specs().to_vec(),
            rest: rest.to_secret().ok_or(FactorError::Mismatch)?,
            binding: PhantomData,
        })
    }

    /// Adds the factors again: Token + (α + Σ fi)·A. With a wrong value the result is a wrong secret,
    /// and nothing but a login tells.
    ///
    /// # Errors
    /// [`FactorError::Mismatch`] if the factors have other kinds, names or parameters than those
    /// split off.
    pub fn unlock(&self, factors: &Factors) -> Result<ClientSecret<B>, FactorError> {
        self.check(factors)?;
        let secret = factors.product(&self.point).add(&self.rest);
        let secret = secret.to_secret().ok_or(FactorError::Mismatch)?;
        Ok(ClientSecret::new(self.identity.clone(), self.point, secret))
    }

    /// Changes the PIN without any authority and without the other factors: Token' = Token + (α - α')·A. The
    /// new PIN may have another length.
    ///
    /// # Security
    /// Nothing tells whether the old PIN is right: with a wrong one the token silently gets a PIN that nobody
    /// knows. Log in with the old PIN first.
    ///
    /// # Errors
    /// [`FactorError::Mismatch`] if the token has no PIN, or one of another length than the old one.
    pub fn change_pin(mut self, old: &Pin, new: &Pin) -> Result<Self, FactorError> {
        let mut pins = self.specs.iter_mut().filter_map(|spec| match spec {
            FactorSpec::Pin { length } => Some(length),
            _ => None,
        });
        match pins.next() {
            Some(length) if *length == old.length() => *length = new.length(),
            _ => return Err(FactorError::Mismatch),
        }
        let product = |pin: &Pin| SecretG1Sum::zero().add_small_product(&self.point, pin.value());
        let (old, new) = (product(old), product(new));
        let (old, new) = old.zip(new).ok_or(FactorError::Mismatch)?;
        let rest = old.sub(&new).add(&self.rest);
        self.rest = rest.to_secret().ok_or(FactorError::Mismatch)?;
        Ok(self)
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

    /// What to ask the user and the device for: all factors that were split off, without their values.
    #[must_use]
    pub fn factors(&self) -> &[FactorSpec] {
        &self.specs
    }

    /// How many digits its PIN has; `None` for a token without a PIN.
    #[must_use]
    pub fn pin_length(&self) -> Option<PinLength> {
        self.specs.iter().find_map(|spec| match spec {
            FactorSpec::Pin { length } => Some(*length),
            _ => None,
        })
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
    /// [`DecodeError`]: length, version, a field that has no valid value, a point that is not one, and
    /// [`DecodeError::Value`] for a token with a device key where one without is read, or the reverse.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let domain = TrustDomainId::from_bytes(*reader.array()?);
        let identity = Identity::read(&mut reader)?;
        let specs = FactorSpec::read_all(&mut reader)?;
        let rest = SecretG1::from_bytes(reader.array()?)?;
        reader.finish()?;
        if identity.inner().is_some() != B::DEVICE_KEY {
            return Err(DecodeError::Value);
        }
        Ok(Self {
            point: identity.to_point(),
            domain,
            identity,
            specs,
            rest,
            binding: PhantomData,
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

impl<B: Binding> fmt::Debug for SplitSecret<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if B::DEVICE_KEY { "BoundToken" } else { "Token" };
        f.debug_struct(name).finish_non_exhaustive()
    }
}

impl<B> ZeroizeOnDrop for SplitSecret<B> {}
