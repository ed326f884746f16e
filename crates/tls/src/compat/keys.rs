//! Keys of the older key agreement: master shares, and what they give.

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    DecodeError, SecretG1, SecretG1Sum, SecretG2, SecretG2Sum, SecretScalar, Transcript,
};
use milagro_mpin::compat::encoding::{self, G1_LEN, G2_MILAGRO_LEN, SCALAR_LEN};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{ChowChooError, InitiatorName, ResponderName};
use crate::tags;

/// One authority's share of the master secret of key agreement; the shares add up to s. 48 bytes.
///
/// # Security
/// It is shared with nothing else, and with M-Pin least of all: a responder's key under that master secret
/// gives away the PIN of every stolen token.
///
/// ```compile_fail,E0308
/// # use milagro_mpin::compat::LegacyIdentity;
/// # use milagro_tls::compat::MasterShare;
/// # fn demo(share: MasterShare, identity: LegacyIdentity<milagro_mpin::compat::MilagroLegacy>) {
/// let secret = share.initiator_share(&identity); // an identity of M-Pin
/// # }
/// ```
#[derive(Debug)]
pub struct MasterShare(SecretScalar);

/// An authority's share of an initiator's key, s_i·A. 97 bytes.
#[derive(Clone, Debug)]
pub struct InitiatorShare(SecretG1);

/// An authority's share of a responder's key, s_i·B. 192 bytes.
#[derive(Clone, Debug)]
pub struct ResponderShare(SecretG2);

/// What a node starts key agreements with: its name and s·A, 97 bytes (Milagro's `AKeyG1`).
#[derive(Clone, Debug)]
pub struct LegacyInitiatorKey {
    pub(super) name: InitiatorName,
    pub(super) key: SecretG1,
}

/// What a node answers with: its name and s·B, 192 bytes (Milagro's `BKeyG2`).
#[derive(Clone, Debug)]
pub struct LegacyResponderKey {
    pub(super) name: ResponderName,
    pub(super) key: SecretG2,
}

impl MasterShare {
    /// A new share, uniformly random.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self(SecretScalar::random(rng))
    }

    /// Reads a share.
    ///
    /// # Errors
    /// [`DecodeError::ScalarOutOfRange`], [`DecodeError::ZeroScalar`].
    pub fn from_bytes(bytes: &[u8; SCALAR_LEN]) -> Result<Self, DecodeError> {
        encoding::secret_scalar_from_bytes(bytes).map(Self)
    }

    /// Writes the share into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; SCALAR_LEN]> {
        encoding::secret_scalar_to_bytes(&self.0)
    }

    /// s_i·A.
    #[must_use]
    pub fn initiator_share(&self, name: &InitiatorName) -> InitiatorShare {
        InitiatorShare(name.point().mul_secret(&self.0))
    }

    /// s_i·B.
    #[must_use]
    pub fn responder_share(&self, name: &ResponderName) -> ResponderShare {
        ResponderShare(name.point().mul_secret(&self.0))
    }
}

/// What both kinds of share and key have; G1 and G2 are mirrors.
macro_rules! keys {
    ($key:ident, $share:ident, $name:ident, $sum:ident, $len:ident, $from:expr, $to:path) => {
        impl $share {
            /// Reads a share.
            ///
            /// # Errors
            /// [`DecodeError`]: not canonical, not on the curve, not of order r, the identity.
            pub fn from_bytes(bytes: &[u8; $len]) -> Result<Self, DecodeError> {
                $from(bytes).map(Self)
            }

            /// Writes the share into a buffer that is wiped.
            #[must_use]
            pub fn to_bytes(&self) -> Zeroizing<[u8; $len]> {
                $to(&self.0)
            }
        }

        impl $key {
            /// The sum of the shares of all authorities.
            ///
            /// # Security
            /// Nothing shows whether a share is right: take them over a channel to the authority itself.
            ///
            /// # Errors
            /// [`ChowChooError::NoShares`], [`ChowChooError::Degenerate`] if they cancel out.
            pub fn from_shares(name: &$name, shares: &[$share]) -> Result<Self, ChowChooError> {
                if shares.is_empty() {
                    return Err(ChowChooError::NoShares);
                }
                let sum = shares
                    .iter()
                    .fold($sum::zero(), |sum, share| sum.add(&share.0));
                let key = sum.to_secret().ok_or(ChowChooError::Degenerate)?;
                let name = name.clone();
                Ok(Self { name, key })
            }

            /// Reads the key of a name.
            ///
            /// # Errors
            /// [`DecodeError`]: not canonical, not on the curve, not of order r, the identity.
            pub fn from_bytes(name: &$name, bytes: &[u8; $len]) -> Result<Self, DecodeError> {
                let name = name.clone();
                $from(bytes).map(|key| Self { name, key })
            }

            /// Writes the key, without the name, into a buffer that is wiped.
            #[must_use]
            pub fn to_bytes(&self) -> Zeroizing<[u8; $len]> {
                $to(&self.key)
            }

            /// Whose key it is.
            #[must_use]
            pub const fn name(&self) -> &$name {
                &self.name
            }

            /// What one-time scalars are hedged with: the key, both names, and what came before.
            pub(super) fn hedge(&self, peer: &[u8], before: &[u8]) -> Transcript {
                let mut transcript = Transcript::new(tags::COMPAT_NONCE);
                transcript.append("key", &*self.key.to_bytes());
                transcript.append("own", self.name.as_bytes());
                transcript.append("peer", peer);
                transcript.append("before", before);
                transcript
            }
        }
        impl ZeroizeOnDrop for $share {}
        impl ZeroizeOnDrop for $key {}
    };
}

keys!(
    LegacyInitiatorKey,
    InitiatorShare,
    InitiatorName,
    SecretG1Sum,
    G1_LEN,
    encoding::secret_g1_from_bytes,
    encoding::secret_g1_to_bytes
);
keys!(
    LegacyResponderKey,
    ResponderShare,
    ResponderName,
    SecretG2Sum,
    G2_MILAGRO_LEN,
    encoding::secret_g2_from_milagro,
    encoding::secret_g2_to_milagro
);

impl ZeroizeOnDrop for MasterShare {}
