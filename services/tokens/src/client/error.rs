//! Why a client has no tokens, or no answer.

use core::fmt;

use milagro_base::DecodeError;
use milagro_voprf::tokens::client::{TokenKeyError, WalletError};
use milagro_wire::client::CallError;

/// What was to be saved is not saved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SaveError;

/// Why a client has no tokens, or no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// The service does not answer, or says no.
    Call(CallError),
    /// The schedule is not the one that all clients have, or an earlier one than was seen before.
    NotPinned,
    /// The answer is not of the pinned key: of a key for this client alone, or altered on its way. The request waits, and is
    /// sent again by the next refill.
    OtherKey,
    /// The answer is not what was asked for.
    Answer,
    /// No key issues now.
    Key(TokenKeyError),
    /// The wallet takes no more.
    Wallet(WalletError),
    /// Too few tokens that can be spent now.
    Empty,
    /// The blinding failed.
    Draw(milagro_voprf::Error),
    /// The state could not be saved, and so nothing was sent.
    Save,
    /// A saved state that is none.
    State(DecodeError),
    /// No purchase, or more than one request takes.
    Purchases,
}

impl From<CallError> for ClientError {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<SaveError> for ClientError {
    fn from(_: SaveError) -> Self {
        Self::Save
    }
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not saved")
    }
}

impl core::error::Error for SaveError {}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::NotPinned => f.write_str("the schedule is not the one that all clients have"),
            Self::OtherKey => f.write_str("the answer is not of the key that all clients have"),
            Self::Answer => f.write_str("the answer is not what was asked for"),
            Self::Key(error) => error.fmt(f),
            Self::Wallet(error) => error.fmt(f),
            Self::Empty => f.write_str("too few tokens that can be spent now"),
            Self::Draw(error) => error.fmt(f),
            Self::Save => f.write_str("the state could not be saved"),
            Self::State(error) => write!(f, "saved state: {error}"),
            Self::Purchases => f.write_str("nothing to buy, or too much at once"),
        }
    }
}

impl core::error::Error for ClientError {}
