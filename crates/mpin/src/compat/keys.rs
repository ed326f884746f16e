//! Keys of the older libraries: master shares, what they give, and the token.

use core::fmt;

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    DecodeError, G2Point, SecretG1, SecretG1Sum, SecretG2, SecretG2Sum, SecretScalar,
};
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use super::encoding::{self, G1_LEN, G2_COMPRESSED_LEN, G2_MILAGRO_LEN, G2_MIRACL_LEN, SCALAR_LEN};
use super::{CompatError, Date, LegacyDeviceKey, LegacyIdentity, MilagroLegacy};

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

impl fmt::Debug for LegacyPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pin").finish_non_exhaustive()
    }
}

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

/// How secret scalars are made, read and written.
macro_rules! secret_scalar {
    ($name:ident) => {
        impl $name {
            /// A new one, uniformly random.
            pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
                Self(SecretScalar::random(rng))
            }

            /// Reads 16 zero bytes and a scalar.
            ///
            /// # Errors
            /// [`DecodeError::ScalarOutOfRange`], [`DecodeError::ZeroScalar`].
            pub fn from_bytes(bytes: &[u8; SCALAR_LEN]) -> Result<Self, DecodeError> {
                encoding::secret_scalar_from_bytes(bytes).map(Self)
            }

            /// Writes 16 zero bytes and the scalar into a buffer that is wiped.
            #[must_use]
            pub fn to_bytes(&self) -> Zeroizing<[u8; SCALAR_LEN]> {
                encoding::secret_scalar_to_bytes(&self.0)
            }
        }
        impl ZeroizeOnDrop for $name {}
    };
}
pub(super) use secret_scalar;

/// The one encoding of the secrets in G1.
macro_rules! bytes_g1 {
    ($($name:ident),*) => {$(
        impl $name {
            /// Reads `04 || x || y`.
            ///
            /// # Errors
            /// As for [`encoding::g1_from_bytes`].
            pub fn from_bytes(bytes: &[u8; G1_LEN]) -> Result<Self, DecodeError> {
                encoding::secret_g1_from_bytes(bytes).map(Self)
            }

            /// Writes `04 || x || y` into a buffer that is wiped.
            #[must_use]
            pub fn to_bytes(&self) -> Zeroizing<[u8; G1_LEN]> {
                encoding::secret_g1_to_bytes(&self.0)
            }
        }
        impl ZeroizeOnDrop for $name {}
    )*};
}

/// The three encodings of the secrets in G2.
macro_rules! bytes_g2 {
    ($($name:ident),*) => {$(
        impl $name {
            /// Reads Milagro's `x.c0 || x.c1 || y.c0 || y.c1`.
            ///
            /// # Errors
            /// As for [`encoding::g2_from_milagro`].
            pub fn from_milagro(bytes: &[u8; G2_MILAGRO_LEN]) -> Result<Self, DecodeError> {
                encoding::secret_g2_from_milagro(bytes).map(Self)
            }

            /// Reads MIRACL Core's `04 || x.c1 || x.c0 || y.c1 || y.c0`.
            ///
            /// # Errors
            /// As for [`encoding::g2_from_miracl`].
            pub fn from_miracl(bytes: &[u8; G2_MIRACL_LEN]) -> Result<Self, DecodeError> {
                encoding::g2_from_miracl(bytes).map(|point| Self(point.into()))
            }

            /// Reads MIRACL Core's short form.
            ///
            /// # Errors
            /// As for [`encoding::g2_from_compressed`].
            pub fn from_compressed(bytes: &[u8; G2_COMPRESSED_LEN]) -> Result<Self, DecodeError> {
                encoding::g2_from_compressed(bytes).map(|point| Self(point.into()))
            }

            /// Writes what [`Self::from_milagro`] reads, into a buffer that is wiped.
            #[must_use]
            pub fn to_milagro(&self) -> Zeroizing<[u8; G2_MILAGRO_LEN]> {
                encoding::secret_g2_to_milagro(&self.0)
            }

            /// Writes what [`Self::from_miracl`] reads, into a buffer that is wiped.
            #[must_use]
            pub fn to_miracl(&self) -> Zeroizing<[u8; G2_MIRACL_LEN]> {
                encoding::secret_g2_to_miracl(&self.0)
            }
        }
        impl ZeroizeOnDrop for $name {}
    )*};
}

bytes_g1!(
    ClientShare,
    LegacyClientSecret,
    PermitShare,
    LegacyPermit,
    LegacyToken
);
bytes_g2!(ServerShare, LegacyServerSecret);

secret_scalar!(MasterShare);
impl ZeroizeOnDrop for LegacyPin {}
