//! What every login carries, whatever makes it fresh.

use milagro_curve::E1Point;
use milagro_curve::encoding::{Reader, Writer};

use crate::opening::Opening;
use crate::{DecodeError, Identity, PermitLabel};

/// Identity (4 to 1,126 bytes), permit label (1, 9 or 41), U (48), V (48), then 0 (1), or 1 (1) and an
/// opening (80, or 176 with a permit).
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) identity: Identity,
    pub(crate) label: Option<PermitLabel>,
    pub(crate) u: E1Point,
    pub(crate) v: E1Point,
    pub(crate) opening: Option<Opening>,
}

impl Statement {
    pub(crate) fn write(&self, writer: Writer) -> Writer {
        let writer =
            PermitLabel::write(self.label.as_ref(), writer.bytes(&self.identity.to_bytes()))
                .bytes(&self.u.to_bytes())
                .bytes(&self.v.to_bytes());
        match &self.opening {
            None => writer.u8(0),
            Some(opening) => opening.write(writer.u8(1)),
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let identity = Identity::read(reader)?;
        let label = PermitLabel::read(reader)?;
        let (u, v) = (reader.e1()?, reader.e1()?);
        let opening = match reader.u8()? {
            0 => None,
            1 => Some(Opening::read(reader, label.is_some())?),
            _ => return Err(DecodeError::Value),
        };
        Ok(Self {
            identity,
            label,
            u,
            v,
            opening,
        })
    }
}
