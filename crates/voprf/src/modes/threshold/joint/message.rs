//! The four messages of a joint proof.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_dta::issue::Received;
use milagro_dta::{AuthorityId, Edition, Threshold};

use crate::modes::bounds::MAX_BATCH;
use crate::modes::threshold::message::Partial;
use crate::modes::threshold::sharing::Shared;
use crate::modes::wire::{Blinded, Element, Evaluated, Proof};
use crate::suite::ristretto::Ristretto255;

const VERSION: u8 = 1;

/// A run of the protocol: 32 bytes that the coordinator drew, and when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Session {
    pub(super) id: [u8; 32],
    pub(super) opened: Seconds,
}

/// Coordinator to all signers: what they shall prove together, with the parts that it follows from.
///
/// Bytes, version 1: `01 ‖ domain id (32) ‖ generation (8) ‖ domain digest (32) ‖ session (32) ‖ opened (8) ‖ n (2) ‖ C₁ ‖
/// … ‖ Cₙ ‖ t (2)`, then `issuer (2) ‖ proof ‖ D₁ⱼ ‖ … ‖ Dₙⱼ` for each signer, ascending.
#[derive(Clone)]
pub struct ProofRequest<S: Shared = Ristretto255> {
    pub(super) edition: [u8; Edition::LEN],
    pub(super) session: Session,
    pub(super) blinded: Vec<Blinded<S>>,
    /// Ascending.
    pub(super) parts: Vec<Received<Partial<S>>>,
}

impl<S: Shared> ProofRequest<S> {
    /// Bytes before the elements.
    const HEAD: usize = 43 + Edition::LEN;

    /// How many elements it is about.
    #[must_use]
    pub fn count(&self) -> usize {
        self.blinded.len()
    }

    pub(super) fn signers(&self) -> impl Iterator<Item = AuthorityId> {
        self.parts.iter().map(|part| part.from)
    }

    /// Encodes it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // At most 255 signers, and at most 16,384 elements.
        let [signers, count] = [self.parts.len(), self.blinded.len()]
            .map(|length| u16::try_from(length).unwrap_or(u16::MAX));
        let head = Writer::new()
            .u8(VERSION)
            .bytes(&self.edition)
            .bytes(&self.session.id)
            .seconds(self.session.opened)
            .u16(count);
        let blinded = self.blinded.iter().map(|c| c.0.as_slice());
        let head = blinded.fold(head, Writer::bytes).u16(signers);
        let part = |writer: Writer, part: &Received<Partial<S>>| {
            let writer = writer.u16(part.from.get());
            let writer = writer.bytes(&part.value.proof.to_bytes());
            let evaluated = part.value.evaluated.iter().map(|d| d.0.as_slice());
            evaluated.fold(writer, Writer::bytes)
        };
        self.parts.iter().fold(head, part).finish()
    }

    /// Decodes a request about at most `maximum` elements, with parts of exactly `t` signers. The length is
    /// compared before any element is read.
    ///
    /// # Errors
    /// [`DecodeError::Version`], [`DecodeError::Length`]; `Value` for signers that are none, out of order, twice
    /// there or not t, and for a number of elements of 0 or above `maximum`; [`DecodeError`] as for proofs and
    /// elements.
    pub fn from_bytes(bytes: &[u8], t: Threshold, maximum: usize) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let edition = *reader.array()?;
        let session = Session {
            id: *reader.array()?,
            opened: reader.seconds()?,
        };
        let count = usize::from(reader.u16()?);
        if count == 0 || count > maximum.min(MAX_BATCH) {
            return Err(DecodeError::Value);
        }
        let list = count.saturating_mul(S::ELEMENT_LEN);
        let part = list.saturating_add(2 + Proof::<S>::LEN);
        let parts = part.saturating_mul(t.needed().into());
        if bytes.len() != parts.saturating_add(list).saturating_add(2 + Self::HEAD) {
            return Err(DecodeError::Length);
        }
        let blinded = Blinded::list_from_bytes(reader.bytes(list)?)?;
        let parts = ids(&mut reader, |from, reader| {
            Ok(Partial {
                edition,
                from,
                proof: Proof::from_bytes(reader.bytes(Proof::<S>::LEN)?)?,
                evaluated: Evaluated::list_from_bytes(reader.bytes(list)?)?,
            })
        })?;
        reader.finish()?;
        if parts.len() != usize::from(t.needed()) {
            return Err(DecodeError::Value);
        }
        Ok(Self {
            edition,
            session,
            blinded,
            parts,
        })
    }
}

