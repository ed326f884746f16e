//! RFC 9497: blinding, evaluating and proving in the modes OPRF, VOPRF and POPRF.

pub(crate) mod batch;
pub(crate) mod bounds;
pub(crate) mod context;
pub(crate) mod dleq;
pub(crate) mod key;
pub(crate) mod oprf;
pub(crate) mod output;
pub(crate) mod poprf;
#[cfg(feature = "threshold")]
pub mod threshold;
pub(crate) mod voprf;
pub(crate) mod wire;

pub use bounds::MAX_BATCH;
pub use key::{PublicKey, SecretKey};
pub use oprf::Unverified;
pub use output::Output;
pub use poprf::{PendingTagged, TaggedKey, TaggedSecretKey};
pub use voprf::{Pending, VerifiedKey};
pub use wire::{Blinded, Evaluated, Proof};
