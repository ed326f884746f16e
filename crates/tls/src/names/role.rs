//! Which side of a connection somebody may be.

use core::fmt;

/// Which side of a connection an identity may be.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Role {
    /// Opens connections.
    Client,
    /// Accepts connections.
    Server,
    /// Does both, as a service that talks to services.
    Peer,
}

impl Role {
    pub(super) const ALL: [Self; 3] = [Self::Client, Self::Server, Self::Peer];

    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Client => 1,
            Self::Server => 2,
            Self::Peer => 3,
        }
    }

    pub(super) const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Client),
            2 => Some(Self::Server),
            3 => Some(Self::Peer),
            _ => None,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Peer => "peer",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// `client`, `server` or `peer`.
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
