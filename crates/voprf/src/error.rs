//! Why a step of the protocol is refused.

use core::error;
use core::fmt::{self, Display, Formatter};

/// Why a step of the protocol was refused.
///
/// # Security
/// For the caller's own eyes: a peer is told that the step failed, never why.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A batch without elements.
    EmptyBatch,
    /// A batch of more than [`MAX_BATCH`](crate::MAX_BATCH) elements.
    BatchTooLarge,
    /// Two lists that must be equally long are not.
    LengthMismatch,
    /// An input, info or attribute that is longer than its maximum.
    TooLong,
    /// An attribute list without attributes.
    NoAttributes,
    /// An input that hashes to the identity, or a tag under which the public key vanishes (RFC 9497,
    /// InvalidInputError).
    InvalidInput,
    /// The tag or the attributes cancel the secret key (RFC 9497, InverseError): whoever asked for them knows
    /// the key now. Retire it.
    KeyExposed,
    /// No secret key could be derived from this seed (RFC 9497, DeriveKeyPairError).
    DeriveKey,
    /// The proof does not hold for this key, this mode, this suite and these elements in this order.
    ProofRejected,
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyBatch => "empty batch",
            Self::BatchTooLarge => "batch too large",
            Self::LengthMismatch => "lists of unequal length",
            Self::TooLong => "input too long",
            Self::NoAttributes => "empty attribute list",
            Self::InvalidInput => "invalid input",
            Self::KeyExposed => "the secret key is exposed and must be retired",
            Self::DeriveKey => "no key can be derived from this seed",
            Self::ProofRejected => "proof rejected",
        })
    }
}

impl error::Error for Error {}
