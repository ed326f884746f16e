//! The client's message.

use milagro_curve::E1Point;
use milagro_curve::encoding::{Reader, Writer};

use crate::{DecodeError, Identity, PermitLabel};

/// A login: identity, permit label, the challenge it answers, U and V. 135 to 1,201 bytes.
///
/// U and V are points of the curve whose subgroup is *not* checked: the equation speaks about their
/// order-r parts, and U is hashed as it came. V is malleable in its small-order part: never use a
/// proof's bytes as an identifier.
#[derive(Clone, Debug)]
pub struct LoginProof {
    pub(crate) nonce: [u8; 32],
    pub(crate) identity: Identity,
    pub(crate) label: Option<PermitLabel>,
    pub(crate) u: E1Point,
    pub(crate) v: E1Point,
}

impl LoginProof {
    const VERSION: u8 = 1;
    const MODE_CHALLENGE: u8 = 1;

    /// Who wants to log in. Not proven before [`crate::Verifier::verify`] says so.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.identity
    }

    /// Version (1), mode (1), nonce (32), identity (4 to 1,027), permit label (1, 9 or 41), U (48),
    /// V (48).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Writer::new()
            .u8(Self::VERSION)
            .u8(Self::MODE_CHALLENGE)
            .bytes(&self.nonce)
            .bytes(&self.identity.to_bytes());
        PermitLabel::write(self.label.as_ref(), head)
            .bytes(&self.u.to_bytes())
            .bytes(&self.v.to_bytes())
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, a field that has no valid value, a point that is none or is
    /// the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        if reader.u8()? != Self::MODE_CHALLENGE {
            return Err(DecodeError::Value);
        }
        let nonce = *reader.array()?;
        let identity = Identity::read(&mut reader)?;
        let label = PermitLabel::read(&mut reader)?;
        let (u, v) = (reader.e1()?, reader.e1()?);
        reader.finish()?;
        Ok(Self {
            nonce,
            identity,
            label,
            u,
            v,
        })
    }
}
