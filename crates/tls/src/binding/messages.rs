//! The three messages.

use milagro_base::{DecodeError, Writer};

use crate::exchange::Flight;
use crate::names::Identity;
use crate::signing::Signature;

/// The first message, client to server: who the client says it is. 51 to 305 bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BindingHello {
    pub(super) identity: Identity,
}

/// The second message, server to client: who the server is, signed. 147 to 401 bytes. Its signature is decoded
/// when all else is good.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerBinding {
    pub(super) identity: Identity,
    pub(super) signature: [u8; Signature::LEN],
}

/// The third message, client to server: the client's signature. 100 bytes. It is decoded when all else is good.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientBinding {
    pub(super) signature: [u8; Signature::LEN],
}

impl BindingHello {
    /// Who the client says it is. Nothing is proven.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.identity
    }

    /// Writes the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        Flight::BindingHello.seal(Writer::new().string(&self.identity.to_bytes()))
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another message, bytes that are not an identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut body = Flight::BindingHello.open(bytes)?;
        let identity = Identity::from_bytes(body.string()?)?;
        body.finish()?;
        Ok(Self { identity })
    }
}

impl ServerBinding {
    /// Who the server says it is. Nothing is proven.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.identity
    }

    /// Writes the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let body = Writer::new()
            .string(&self.identity.to_bytes())
            .bytes(&self.signature);
        Flight::ServerBinding.seal(body)
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another message, bytes that are not an identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut body = Flight::ServerBinding.open(bytes)?;
        let identity = Identity::from_bytes(body.string()?)?;
        let signature = *body.array()?;
        body.finish()?;
        Ok(Self {
            identity,
            signature,
        })
    }
}

impl ClientBinding {
    /// Writes the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        Flight::ClientBinding.seal(Writer::new().bytes(&self.signature))
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another message.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut body = Flight::ClientBinding.open(bytes)?;
        let signature = *body.array()?;
        body.finish()?;
        Ok(Self { signature })
    }
}
