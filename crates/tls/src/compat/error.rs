//! What can go wrong with keys and messages.

use core::fmt;

/// Why keys cannot be made, or a key cannot be agreed on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ChowChooError {
    /// A name in G1 that Milagro hashes like something else
    /// ([`CompatError::Identity`](milagro_mpin::compat::CompatError::Identity)).
    Name,
    /// The peer's name is one's own.
    SameName,
    /// The peer sent back what it was sent.
    Reflected,
    /// A sum of no shares.
    NoShares,
    /// Points or scalars cancel out; never by chance.
    Degenerate,
}

impl fmt::Display for ChowChooError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "name reads like something else",
            Self::SameName => "the peer's name is our own",
            Self::Reflected => "the peer sent our own message",
            Self::NoShares => "no shares to add",
            Self::Degenerate => "points or scalars cancel out",
        })
    }
}

impl core::error::Error for ChowChooError {}
