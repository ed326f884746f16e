//! Device keys: what makes a client's secret unknown to the authorities (Milagro's designated-verifier
//! signatures).

use milagro_base::DecodeError;
use milagro_curve::{G2Point, G2Prepared, SecretScalar};

use crate::compat::bytes::secret_scalar;
use crate::compat::encoding::{self, G2_MILAGRO_LEN};

/// z, which a device picks and tells nobody. 48 bytes, wiped when dropped.
///
/// The authorities issue s·A' for identity || Pa; the device turns it into z·s·A'
/// ([`LegacyClientSecret::with_device_key`](super::LegacyClientSecret::with_device_key)), and does not
/// need z again.
#[derive(Debug)]
pub struct LegacyDeviceKey(pub(super) SecretScalar);

/// Pa = z^-1·Q, the public key of a device. 192 bytes.
///
/// # Security
/// A server must keep the one that it saw first under a name and take no other: to the authorities together
/// nothing stands in the way of making a key of their own, and a secret for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DevicePublicKey(G2Point);

impl LegacyDeviceKey {
    /// Pa = z^-1·Q (Milagro, `MPIN_GET_DVS_KEYPAIR`).
    #[must_use]
    pub fn public(&self) -> DevicePublicKey {
        DevicePublicKey(&G2Point::generator() * &self.0.invert())
    }
}

impl DevicePublicKey {
    /// Reads `x.c0 || x.c1 || y.c0 || y.c1`.
    ///
    /// # Errors
    /// As for [`encoding::g2_from_milagro`].
    pub fn from_bytes(bytes: &[u8; G2_MILAGRO_LEN]) -> Result<Self, DecodeError> {
        encoding::g2_from_milagro(bytes).map(Self)
    }

    /// Writes `x.c0 || x.c1 || y.c0 || y.c1`.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; G2_MILAGRO_LEN] {
        encoding::g2_to_milagro(&self.0)
    }

    pub(super) fn prepared(&self) -> G2Prepared {
        G2Prepared::from(&self.0)
    }
}

secret_scalar!(LegacyDeviceKey);
