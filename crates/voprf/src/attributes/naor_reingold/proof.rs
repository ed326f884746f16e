//! The proof on the wire.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use milagro_base::{DecodeError, Reader};

use crate::modes::context::len2;
use crate::modes::wire::Element;
use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;

/// The bits of SHA-256.
pub(super) const BITS: usize = 256;

/// Issuer to client: the chains of 1 to [`NaorReingoldProof::MAX_KEYS`] derived keys, with one proof for all
/// their links.
#[derive(Clone, Eq, PartialEq)]
pub struct NaorReingoldProof<S: Suite = Ristretto255> {
    /// For each key, what lies between P₀ and the key.
    pub(super) chains: Vec<Vec<Element<S>>>,
    pub(super) c: S::Scalar,
    /// For each bit position that is set in any list, ascending.
    pub(super) answers: Vec<S::Scalar>,
}

impl<S: Suite> NaorReingoldProof<S> {
    /// The most keys of one proof.
    pub const MAX_KEYS: usize = 256;

    /// Encodes the proof: u16 number of chains, each a u16 number of elements and the elements; c; u16 number
    /// of answers and the answers.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = count(&self.chains).to_vec();
        for chain in &self.chains {
            bytes.extend_from_slice(&count(chain));
            for element in chain {
                bytes.extend_from_slice(element.as_slice());
            }
        }
        bytes.extend_from_slice(S::encode_scalar(&self.c).as_ref());
        bytes.extend_from_slice(&count(&self.answers));
        for s in &self.answers {
            bytes.extend_from_slice(S::encode_scalar(s).as_ref());
        }
        bytes
    }

    /// Decodes a proof for so many keys: those that the caller wants to have proven, at most
    /// [`Self::MAX_KEYS`].
    ///
    /// # Errors
    /// [`DecodeError::Value`] for another number of keys, and for more elements or answers than there can be;
    /// [`DecodeError::Length`] for missing or trailing bytes. All of it is seen before anything is decoded,
    /// which ends with what elements and scalars are refused for.
    pub fn from_bytes(bytes: &[u8], keys: usize) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let count = usize::from(reader.u16()?);
        if count != keys || count > Self::MAX_KEYS {
            return Err(DecodeError::Value);
        }
        let mut chains = Vec::with_capacity(count);
        for _ in 0..count {
            chains.push(read_list(&mut reader, S::ELEMENT_LEN)?);
        }
        let c = reader.bytes(S::SCALAR_LEN)?;
        let answers = read_list(&mut reader, S::SCALAR_LEN)?;
        reader.finish()?;
        let elements = |chain: &[u8]| {
            let elements = chain.chunks_exact(S::ELEMENT_LEN);
            elements.map(Element::from_bytes).collect()
        };
        let answers = answers.chunks_exact(S::SCALAR_LEN);
        Ok(Self {
            chains: chains.into_iter().map(elements).collect::<Result<_, _>>()?,
            c: S::decode_scalar(c)?,
            answers: answers.map(S::decode_scalar).collect::<Result<_, _>>()?,
        })
    }
}

impl<S: Suite> Debug for NaorReingoldProof<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("NaorReingoldProof")
            .field("keys", &self.chains.len())
            .finish_non_exhaustive()
    }
}

fn count<T>(list: &[T]) -> [u8; 2] {
    len2(list.len())
}

/// A list behind its number of items, at most one for each bit.
fn read_list<'a>(reader: &mut Reader<'a>, item: usize) -> Result<&'a [u8], DecodeError> {
    let count = usize::from(reader.u16()?);
    if count > BITS {
        return Err(DecodeError::Value);
    }
    reader.bytes(count * item)
}
