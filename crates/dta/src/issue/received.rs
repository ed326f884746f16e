//! What came, and from whom.

use crate::domain::member::AuthorityId;

/// What came over the channel of an authority.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Received<T> {
    /// The authority that the *channel* authenticated.
    pub from: AuthorityId,
    /// What it sent.
    pub value: T,
}
