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
//!
//! What is protected, and from whom:
//!
//! | who | can log in as the user |
//! |---|---|
//! | all authorities together, Pa pinned | no: they know s·A' and not z |
//! | whoever holds s·Qs, Pa pinned | no: V = -(U + y·B) needs Pa = s·Qs |
//! | whoever holds s·Qs, any Pa taken | yes, as everybody, with Pa = s·Qs |
//! | all authorities together, any Pa taken | yes, as everybody, with a z of their own |
//! | a thief of the device | no, as without a device key: the factors are missing |
//!
//! So it holds only where the server *pins* Pa: it keeps the [`Identity::device_key`] that it saw when the
//! user registered, together with the [`Identity::inner`], and takes no other Pa for that user.

use milagro_base::{DecodeError, Reader, Writer};
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G2Point, SecretScalar};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::client::error::SecretMismatch;
use crate::keys::{BoundSecret, ClientSecret};
use crate::names::identity::Identity;
use crate::names::server::ServerId;

/// z, for one device and one server. Wiped when dropped.
///
/// # Security
/// It protects against the authorities only where the server pins the identity with its Pa when the user
/// registers: they can always make another Pa for the same inner identity, and so can whoever holds the
/// server's key. Where permits are in use the device keeps z apart from the token
/// ([`Self::bind_for_permits`]); where they are not, binding is the last thing that z does ([`Self::bind`]).
pub struct DeviceKey {
    z: SecretScalar,
    server: ServerId,
    pa: G2Point,
}

impl DeviceKey {
    const VERSION: u8 = 2;

    /// A new device key for a server.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R, server: &ServerId) -> Self {
        Self::new(SecretScalar::random(rng), server.clone())
    }

    fn new(z: SecretScalar, server: ServerId) -> Self {
        let pa = &server.to_point() * &z.invert();
        Self { z, server, pa }
    }

    /// Version (1), server id (2 + 1 to 1,024), z (32), for storage apart from the token; into a buffer that
    /// is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let name = self.server.as_bytes();
        // Room for all, so that no copy of z is left behind as it grows.
        let head = Writer::with_capacity(35 + name.len())
            .u8(Self::VERSION)
            .string(name);
        Zeroizing::new(head.bytes(&*self.z.to_bytes()).finish())
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, a name outside the bounds, a scalar that is zero or not below r.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let server = ServerId::read(&mut reader)?;
        let z = SecretScalar::from_bytes(reader.array()?)?;
        reader.finish()?;
        Ok(Self::new(z, server))
    }

    /// Pa = z^-1·Qs, what the server pins.
    #[must_use]
    pub const fn public(&self) -> &G2Point {
        &self.pa
    }

    /// identity' = framed(identity, Pa): what the authorities are asked to issue for and the server is to
    /// pin.
    ///
    /// # Errors
    /// [`SecretMismatch`] if the identity has a device key already.
    pub fn identity(&self, identity: &Identity) -> Result<Identity, SecretMismatch> {
        identity.with_device_key(&self.pa).ok_or(SecretMismatch)
    }

    /// S' = z·S of a secret that was issued for [`Self::identity`], where no permits are in use: z is wiped.
    ///
    /// ```compile_fail,E0382
    /// # use milagro_mpin::ClientSecret;
    /// # use milagro_mpin::client::DeviceKey;
    /// # fn demo(key: DeviceKey, secret: ClientSecret) {
    /// let bound = key.bind(secret);
    /// let kept = key.to_bytes(); // moved: z is gone
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SecretMismatch`] if the secret is for an identity without this key.
    pub fn bind(self, secret: ClientSecret) -> Result<BoundSecret, SecretMismatch> {
        self.bind_for_permits(secret)
    }

    /// As [`Self::bind`], and the device keeps z, apart from the token, for [`Self::lend`].
    ///
    /// # Errors
    /// As [`Self::bind`].
    pub fn bind_for_permits(&self, secret: ClientSecret) -> Result<BoundSecret, SecretMismatch> {
        self.check(&secret.identity)?;
        let bound = secret.secret.mul(&self.z);
        Ok(ClientSecret::new(secret.identity, secret.point, bound))
    }

    /// Lends z to a secret that a token gave back, for logins with a permit.
    ///
    /// # Errors
    /// [`SecretMismatch`] if the secret is bound to another key.
    pub fn lend(&self, mut secret: BoundSecret) -> Result<BoundSecret, SecretMismatch> {
        self.check(&secret.identity)?;
        secret.device = Some(self.z.clone());
        Ok(secret)
    }

    fn check(&self, identity: &Identity) -> Result<(), SecretMismatch> {
        if identity.device_key() == Some(self.pa) {
            Ok(())
        } else {
            Err(SecretMismatch)
        }
    }
}

milagro_base::opaque_debug!(DeviceKey);

impl ZeroizeOnDrop for DeviceKey {}
