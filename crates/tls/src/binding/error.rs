//! Why a channel is not bound.

use core::fmt;

use crate::admission::Refusal;
use crate::signing::BadSignature;

/// Why a channel is not bound to the peer's identity. To the peer this says nothing else: close the
/// channel, whatever the reason.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BindingError {
    /// The identity may not be there.
    Refused(Refusal),
    /// The signature is not the identity's for this channel, these two identities and this side.
    Signature,
}

impl From<Refusal> for BindingError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Signature => Self::Signature,
            other => Self::Refused(other),
        }
    }
}

impl fmt::Display for BindingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Signature => BadSignature.fmt(f),
        }
    }
}

impl core::error::Error for BindingError {}
