//! The proof on the wire.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use milagro_base::DecodeError;

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

    /// Decodes a proof.
    ///
    /// # Errors
    /// [`DecodeError::Value`] for more keys, elements or answers than there can be, [`DecodeError::Length`]
    /// for missing or trailing bytes, and what elements and scalars are refused for.
    pub fn from_bytes(mut bytes: &[u8]) -> Result<Self, DecodeError> {
        let bytes = &mut bytes;
        let chains = (0..read_count(bytes, Self::MAX_KEYS)?).map(|_| {
            let len = read_count(bytes, BITS)?;
            (0..len)
                .map(|_| Element::from_bytes(take(bytes, S::ELEMENT_LEN)?))
                .collect()
        });
        let chains = chains.collect::<Result<_, _>>()?;
        let c = S::decode_scalar(take(bytes, S::SCALAR_LEN)?)?;
        let len = read_count(bytes, BITS)?;
        let answers = (0..len).map(|_| S::decode_scalar(take(bytes, S::SCALAR_LEN)?));
        let answers = answers.collect::<Result<_, _>>()?;
        if bytes.is_empty() {
            Ok(Self { chains, c, answers })
        } else {
            Err(DecodeError::Length)
        }
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

fn read_count(bytes: &mut &[u8], max: usize) -> Result<usize, DecodeError> {
    let (count, rest) = bytes.split_first_chunk::<2>().ok_or(DecodeError::Length)?;
    *bytes = rest;
    let count = usize::from(u16::from_be_bytes(*count));
    if count > max {
        Err(DecodeError::Value)
    } else {
        Ok(count)
    }
}

fn take<'a>(bytes: &mut &'a [u8], len: usize) -> Result<&'a [u8], DecodeError> {
    let (taken, rest) = bytes.split_at_checked(len).ok_or(DecodeError::Length)?;
    *bytes = rest;
    Ok(taken)
}
