//! TokenChallenge (RFC 9577, section 2.1.1): what a token is asked for.

use alloc::borrow::ToOwned;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use milagro_base::{DecodeError, Reader, Writer};
use sha2::{Digest as _, Sha256};

use crate::privacypass::context::RedemptionContext;
use crate::privacypass::kind::TokenSuite;
use crate::privacypass::name::ServerName;
use crate::suite::ristretto::Ristretto255;

/// What a token is asked for: its type, its issuer, and what it is bound to.
pub struct TokenChallenge<S: TokenSuite = Ristretto255> {
    issuer: ServerName,
    context: Option<RedemptionContext>,
    origins: Vec<ServerName>,
    bytes: Vec<u8>,
    suite: PhantomData<S>,
}

impl<S: TokenSuite> TokenChallenge<S> {
    /// The most origins that a challenge may name.
    pub const MAX_ORIGINS: usize = 64;

    /// Asks for a token of that issuer that any origin takes.
    #[must_use]
    pub fn new(issuer: ServerName) -> Self {
        Self::written(issuer, None, Vec::new())
    }

    /// Binds the token to a context besides.
    #[must_use]
    pub fn with_context(self, context: RedemptionContext) -> Self {
        Self::written(self.issuer, Some(context), self.origins)
    }

    /// Binds the token to these origins besides.
    ///
    /// # Errors
    /// [`DecodeError::Length`] for more than [`Self::MAX_ORIGINS`].
    pub fn with_origins(self, origins: &[ServerName]) -> Result<Self, DecodeError> {
        if origins.len() > Self::MAX_ORIGINS {
            return Err(DecodeError::Length);
        }
        Ok(Self::written(self.issuer, self.context, origins.to_owned()))
    }

    /// Reads a challenge.
    ///
    /// # Errors
    /// [`DecodeError::Length`] for bytes that are missing or left over, for a context of neither 0 nor 32 bytes, for
    /// an empty issuer name, and for too many origins; [`DecodeError::Value`] for another token type and for what is
    /// no name of a server.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        if reader.u16()? != S::TYPE.get() {
            return Err(DecodeError::Value);
        }
        let issuer = vector(&mut reader)?;
        let context = match reader.u8()? {
            0 => None,
            32 => Some(RedemptionContext::from_bytes(reader.array()?)),
            _ => return Err(DecodeError::Length),
        };
        let origins = vector(&mut reader)?;
        reader.finish()?;
        if issuer.is_empty() {
            return Err(DecodeError::Length);
        }
        Ok(Self {
            issuer: name(issuer)?,
            context,
            origins: names(origins)?,
            bytes: bytes.to_owned(),
            suite: PhantomData,
        })
    }

    /// The encoding.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the encoding, which every token for it carries.
    #[must_use]
    pub fn digest(&self) -> ChallengeDigest {
        ChallengeDigest(Sha256::digest(&self.bytes).into())
    }

    /// Who may issue the token.
    #[must_use]
    pub const fn issuer(&self) -> &ServerName {
        &self.issuer
    }

    /// The context that the token is bound to.
    #[must_use]
    pub const fn context(&self) -> Option<&RedemptionContext> {
        self.context.as_ref()
    }

    /// The origins that the token is bound to; none if any origin takes it.
    #[must_use]
    pub fn origins(&self) -> &[ServerName] {
        &self.origins
    }

    /// Whether an origin of that name may ask for it (RFC 9577, section 2.1.3).
    #[must_use]
    pub fn is_for(&self, origin: &ServerName) -> bool {
        self.origins.is_empty() || self.origins.contains(origin)
    }

    fn written(
        issuer: ServerName,
        context: Option<RedemptionContext>,
        origins: Vec<ServerName>,
    ) -> Self {
        let list = origins.iter().map(ServerName::as_str).collect::<Vec<_>>();
        let context_bytes = context
            .as_ref()
            .map(|context| context.as_bytes().as_slice());
        let context_bytes = context_bytes.unwrap_or_default();
        // Names and their number are bounded, so that no string is longer than two bytes can say.
        let writer = Writer::new()
            .bytes(&S::TYPE.to_bytes())
            .string(issuer.as_str().as_bytes())
            .u8(u8::try_from(context_bytes.len()).unwrap_or(u8::MAX))
            .bytes(context_bytes)
            .string(list.join(",").as_bytes());
        Self {
            issuer,
            context,
            origins,
            bytes: writer.finish(),
            suite: PhantomData,
        }
    }
}

/// A vector behind its length in two bytes, which may be 65,535 bytes long.
fn vector<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], DecodeError> {
    let length = reader.u16()?;
    reader.bytes(length.into())
}

fn name(bytes: &[u8]) -> Result<ServerName, DecodeError> {
    ServerName::from_bytes(bytes).map_err(|_| DecodeError::Value)
}

fn names(list: &[u8]) -> Result<Vec<ServerName>, DecodeError> {
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let maximum = TokenChallenge::<Ristretto255>::MAX_ORIGINS;
    if list.split(|byte| *byte == b',').nth(maximum).is_some() {
        return Err(DecodeError::Length);
    }
    list.split(|byte| *byte == b',').map(name).collect()
}

impl<S: TokenSuite> Clone for TokenChallenge<S> {
    fn clone(&self) -> Self {
        Self {
            issuer: self.issuer.clone(),
            context: self.context,
            origins: self.origins.clone(),
            bytes: self.bytes.clone(),
            suite: PhantomData,
        }
    }
}

/// Two challenges are one if their bytes are: a token for one is a token for the other.
impl<S: TokenSuite> PartialEq for TokenChallenge<S> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<S: TokenSuite> Eq for TokenChallenge<S> {}

impl<S: TokenSuite> fmt::Debug for TokenChallenge<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenChallenge")
            .field("type", &S::TYPE)
            .field("issuer", &self.issuer)
            .field("context", &self.context)
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}

/// SHA-256 of a challenge.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct ChallengeDigest(pub(super) [u8; 32]);

impl ChallengeDigest {
    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ChallengeDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::modes::wire::hex(f, "ChallengeDigest", &self.0)
    }
}
