//! Token (RFC 9577, section 2.2.1): what a client spends.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use milagro_base::{DecodeError, Reader};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::modes::key::PublicKey;
use crate::modes::output::Output;
use crate::modes::wire::hex;
use crate::privacypass::challenge::ChallengeDigest;
use crate::privacypass::kind::TokenSuite;
use crate::suite::mode::Voprf;
use crate::suite::ristretto::Ristretto255;

/// Length of a nonce in bytes.
pub(super) const NONCE_LEN: usize = 32;

/// The id of an issuer's public key: SHA-256 of its encoding (RFC 9578, section 5.5).
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TokenKeyId([u8; Self::LEN]);

impl TokenKeyId {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Reads an id; every value of 32 bytes is one.
    #[must_use]
    pub const fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        Self(*bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// What requests carry of it: the last byte.
    #[must_use]
    pub const fn truncated(&self) -> u8 {
        let [.., last] = self.0;
        last
    }

    pub(super) fn of<S: TokenSuite>(key: &PublicKey<Voprf, S>) -> Self {
        Self(Sha256::digest(key.to_bytes().as_ref()).into())
    }
}

impl fmt::Debug for TokenKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(f, "TokenKeyId", &self.0)
    }
}

/// What a token's authenticator is computed over, but for its type (RFC 9577, section 2.2.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Statement {
    pub(super) nonce: [u8; NONCE_LEN],
    pub(super) challenge: ChallengeDigest,
    pub(super) key_id: TokenKeyId,
}

impl Statement {
    /// Length of the input in bytes.
    pub(super) const INPUT_LEN: usize = 2 + NONCE_LEN + 32 + TokenKeyId::LEN;

    /// token_type || nonce || challenge_digest || token_key_id. On the heap, so that moving it leaves no copy of a
    /// nonce behind that is not spent yet.
    pub(super) fn input<S: TokenSuite>(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Vec::with_capacity(Self::INPUT_LEN);
        self.write::<S>(&mut out);
        Zeroizing::new(out)
    }

    fn write<S: TokenSuite>(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&S::TYPE.to_bytes());
        out.extend_from_slice(&self.nonce);
        out.extend_from_slice(self.challenge.as_bytes());
        out.extend_from_slice(self.key_id.as_bytes());
    }
}

/// A token: whoever has it first can spend it, once, where its challenge is expected.
///
/// Neither printed nor copied, and wiped when dropped. [`Self::into_authorization`], beside the
/// [`Credentials`](super::http::Credentials), spends it.
pub struct Token<S: TokenSuite = Ristretto255> {
    /// On the heap, so that moving a token leaves no copy of its nonce behind.
    statement: Box<Statement>,
    authenticator: Box<[u8]>,
    suite: PhantomData<S>,
}

impl<S: TokenSuite> Token<S> {
    /// Reads a token: 146 bytes of type 0x0001, 162 of type 0x0005.
    ///
    /// # Errors
    /// [`DecodeError::Value`] for another token type; [`DecodeError::Length`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        if reader.u16()? != S::TYPE.get() {
            return Err(DecodeError::Value);
        }
        let statement = Box::new(Statement {
            nonce: *reader.array()?,
            challenge: ChallengeDigest(*reader.array()?),
            key_id: TokenKeyId(*reader.array()?),
        });
        let authenticator = reader.bytes(authenticator_len::<S>())?;
        reader.finish()?;
        Ok(Self {
            statement,
            authenticator: authenticator.into(),
            suite: PhantomData,
        })
    }

    /// The encoding, to be kept until the token is spent.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let length = Statement::INPUT_LEN.saturating_add(self.authenticator.len());
        let mut out = Vec::with_capacity(length);
        self.statement.write::<S>(&mut out);
        out.extend_from_slice(&self.authenticator);
        Zeroizing::new(out)
    }

    /// The challenge that it was drawn for.
    #[must_use]
    pub const fn challenge_digest(&self) -> &ChallengeDigest {
        &self.statement.challenge
    }

    /// The key that it was drawn under.
    #[must_use]
    pub const fn key_id(&self) -> &TokenKeyId {
        &self.statement.key_id
    }

    pub(super) fn new(statement: &Statement, output: &Output<S>) -> Self {
        Self {
            statement: Box::new(*statement),
            authenticator: output.as_bytes().as_ref().into(),
            suite: PhantomData,
        }
    }

    pub(super) fn statement(&self) -> &Statement {
        &self.statement
    }

    /// In constant time.
    pub(super) fn is_authenticated_by(&self, output: &Output<S>) -> bool {
        output.as_bytes().as_ref().ct_eq(&self.authenticator).into()
    }
}

/// Nk: the length of the suite's hash.
fn authenticator_len<S: TokenSuite>() -> usize {
    <S::Hash as sha2::digest::Digest>::output_size()
}

milagro_base::opaque_debug!(Token<S: TokenSuite>);

impl<S: TokenSuite> Drop for Token<S> {
    fn drop(&mut self) {
        self.authenticator.zeroize();
        self.statement.nonce.zeroize();
    }
}

impl<S: TokenSuite> ZeroizeOnDrop for Token<S> {}
