//! A device cookie as it travels.

use milagro_base::{DecodeError, Reader, Writer};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::server::device::DeviceId;

/// A device's cookie, 61 bytes; opaque to the device, which keeps it with the token and sends it beside the proof.
pub struct DeviceCookie {
    pub(super) version: u32,
    pub(super) device: DeviceId,
    pub(super) serial: u64,
    pub(super) bytes: Zeroizing<[u8; 16]>,
    pub(super) mac: [u8; 16],
}

impl DeviceCookie {
    /// Bytes of an encoding.
    pub const LEN: usize = 61;
    const VERSION: u8 = 1;

    /// Writes the cookie.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(Self::LEN));
        out.extend_from_slice(&self.head());
        out.extend_from_slice(&self.mac);
        out
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let version = reader.u32()?;
        let device = DeviceId::from_bytes(*reader.array()?);
        let serial = reader.u64()?;
        let bytes = Zeroizing::new(*reader.array()?);
        let mac = *reader.array()?;
        reader.finish()?;
        Ok(Self {
            version,
            device,
            serial,
            bytes,
            mac,
        })
    }

    pub(super) fn head(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(
            Writer::with_capacity(Self::LEN)
                .u8(Self::VERSION)
                .u32(self.version)
                .bytes(&self.device.to_bytes())
                .u64(self.serial)
                .bytes(&*self.bytes)
                .finish(),
        )
    }
}

milagro_base::opaque_debug!(DeviceCookie);
impl ZeroizeOnDrop for DeviceCookie {}
