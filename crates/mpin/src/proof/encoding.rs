//! The client's message, in the two forms of a login.

use milagro_base::{Reader, Writer};

use crate::names::identity::Identity;
use crate::proof::statement::{Form, Statement};
use milagro_base::DecodeError;

/// The version byte of both forms: 48-byte points.
const VERSION: u8 = 1;
const MODE_CHALLENGE: u8 = 1;
const MODE_ONE_PASS: u8 = 2;

/// A login in answer to a challenge: version (1 byte), mode (1), the challenge's nonce (32), identity
/// (4 to 1,126), permit label (1, 9 or 41), U (48), V (48), opening (1, 81 or 177).
///
/// U, V and the opening's points are on the curve; their subgroup is *not* checked: the equation
/// speaks about their order-r parts, and they are hashed as they came. Without an opening, V is
/// malleable in its small-order part: never use a proof's bytes as an identifier.
#[derive(Clone, Debug)]
pub struct LoginProof {
    pub(crate) nonce: [u8; 32],
    pub(crate) statement: Statement,
}

/// A login without a challenge: as [`LoginProof`], with a time (8 bytes) in place of the nonce.
#[derive(Clone, Debug)]
pub struct OnePassProof {
    pub(crate) time: u64,
    pub(crate) statement: Statement,
}

impl LoginProof {
    /// Who wants to log in. Not proven before [`crate::server::verifier::Verifier::verify`] says so.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.statement.identity
    }

    /// Writes the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Writer::new().u8(VERSION).u8(MODE_CHALLENGE);
        let head = head.bytes(&self.nonce);
        self.statement.write(head, Form::Compressed).finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, a field that has no valid value, a point that is none or is
    /// the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = open(bytes, MODE_CHALLENGE)?;
        let nonce = *reader.array()?;
        let statement = Statement::read(&mut reader, Form::Compressed)?;
        reader.finish()?;
        Ok(Self { nonce, statement })
    }
}

impl OnePassProof {
    /// Who wants to log in. Not proven before [`crate::server::verifier::Verifier::verify_one_pass`] says so.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.statement.identity
    }

    /// Writes the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Writer::new().u8(VERSION).u8(MODE_ONE_PASS);
        let head = head.u64(self.time);
        self.statement.write(head, Form::Compressed).finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// As [`LoginProof::from_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = open(bytes, MODE_ONE_PASS)?;
        let time = reader.u64()?;
        let statement = Statement::read(&mut reader, Form::Compressed)?;
        reader.finish()?;
        Ok(Self { time, statement })
    }
}

fn open(bytes: &[u8], mode: u8) -> Result<Reader<'_>, DecodeError> {
    let mut reader = Reader::new(bytes);
    reader.version(VERSION)?;
    reader.code(mode)?;
    Ok(reader)
}
