//! The server's nonce.

use milagro_base::Reader;
use milagro_curve::rand_core::CryptoRng;

use milagro_base::DecodeError;

/// A fresh number from the server, 33 bytes on the wire. A client answers it once: answering moves it.
#[derive(Debug, Eq, PartialEq)]
pub struct Challenge(pub(crate) [u8; 32]);

impl Challenge {
    /// Bytes of an encoding: version (1), nonce (32).
    pub const LEN: usize = 33;
    const VERSION: u8 = 1;

    pub(crate) fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        Self(nonce)
    }

    /// Reads a challenge.
    ///
    /// # Errors
    /// [`DecodeError::Length`], [`DecodeError::Version`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let nonce = *reader.array()?;
        reader.finish()?;
        Ok(Self(nonce))
    }

    /// Writes the challenge.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut out = [Self::VERSION; Self::LEN];
        let (_, nonce) = out.split_at_mut(1);
        nonce.copy_from_slice(&self.0);
        out
    }
}
