//! The three messages after the challenge.

use milagro_curve::G1Point;
use milagro_curve::encoding::{Reader, Writer};

use crate::{DecodeError, Identity, PermitLabel};

const VERSION: u8 = 1;

/// The client's proof with R: version (1 byte), mode (1), nonce (32), identity (4 to 1,126), permit
/// label (1, 9 or 41), U, V, R (48 each).
#[derive(Clone, Debug)]
pub struct ClientHello {
    pub(super) nonce: [u8; 32],
    pub(super) identity: Identity,
    pub(super) label: Option<PermitLabel>,
    pub(crate) u: G1Point,
    pub(crate) v: G1Point,
    pub(crate) r: G1Point,
}

/// The server's W' with its key confirmation: version (1 byte), W' (48), confirmation (32).
#[derive(Clone, Copy, Debug)]
pub struct ServerHello {
    pub(crate) w: G1Point,
    pub(crate) confirmation: [u8; 32],
}

/// The client's key confirmation: version (1 byte), confirmation (32).
#[derive(Clone, Copy, Debug)]
pub struct ClientConfirmation(pub(crate) [u8; 32]);

impl ClientHello {
    const MODE: u8 = 4;

    /// Who wants to log in. Not proven before [`crate::Verifier::accept_full`] says so.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.identity
    }

    /// Writes the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Writer::new()
            .u8(VERSION)
            .u8(Self::MODE)
            .bytes(&self.nonce)
            .bytes(&self.identity.to_bytes());
        PermitLabel::write(self.label.as_ref(), head)
            .bytes(&self.u.to_bytes())
            .bytes(&self.v.to_bytes())
            .bytes(&self.r.to_bytes())
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, a field that has no valid value, a point that is none, is
    /// outside the subgroup or is the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        if reader.u8()? != Self::MODE {
            return Err(DecodeError::Value);
        }
        let nonce = *reader.array()?;
        let identity = Identity::read(&mut reader)?;
        let label = PermitLabel::read(&mut reader)?;
        let (u, v, r) = (reader.g1()?, reader.g1()?, reader.g1()?);
        reader.finish()?;
        Ok(Self {
            nonce,
            identity,
            label,
            u,
            v,
            r,
        })
    }
}

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
        let w = reader.g1()?;
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
