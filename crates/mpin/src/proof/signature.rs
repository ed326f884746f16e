//! Signatures on messages, for one server to check.

use milagro_base::{Reader, Writer};
use milagro_curve::G1Point;

use crate::names::identity::Identity;
use crate::permit::PermitLabel;
use milagro_base::DecodeError;

/// A signature that only the named server can check: version (1 byte), mode (1), time (8), identity (4
/// to 1,126), permit label (1, 9 or 41), U (48), V (48), both in the subgroup.
///
/// It is no login and a login is none: y has another tag. The message travels apart.
#[derive(Clone, Debug)]
pub struct Signature {
    pub(crate) time: u64,
    pub(crate) identity: Identity,
    pub(crate) label: Option<PermitLabel>,
    pub(crate) u: G1Point,
    pub(crate) v: G1Point,
}

impl Signature {
    const VERSION: u8 = 1;
    const MODE: u8 = 3;

    /// Who claims to have signed.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.identity
    }

    /// When it claims to have been signed, in seconds.
    #[must_use]
    pub const fn claimed_time(&self) -> u64 {
        self.time
    }

    /// Writes the signature.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Writer::new()
            .u8(Self::VERSION)
            .u8(Self::MODE)
            .u64(self.time);
        PermitLabel::write(self.label.as_ref(), head.bytes(&self.identity.to_bytes()))
            .bytes(&self.u.to_bytes())
            .bytes(&self.v.to_bytes())
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, a field that has no valid value, a point that is none, is
    /// outside the subgroup or is the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        reader.code(Self::MODE)?;
        let time = reader.u64()?;
        let identity = Identity::read(&mut reader)?;
        let label = PermitLabel::read(&mut reader)?;
        let (u, v) = (G1Point::read(&mut reader)?, G1Point::read(&mut reader)?);
        reader.finish()?;
        Ok(Self {
            time,
            identity,
            label,
            u,
            v,
        })
    }
}
