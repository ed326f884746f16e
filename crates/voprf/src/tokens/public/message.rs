//! The two messages of drawing.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use milagro_base::{DecodeError, Reader, Writer};
use milagro_curve::G1Point;

use crate::modes::bounds::MAX_BATCH;
use crate::tokens::plan::KeyId;
use crate::tokens::timetable::Epoch;

const VERSION: u8 = 1;

/// Client to issuer: the epoch and key that it wants tokens of, and its blinded inputs.
///
/// Bytes, version 1: `01 ‖ epoch (8) ‖ key id (32) ‖ C₁ ‖ … ‖ Cₙ`, 48 bytes each, 1 to
/// [`MAX_BATCH`](crate::MAX_BATCH) of them, to the end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    pub(super) epoch: Epoch,
    pub(super) key_id: KeyId,
    pub(super) blinded: Vec<G1Point>,
}

impl Request {
    /// How many tokens are asked for.
    #[must_use]
    pub fn count(&self) -> usize {
        self.blinded.len()
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Writer::new()
            .u8(VERSION)
            .u64(self.epoch.number())
            .bytes(self.key_id.as_bytes());
        let points = self.blinded.iter();
        points
            .fold(head, |writer, point| writer.bytes(&point.to_bytes()))
            .finish()
    }
}

/// A [`Request`] as the issuer gets it: the header is read, and no element was looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UncheckedRequest {
    bytes: Vec<u8>,
    epoch: Epoch,
    key_id: KeyId,
    count: NonZeroU32,
}

impl UncheckedRequest {
    const HEAD: usize = 9 + KeyId::LEN;

    /// Reads the header of a request for at most `maximum` tokens, by its length alone: refusing a long one
    /// costs nothing.
    ///
    /// # Errors
    /// [`DecodeError::Length`], [`DecodeError::Version`]; `Value` for more than `maximum` or
    /// [`MAX_BATCH`](crate::MAX_BATCH) elements.
    pub fn from_bytes(bytes: &[u8], maximum: u32) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let epoch = Epoch::new(reader.u64()?);
        let key_id = KeyId::from_bytes(reader.array()?);
        let elements = reader.remaining();
        if !elements.is_multiple_of(G1Point::LEN) {
            return Err(DecodeError::Length);
        }
        let count = elements / G1Point::LEN;
        let within = u32::try_from(count).is_ok_and(|count| count <= maximum);
        if count > MAX_BATCH || !within {
            return Err(DecodeError::Value);
        }
        let count = u32::try_from(count).map_err(|_| DecodeError::Value)?;
        Ok(Self {
            bytes: bytes.to_vec(),
            epoch,
            key_id,
            count: NonZeroU32::new(count).ok_or(DecodeError::Length)?,
        })
    }

    /// The epoch that is asked for.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The key that is asked for.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    pub(super) const fn count(&self) -> NonZeroU32 {
        self.count
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn decode(&self) -> Result<Vec<G1Point>, DecodeError> {
        let elements = self.bytes.get(Self::HEAD..).unwrap_or_default();
        G1Point::batch_from_bytes(elements).map_err(|error| error.error)
    }
}

/// Issuer to client: the evaluated elements. There is no proof, since the client can check them by the public
/// key.
///
/// Bytes, version 1: `01 ‖ D₁ ‖ … ‖ Dₙ`, 48 bytes each.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    pub(super) evaluated: Vec<G1Point>,
}

impl Response {
    /// The bytes on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let points = self.evaluated.iter();
        points
            .fold(Writer::new().u8(VERSION), |writer, point| {
                writer.bytes(&point.to_bytes())
            })
            .finish()
    }

    /// Reads the answer to a request for `count` tokens. The length is compared before any element is read.
    ///
    /// # Errors
    /// [`DecodeError::Version`], [`DecodeError::Length`]; [`DecodeError`] as for elements of G1.
    pub fn from_bytes(bytes: &[u8], count: usize) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let expected = count.checked_mul(G1Point::LEN);
        if expected != Some(reader.remaining()) || count == 0 || count > MAX_BATCH {
            return Err(DecodeError::Length);
        }
        let elements = reader.bytes(reader.remaining())?;
        let evaluated = G1Point::batch_from_bytes(elements).map_err(|error| error.error)?;
        Ok(Self { evaluated })
    }
}
