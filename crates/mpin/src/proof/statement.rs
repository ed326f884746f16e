//! What every login carries, whatever makes it fresh.

use milagro_base::{Reader, Writer};
use milagro_curve::loose::E1Point;

use crate::names::identity::Identity;
use crate::permit::PermitLabel;
use crate::proof::opening::Opening;
use milagro_base::DecodeError;

/// How the points of a message travel. Their order is checked in neither form.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// 48 bytes.
    Compressed,
    /// 96 bytes, which spare the reader a square root.
    Uncompressed,
}

impl Form {
    pub(crate) fn write(self, writer: Writer, point: &E1Point) -> Writer {
        match self {
            Self::Compressed => writer.bytes(&point.to_bytes()),
            Self::Uncompressed => writer.bytes(&point.to_uncompressed()),
        }
    }

    pub(crate) fn read(self, reader: &mut Reader<'_>) -> Result<E1Point, DecodeError> {
        match self {
            Self::Compressed => E1Point::read(reader),
            Self::Uncompressed => reader.array().and_then(E1Point::from_uncompressed),
        }
    }
}

/// Identity (4 to 1,126 bytes), permit label (1, 9 or 41), U, V, then 0 (1), or 1 (1) and an opening.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) identity: Identity,
    pub(crate) label: Option<PermitLabel>,
    pub(crate) u: E1Point,
    pub(crate) v: E1Point,
    pub(crate) opening: Option<Opening>,
}

impl Statement {
    pub(crate) fn write(&self, writer: Writer, form: Form) -> Writer {
        let writer = writer.bytes(&self.identity.to_bytes());
        let writer = PermitLabel::write(self.label.as_ref(), writer);
        let writer = form.write(form.write(writer, &self.u), &self.v);
        match &self.opening {
            None => writer.u8(0),
            Some(opening) => opening.write(writer.u8(1), form),
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>, form: Form) -> Result<Self, DecodeError> {
        let identity = Identity::read(reader)?;
        let label = PermitLabel::read(reader)?;
        let (u, v) = (form.read(reader)?, form.read(reader)?);
        let opening = match reader.u8()? {
            0 => None,
            1 => Some(Opening::read(reader, form, label.is_some())?),
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
