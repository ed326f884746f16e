//! Keys of the older libraries: master shares, what they give, and the token.

use milagro_curve::{G2Point, SecretG1, SecretG1Sum, SecretG2, SecretG2Sum, SecretScalar};
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use crate::compat::bytes::{secret_g1, secret_g2, secret_scalar};
use crate::compat::device_key::LegacyDeviceKey;
use crate::compat::error::CompatError;
use crate::compat::identity::{Date, LegacyIdentity, MilagroLegacy};

/// A PIN is less than this: Milagro and MIRACL Core reduce what they are given modulo 10,000.
const MAX_PIN: u32 = 10_000;

/// One authority's share of the master secret; the shares add up to s. 48 bytes.
///
/// # Security
/// The master secret of migrated tokens is shared with nothing else: neither with the rest of this
/// crate, nor with a key exchange, a signature scheme or a VOPRF.
#[derive(Debug)]
pub struct MasterShare(SecretScalar);

/// An authority's share of a client's secret, s_i·A. 97 bytes.
#[derive(Clone, Debug)]
pub struct ClientShare(SecretG1);

/// A client's whole secret, s·A. 97 bytes.
#[derive(Clone, Debug)]
pub struct LegacyClientSecret(pub(super) SecretG1);

/// An authority's share of a permit, s_i·A_d. 97 bytes.
#[derive(Clone, Debug)]
pub struct PermitShare(SecretG1);

/// A client's permit for a date, s·A_d. 97 bytes.
#[derive(Clone, Debug)]
pub struct LegacyPermit(pub(super) SecretG1);

/// What a client stores: the secret less PIN·A. 97 bytes.
#[derive(Clone, Debug)]
pub struct LegacyToken(pub(super) SecretG1);

/// An authority's share of the server secret, s_i·Q, where Q is the standard generator of G2.
#[derive(Clone, Debug)]
pub struct ServerShare(SecretG2);

/// The server secret s·Q.
///
/// # Security
/// All servers of a master secret have the same. Whoever has it can pose as any of them, and find the
/// PIN of a stolen token.
#[derive(Clone, Debug)]
pub struct LegacyServerSecret(pub(super) SecretG2);

/// A PIN from 0 to 9,999, an integer as in the older libraries: there "0042" is 42. Wiped when dropped.
#[derive(Clone)]
pub struct LegacyPin(u32);

impl LegacyPin {
    /// A PIN.
    ///
    /// # Errors
    /// [`CompatError::Pin`] for 10,000 and above. Older libraries take such a PIN modulo 10,000: reduce
    /// it yourself if your users have them.
    pub const fn new(pin: u32) -> Result<Self, CompatError> {
        if pin < MAX_PIN {
            Ok(Self(pin))
        } else {
            Err(CompatError::Pin)
        }
    }

    pub(super) const fn value(&self) -> u32 {
        self.0
    }
}

milagro_base::opaque_debug!(LegacyPin);

impl Drop for LegacyPin {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl MasterShare {
    /// s_i·A for an identity.
    #[must_use]
    pub fn client_share<L: Copy>(&self, identity: &LegacyIdentity<L>) -> ClientShare {
        ClientShare(identity.point().mul_secret(&self.0))
    }

    /// s_i·A_d for an identity and a date.
    #[must_use]
    pub fn permit_share(
        &self,
        identity: &LegacyIdentity<MilagroLegacy>,
        date: Date,
    ) -> PermitShare {
        PermitShare(identity.date_point(date).mul_secret(&self.0))
    }

    /// s_i·Q.
    #[must_use]
    pub fn server_share(&self) -> ServerShare {
        ServerShare(G2Point::generator().mul_secret(&self.0))
    }
}

impl LegacyClientSecret {
    /// The sum of the shares of all authorities.
    ///
    /// # Errors
    /// [`CompatError::NoShares`], [`CompatError::Degenerate`] if they cancel out.
    pub fn from_shares(shares: &[ClientShare]) -> Result<Self, CompatError> {
        sum_g1(shares.iter().map(|share| &share.0)).map(Self)
    }

    /// z·s·A' for an identity with a device's key: the device does this once, before it splits off a PIN.
    #[must_use]
    pub fn with_device_key(self, key: &LegacyDeviceKey) -> Self {
        Self(self.0.mul(&key.0))
    }
}

impl LegacyPermit {
    /// The sum of the shares of all authorities.
    ///
    /// # Errors
    /// As for [`LegacyClientSecret::from_shares`].
    pub fn from_shares(shares: &[PermitShare]) -> Result<Self, CompatError> {
        sum_g1(shares.iter().map(|share| &share.0)).map(Self)
    }
}

impl LegacyServerSecret {
    /// The sum of the shares of all authorities.
    ///
    /// # Errors
    /// As for [`LegacyClientSecret::from_shares`].
    pub fn from_shares(shares: &[ServerShare]) -> Result<Self, CompatError> {
        if shares.is_empty() {
            return Err(CompatError::NoShares);
        }
        let sum = shares
            .iter()
            .fold(SecretG2Sum::zero(), |sum, share| sum.add(&share.0));
        sum.to_secret().map(Self).ok_or(CompatError::Degenerate)
    }
}

impl LegacyToken {
    /// Splits off a PIN: s·A - PIN·A. The secret is gone afterwards; without the PIN the token is
    /// worth nothing.
    ///
    /// # Errors
    /// [`CompatError::Degenerate`] if the secret is PIN·A.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the whole secret must not stay behind"
    )]
    pub fn new<L: Copy>(
        secret: LegacyClientSecret,
        identity: &LegacyIdentity<L>,
        pin: &LegacyPin,
    ) -> Result<Self, CompatError> {
        let product = product(identity, pin)?;
        let rest = SecretG1Sum::zero().add(&secret.0).sub(&product);
        rest.to_secret().map(Self).ok_or(CompatError::Degenerate)
    }

    /// Adds a PIN again: token + PIN·A. With a wrong PIN this is a wrong secret, and only a login tells.
    ///
    /// # Errors
    /// [`CompatError::Degenerate`] if the token is -PIN·A.
    pub fn unlock<L: Copy>(
        &self,
        identity: &LegacyIdentity<L>,
        pin: &LegacyPin,
    ) -> Result<LegacyClientSecret, CompatError> {
        let secret = product(identity, pin)?.add(&self.0).to_secret();
        secret
            .map(LegacyClientSecret)
            .ok_or(CompatError::Degenerate)
    }
}

fn product<L: Copy>(
    identity: &LegacyIdentity<L>,
    pin: &LegacyPin,
) -> Result<SecretG1Sum, CompatError> {
    SecretG1Sum::zero()
        .add_small_product(identity.point(), pin.0)
        .ok_or(CompatError::Pin)
}

fn sum_g1<'a>(
    mut points: impl ExactSizeIterator<Item = &'a SecretG1>,
) -> Result<SecretG1, CompatError> {
    if points.len() == 0 {
        return Err(CompatError::NoShares);
    }
    let sum = points.try_fold(SecretG1Sum::zero(), |sum, point| Some(sum.add(point)));
    sum.and_then(|sum| sum.to_secret())
        .ok_or(CompatError::Degenerate)
}

secret_scalar!(MasterShare);
secret_g1!(
    ClientShare,
    LegacyClientSecret,
    PermitShare,
    LegacyPermit,
    LegacyToken
);
secret_g2!(ServerShare, LegacyServerSecret);
impl ZeroizeOnDrop for LegacyPin {}
