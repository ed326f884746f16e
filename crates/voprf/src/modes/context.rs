//! Hashing under one context string (RFC 9497, sections 3.1 and 4), and the randomness that is derived by
//! hashing.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use rand_core::CryptoRng;
use sha2::Digest;
use zeroize::{Zeroize, Zeroizing};

use crate::error::Error;
use crate::modes::output::Output;
use crate::suite::group::Suite;
use crate::suite::mode::Mode;
use crate::suite::xmd::Tag;
use crate::tags;

/// The longest input, info or seed information: what a two-byte length can say.
const MAX_INPUT: usize = 0xffff;

/// The hash functions of one mode and suite.
#[derive(Clone)]
pub(crate) struct Context<S: Suite> {
    pub(crate) string: Vec<u8>,
    /// Whether every weight of a batched proof hashes the whole statement, as all but those of RFC 9497 do.
    ///
    /// A weight that hashes its own pair can be settled before the others. A prover with n pairs then looks
    /// for errors that cancel each other, Σ dᵢ·(Dᵢ - k·Cᵢ) = 0, in n independent lists: Wagner's generalised
    /// birthday (CRYPTO 2002) finds some in about n·2^(252/(1 + log2 n)) steps for a group of 252 bits.
    pub(crate) whole: bool,
    pub(crate) to_group: Tag<S::Hash>,
    pub(crate) to_scalar: Tag<S::Hash>,
}

impl<S: Suite> Context<S> {
    /// `"OPRFV1-" || I2OSP(mode, 1) || "-" || identifier`
    pub(crate) fn rfc<M: Mode>() -> Self {
        Self {
            whole: false,
            ..Self::new(&[tags::RFC, &[M::ID], b"-", S::IDENTIFIER.as_bytes()])
        }
    }

    /// The context of a protocol of this crate, under a string of its own.
    pub(crate) fn new(string: &[&[u8]]) -> Self {
        let string = string.concat();
        Self {
            to_group: Tag::new(&[tags::HASH_TO_GROUP, &string]),
            to_scalar: Tag::new(&[tags::HASH_TO_SCALAR, &string]),
            string,
            whole: true,
        }
    }

    pub(crate) fn hash_to_scalar(&self, message: &[&[u8]]) -> S::Scalar {
        S::hash_to_scalar(&self.to_scalar, message)
    }

    /// `HashToGroup(input)`, which must not be the identity.
    pub(crate) fn hash_to_group(&self, input: &[u8]) -> Result<S::Point, Error> {
        if input.len() > MAX_INPUT {
            return Err(Error::TooLong);
        }
        let point = S::hash_to_point(&self.to_group, &[input]);
        if S::is_identity(&point) {
            Err(Error::InvalidInput)
        } else {
            Ok(point)
        }
    }
}

impl<S: Suite> Debug for Context<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

/// `I2OSP(length, 2)` of a length that is known to be short.
pub(crate) fn len2(len: usize) -> [u8; 2] {
    let [.., high, low] = len.to_be_bytes();
    [high, low]
}

/// `I2OSP(length, 2)` of something that a caller gave.
pub(crate) fn checked_len2(bytes: &[u8]) -> Result<[u8; 2], Error> {
    u16::try_from(bytes.len())
        .map(u16::to_be_bytes)
        .map_err(|_| Error::TooLong)
}

/// `Hash(len(input) || input || [len(info) || info ||] len(N) || N || "Finalize")` (RFC 9497, sections 3.3.1
/// and 3.3.3).
pub(crate) fn finalize<S: Suite>(input: &[u8], info: Option<&[u8]>, unblinded: &[u8]) -> Output<S> {
    let mut hash = S::Hash::new()
        .chain_update(len2(input.len()))
        .chain_update(input);
    if let Some(info) = info {
        hash = hash.chain_update(len2(info.len())).chain_update(info);
    }
    hash = hash
        .chain_update(len2(unblinded.len()))
        .chain_update(unblinded)
        .chain_update(tags::FINALIZE);
    Output::new(S::output(hash))
}

/// A source of secret scalars: each is a hash of fresh randomness, of the secrets and public values at hand
/// and of its purpose, so that neither a bad generator nor a rewound one gives a nonce away.
pub(crate) struct Hedge<S: Suite> {
    tag: Tag<S::Hash>,
    fresh: Zeroizing<[u8; 64]>,
}

impl<S: Suite> Hedge<S> {
    pub(crate) fn new<R: CryptoRng + ?Sized>(rng: &mut R, purpose: &[u8]) -> Self {
        let mut fresh = Zeroizing::new([0; 64]);
        rng.fill_bytes(&mut *fresh);
        Self {
            tag: Tag::new(&[purpose, S::IDENTIFIER.as_bytes()]),
            fresh,
        }
    }

    /// A source that gives the same scalar for the same message, which must hold a secret.
    pub(crate) fn repeating(purpose: &[u8]) -> Self {
        Self {
            tag: Tag::new(&[purpose, S::IDENTIFIER.as_bytes()]),
            fresh: Zeroizing::new([0; 64]),
        }
    }

    /// A non-zero scalar. The message must frame its variable parts.
    pub(crate) fn scalar(&self, message: &[&[u8]]) -> Zeroizing<S::Scalar> {
        let mut counter = 0_u8;
        loop {
            let attempt = [counter];
            let parts = [&[self.fresh.as_slice(), &attempt], message].concat();
            let mut scalar = S::hash_to_scalar(&self.tag, &parts);
            if !S::is_zero(&scalar) {
                return Zeroizing::new(scalar);
            }
            scalar.zeroize();
            counter = counter.wrapping_add(1);
        }
    }
}
