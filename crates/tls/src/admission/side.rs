//! The two ends of a connection.

use crate::names::Role;

/// The two ends of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Side {
    /// The end that opened it.
    Client,
    /// The end that accepted it.
    Server,
}

impl Side {
    /// Whether somebody of this role may be at this end.
    #[must_use]
    pub const fn admits(self, role: Role) -> bool {
        matches!(
            (self, role),
            (_, Role::Peer) | (Self::Client, Role::Client) | (Self::Server, Role::Server)
        )
    }
}
