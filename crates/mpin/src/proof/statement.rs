//! The points and numbers of a proof.

use milagro_base::{DecodeError, Reader, Writer};
use milagro_curve::{Scalar, loose::E1Point};

/// How the points of a message travel. Their order is checked in neither form.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// 48 bytes.
    Compressed,
    /// 96 bytes, which spare the reader a square root.
    Uncompressed,
}

impl Form {
    const fn len(self) -> usize {
        match self {
            Self::Compressed => E1Point::LEN,
            Self::Uncompressed => E1Point::UNCOMPRESSED_LEN,
        }
    }

    fn write(self, writer: Writer, point: &E1Point) -> Writer {
        match self {
            Self::Compressed => writer.bytes(&point.to_bytes()),
            Self::Uncompressed => writer.bytes(&point.to_uncompressed()),
        }
    }

    fn read(self, reader: &mut Reader<'_>) -> Result<E1Point, DecodeError> {
        match self {
            Self::Compressed => E1Point::read(reader),
            Self::Uncompressed => reader.array().and_then(E1Point::from_uncompressed),
        }
    }
}

/// Which points and numbers a proof has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Shape {
    pub(crate) form: Form,
    /// W and R' are there.
    pub(crate) permit: bool,
    /// G, Rr and zr are there.
    pub(crate) agreement: bool,
}

impl Shape {
    /// How many bytes the parts take.
    pub(crate) const fn len(self) -> usize {
        let mut points = 3;
        let mut scalars = 1;
        if self.permit {
            points += 2;
        }
        if self.agreement {
            points += 2;
            scalars += 1;
        }
        points * self.form.len() + scalars * Scalar::LEN
    }
}

/// What a permit adds: W = x·A and R' = ρ·A.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WithPermit {
    pub(crate) w: E1Point,
    pub(crate) r: E1Point,
}

/// What a key agreement adds: G = r·A, Rr = ρr·A and zr = ρr + c·r.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WithAgreement {
    pub(crate) g: E1Point,
    pub(crate) r: E1Point,
    pub(crate) z: Scalar,
}

/// U, V, R, z [, W, R'] [, G, Rr, zr].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    pub(crate) u: E1Point,
    pub(crate) v: E1Point,
    pub(crate) r: E1Point,
    pub(crate) z: Scalar,
    pub(crate) permit: Option<WithPermit>,
    pub(crate) agreement: Option<WithAgreement>,
}

impl Statement {
    /// x·A: W, or U itself without a permit.
    pub(crate) fn w(&self) -> &E1Point {
        self.permit.as_ref().map_or(&self.u, |permit| &permit.w)
    }

    pub(crate) fn encode(&self, form: Form) -> Box<[u8]> {
        let mut writer = [self.u, self.v, self.r]
            .iter()
            .fold(Writer::new(), |writer, point| form.write(writer, point))
            .bytes(&self.z.to_bytes());
        if let Some(WithPermit { w, r }) = &self.permit {
            writer = form.write(form.write(writer, w), r);
        }
        if let Some(WithAgreement { g, r, z }) = &self.agreement {
            writer = form.write(form.write(writer, g), r).bytes(&z.to_bytes());
        }
        writer.finish().into()
    }

    /// Reads the parts. The order of the points is not checked.
    pub(crate) fn decode(bytes: &[u8], shape: Shape) -> Result<Self, DecodeError> {
        let form = shape.form;
        let mut reader = Reader::new(bytes);
        let (u, v) = (form.read(&mut reader)?, form.read(&mut reader)?);
        let r = form.read(&mut reader)?;
        let z = Scalar::from_bytes(reader.array()?)?;
        let permit = if shape.permit {
            let (w, r) = (form.read(&mut reader)?, form.read(&mut reader)?);
            Some(WithPermit { w, r })
        } else {
            None
        };
        let agreement = if shape.agreement {
            let (g, r) = (form.read(&mut reader)?, form.read(&mut reader)?);
            let z = Scalar::from_bytes(reader.array()?)?;
            Some(WithAgreement { g, r, z })
        } else {
            None
        };
        reader.finish()?;
        Ok(Self {
            u,
            v,
            r,
            z,
            permit,
            agreement,
        })
    }

    /// Checks the order of all points but U.
    pub(crate) fn check_order_but_u(&self) -> Result<(), DecodeError> {
        let permit = self.permit.iter().flat_map(|permit| [permit.w, permit.r]);
        let agreement = self.agreement.iter().flat_map(|more| [more.g, more.r]);
        [self.v, self.r]
            .into_iter()
            .chain(permit)
            .chain(agreement)
            .try_for_each(|point| point.to_g1().map(drop))
    }
}
