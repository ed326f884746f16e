//! The two messages after the client's hello.

use milagro_base::{Reader, Writer};
use milagro_curve::G1Point;

use milagro_base::DecodeError;

const VERSION: u8 = 1;

/// The server's W' with its key confirmation: version (1 byte), W' (48), confirmation (32).
#[derive(Clone, Copy, Debug)]
pub struct ServerHello {
    pub(crate) w: G1Point,
    pub(crate) confirmation: [u8; 32],
}

/// The client's key confirmation: version (1 byte), confirmation (32).
#[derive(Clone, Copy, Debug)]
pub struct ClientConfirmation(pub(crate) [u8; 32]);

impl ServerHello {
    /// Bytes of an encoding.
    pub const LEN: usize = 81;

    /// Writes the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        Writer::new()
            .u8(VERSION)
            .bytes(&self.w.to_bytes())
            .bytes(&self.confirmation)
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, a point that is none, is outside the subgroup or is the
    /// identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let w = G1Point::read(&mut reader)?;
        let confirmation = *reader.array()?;
        reader.finish()?;
        Ok(Self { w, confirmation })
    }
}

impl ClientConfirmation {
    /// Bytes of an encoding.
    pub const LEN: usize = 33;

    /// Writes the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        Writer::new().u8(VERSION).bytes(&self.0).finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError::Length`], [`DecodeError::Version`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let confirmation = *reader.array()?;
        reader.finish()?;
        Ok(Self(confirmation))
    }
}
