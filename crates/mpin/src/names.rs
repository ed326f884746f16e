//! Who proves to whom, under which authority, when, and over which channel.

pub(crate) mod binding;
pub(crate) mod domain;
pub(crate) mod epoch;
pub(crate) mod identity;
pub(crate) mod server;

pub use binding::ChannelBinding;
pub use domain::{Authorities, TrustDomainId};
pub use epoch::{Epoch, EpochLength, EpochPolicy};
pub use identity::{Identity, IdentityError, IdentityKind};
pub use server::ServerId;