/// Issuer to coordinator: Rj = rj·G and R'j = rj·M.
///
/// Bytes, version 1: `01 ‖ Rj ‖ R'j`.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Commitment<S: Shared = Ristretto255> {
    pub(super) on_g: Element<S>,
    pub(super) on_m: Element<S>,
}

impl<S: Shared> Commitment<S> {
    /// Encodes it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.write(Writer::new().u8(VERSION)).finish()
    }

    /// Decodes it.
    ///
    /// # Errors
    /// [`DecodeError::Version`], [`DecodeError::Length`]; [`DecodeError`] as for elements.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let commitment = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(commitment)
    }

    fn write(&self, writer: Writer) -> Writer {
        writer
            .bytes(self.on_g.as_slice())
            .bytes(self.on_m.as_slice())
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            on_g: Element::from_bytes(reader.bytes(S::ELEMENT_LEN)?)?,
            on_m: Element::from_bytes(reader.bytes(S::ELEMENT_LEN)?)?,
        })
    }
}

/// Coordinator to all signers: the commitments of all of them.
///
/// Bytes, version 1: `01 ‖ t (2)`, then `issuer (2) ‖ R ‖ R'` for each, ascending.
#[derive(Clone)]
pub struct Commitments<S: Shared = Ristretto255>(pub(super) Vec<Received<Commitment<S>>>);

impl<S: Shared> Commitments<S> {
    /// Encodes them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let count = u16::try_from(self.0.len()).unwrap_or(u16::MAX);
        let head = Writer::new().u8(VERSION).u16(count);
        let all = self.0.iter();
        all.fold(head, |writer, one| {
            one.value.write(writer.u16(one.from.get()))
        })
        .finish()
    }

    /// Decodes them.
    ///
    /// # Errors
    /// [`DecodeError::Version`], [`DecodeError::Length`]; `Value` for issuers out of order or twice there;
    /// [`DecodeError`] as for elements.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let all = ids(&mut reader, |_, reader| Commitment::read(reader))?;
        reader.finish()?;
        Ok(Self(all))
    }
}

/// A list that is ordered by the issuers' numbers, behind its length in two bytes.
fn ids<'a, T>(
    reader: &mut Reader<'a>,
    read: impl Fn(AuthorityId, &mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<Vec<Received<T>>, DecodeError> {
    let mut list: Vec<Received<T>> = Vec::new();
    for _ in 0..reader.u16()? {
        let from = AuthorityId::new(reader.u16()?).ok_or(DecodeError::Value)?;
        if list.last().is_some_and(|last| last.from >= from) {
            return Err(DecodeError::Value);
        }
        let value = read(from, reader)?;
        list.push(Received { from, value });
    }
    Ok(list)
}

/// Issuer to coordinator: sj = rj - c·λj·kj.
///
/// Bytes, version 1: `01 ‖ sj`.
#[derive(Clone, Copy)]
pub struct Answer<S: Shared = Ristretto255>(pub(super) S::Scalar);

impl<S: Shared> Answer<S> {
    /// Encodes it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let scalar = S::encode_scalar(&self.0);
        Writer::new().u8(VERSION).bytes(scalar.as_ref()).finish()
    }

    /// Decodes it.
    ///
    /// # Errors
    /// [`DecodeError::Version`], [`DecodeError::Length`], [`DecodeError::ScalarOutOfRange`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let scalar = reader.bytes(S::SCALAR_LEN)?;
        reader.finish()?;
        S::decode_scalar(scalar).map(Self)
    }
}

macro_rules! debug {
    ($($name:ident),*) => {
        $(impl<S: Shared> Debug for $name<S> {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        })*
    };
}
debug!(ProofRequest, Commitment, Commitments, Answer);
