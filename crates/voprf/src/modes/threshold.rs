//! Keys of the mode VOPRF that n issuers share, so that any t of them can evaluate and fewer learn nothing.
//! [`notes::threshold`](crate::notes::threshold) has the protocol in full, and says what is not offered shared.

pub(crate) mod collect;
pub mod council;
mod faults;
pub mod joint;
pub(crate) mod key;
pub(crate) mod message;
pub(crate) mod share;
pub(crate) mod sharing;
mod small;

pub use collect::{Collector, Evaluation};
pub use key::{Domain, SharedKey};
pub use message::Partial;
pub use share::{KeyShare, NotShared};
pub use sharing::Shared;
