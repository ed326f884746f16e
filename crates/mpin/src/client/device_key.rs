//! No-escrow mode: a key that only the device has, so that not even all authorities together can log
//! in as its user.
//!
//! ```text
//! z <- Zr*;  Pa = z^-1·Qs;  identity' = framed(identity, Pa);  A' = H_id(identity')
//! secret: S' = z·(s·A'), from which the factors are split as ever
//! with a permit s·N: S_B = S' + z·(s·N)
//! server: e(V, Pa)·e(U + y·B, s·Qs) = 1
//! ```
//!
//! Pa stands for Qs in the first pairing, and nothing else is added to the equation: a third term for
//! the permit alone would let the authorities choose it so that z cancels.

use milagro_curve::SecretScalar;
use milagro_curve::rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::client::error::SecretMismatch;
use crate::keys::ClientSecret;
use crate::names::identity::Identity;
use crate::names::server::ServerId;
use milagro_base::DecodeError;

/// z, for one device and one server. 32 bytes, wiped when dropped.
///
/// # Security
/// The server must pin the identity with its Pa when the user registers: the authorities can always
/// make another Pa for the same inner identity. Where permits are in use the device keeps z apart from
/// the token; where they are not, it forgets z after [`Self::bind`].
#[derive(Debug)]
pub struct DeviceKey(SecretScalar);

impl ZeroizeOnDrop for DeviceKey {}

impl DeviceKey {
    /// A new device key.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self(SecretScalar::random(rng))
    }

    /// Reads a stored key.
    ///
    /// # Errors
    /// [`DecodeError::ScalarOutOfRange`], [`DecodeError::ZeroScalar`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, DecodeError> {
        SecretScalar::from_bytes(bytes).map(Self)
    }

    /// Writes the key for storage, into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.to_bytes()
    }

    /// identity' = framed(identity, Pa) with Pa = z^-1·Qs: what the authorities are asked to issue for
    /// and the server is to pin.
    ///
    /// # Errors
    /// [`SecretMismatch`] if the identity has a device key already.
    pub fn identity(
        &self,
        identity: &Identity,
        server: &ServerId,
    ) -> Result<Identity, SecretMismatch> {
        let pa = &server.to_point() * &self.0.invert();
        identity.with_device_key(&pa).ok_or(SecretMismatch)
    }

    /// S' = z·S of a secret that was issued for [`Self::identity`].
    ///
    /// # Errors
    /// [`SecretMismatch`] if the secret is for an identity without a device key.
    pub fn bind(&self, mut secret: ClientSecret) -> Result<ClientSecret, SecretMismatch> {
        if secret.identity.device_key().is_none() {
            return Err(SecretMismatch);
        }
        secret.secret = secret.secret.mul(&self.0);
        Ok(secret)
    }

    /// Lends z to a secret that a token gave back, for logins with a permit.
    ///
    /// # Errors
    /// [`SecretMismatch`] if the secret is for an identity without a device key.
    pub fn lend(&self, mut secret: ClientSecret) -> Result<ClientSecret, SecretMismatch> {
        if secret.identity.device_key().is_none() {
            return Err(SecretMismatch);
        }
        secret.device = Some(self.0.clone());
        Ok(secret)
    }
}
