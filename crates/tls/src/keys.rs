//! The keys of identities, by what they are for.

mod anchor;
mod error;
mod identity_key;
mod issued;
mod master;
mod responder;
mod stored;
pub(crate) mod two_sided;
mod usage;

pub use milagro_dta::{Agreement, Psk, Signing};

pub use anchor::PairAnchor;
pub use error::{IssueError, KeyError};
pub use identity_key::IdentityKey;
pub use issued::IssuedKey;
pub use master::PairMaster;
pub use responder::ResponderKey;
pub use usage::{TwoSided, Usage};

pub(crate) use stored::StoredMaster;
