//! The two messages of drawing tokens.

use alloc::vec::Vec;
use core::marker::PhantomData;
use core::num::NonZeroU32;

use milagro_base::{DecodeError, Reader, Writer};

use crate::modes::bounds::MAX_BATCH;
use crate::modes::wire::{Blinded, Evaluated, Proof};
use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;
use crate::tokens::plan::KeyId;

/// The first byte of both messages.
const VERSION: u8 = 1;

/// Client to issuer: the key it wants tokens under, and its blinded nonces.
///
/// Bytes, version 1: `01 ‖ key id (32) ‖ elements`, 1 to [`MAX_BATCH`](crate::MAX_BATCH) of them, 32 bytes
/// each for ristretto255, to the end.
///
/// # Security
/// Public. It says who draws how many tokens, and nothing about the tokens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenRequest<S: Suite = Ristretto255> {
    pub(super) key_id: KeyId,
    pub(super) blinded: Vec<Blinded<S>>,
}

impl<S: Suite> TokenRequest<S> {
    /// The key that is asked for.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// How many tokens are asked for.
    #[must_use]
    pub fn count(&self) -> usize {
        self.blinded.len()
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let room = 1 + KeyId::LEN + self.count() * S::ELEMENT_LEN;
        let writer = Writer::with_capacity(room)
            .u8(VERSION)
            .bytes(self.key_id.as_bytes());
        let element = |writer: Writer, element: &Blinded<S>| writer.bytes(element.0.as_slice());
        self.blinded.iter().fold(writer, element).finish()
    }
}

/// A [`TokenRequest`] as the issuer gets it: the header is read, and no element was looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UncheckedRequest<S: Suite = Ristretto255> {
    bytes: Vec<u8>,
    key_id: KeyId,
    count: NonZeroU32,
    suite: PhantomData<S>,
}

impl<S: Suite> UncheckedRequest<S> {
    /// Reads the header of a request for at most `maximum` tokens, by its length alone: refusing a long one
    /// costs nothing.
    ///
    /// # Errors
    /// [`DecodeError::Length`], [`DecodeError::Version`]; `Value` for more than `maximum` or
    /// [`MAX_BATCH`](crate::MAX_BATCH) elements.
    pub fn from_bytes(bytes: &[u8], maximum: u32) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let key_id = KeyId::from_bytes(reader.array()?);
        let elements = reader.remaining();
        // The length of an element is not zero.
        if elements.checked_rem(S::ELEMENT_LEN) != Some(0) {
            return Err(DecodeError::Length);
        }
        let count = elements.checked_div(S::ELEMENT_LEN).unwrap_or(0);
        if count > MAX_BATCH {
            return Err(DecodeError::Value);
        }
        let count = u32::try_from(count).map_err(|_| DecodeError::Value)?;
        if count > maximum {
            return Err(DecodeError::Value);
        }
        Ok(Self {
            bytes: bytes.to_vec(),
            key_id,
            count: NonZeroU32::new(count).ok_or(DecodeError::Length)?,
            suite: PhantomData,
        })
    }

    /// The key that is asked for.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// How many tokens are asked for.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count.get()
    }

    /// Decodes the elements.
    ///
    /// # Errors
    /// [`DecodeError`] if any of them is not an element of the group, or is the identity.
    pub fn decode(&self) -> Result<TokenRequest<S>, DecodeError> {
        let mut reader = Reader::new(&self.bytes);
        reader.version(VERSION)?;
        let key_id = KeyId::from_bytes(reader.array()?);
        let blinded = Blinded::list_from_bytes(reader.bytes(reader.remaining())?)?;
        Ok(TokenRequest { key_id, blinded })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) const fn tokens(&self) -> NonZeroU32 {
        self.count
    }
}

/// Issuer to client: the evaluations, in the order of the request, with one proof for all.
///
/// Bytes, version 1: `01 ‖ proof ‖ elements`; the proof has 64 bytes for ristretto255, the elements as in
/// [`TokenRequest`].
///
/// # Security
/// Public.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenResponse<S: Suite = Ristretto255> {
    pub(super) proof: Proof<S>,
    pub(super) evaluated: Vec<Evaluated<S>>,
}

impl<S: Suite> TokenResponse<S> {
    /// The bytes on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let room = 1 + Proof::<S>::LEN + self.evaluated.len() * S::ELEMENT_LEN;
        let writer = Writer::with_capacity(room)
            .u8(VERSION)
            .bytes(&self.proof.to_bytes());
        let element = |writer: Writer, element: &Evaluated<S>| writer.bytes(element.0.as_slice());
        self.evaluated.iter().fold(writer, element).finish()
    }

    /// Reads the bytes on the wire, an answer for as many tokens as were asked for at most.
    ///
    /// # Errors
    /// [`DecodeError::Length`] for another number of elements, before any is decoded,
    /// [`DecodeError::Version`], and what elements and scalars are refused for.
    pub fn from_bytes(bytes: &[u8], asked: usize) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let proof = reader.bytes(Proof::<S>::LEN)?;
        if Some(reader.remaining()) != asked.checked_mul(S::ELEMENT_LEN) {
            return Err(DecodeError::Length);
        }
        let evaluated = Evaluated::list_from_bytes(reader.bytes(reader.remaining())?)?;
        Ok(Self {
            proof: Proof::from_bytes(proof)?,
            evaluated,
        })
    }
}
