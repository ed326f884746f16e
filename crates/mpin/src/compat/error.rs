//! What can go wrong with keys and inputs.

use core::fmt;

/// Why keys or inputs cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CompatError {
    /// An identity that Milagro hashes like a date with somebody's HCID, or like one with a device's key.
    Identity,
    /// A permit for an identity with a device's key.
    DeviceKey,
    /// A PIN of 10,000 or more.
    Pin,
    /// A sum of no shares.
    NoShares,
    /// Points or scalars that cancel out; never by chance.
    Degenerate,
    /// A time that does not fit the 4 bytes that Milagro has for it.
    Time,
}

impl fmt::Display for CompatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => {
                "identity reads like a date and a hashed identity, or ends in a device's key"
            }
            Self::DeviceKey => "identity has a device's key, and so no permits",
            Self::Pin => "PIN is 10,000 or more",
            Self::NoShares => "no shares to add",
            Self::Degenerate => "points or scalars cancel out",
            Self::Time => "time does not fit 4 bytes",
        })
    }
}

impl core::error::Error for CompatError {}
