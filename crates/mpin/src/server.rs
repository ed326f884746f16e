//! What a server checks logins with.

pub(crate) mod attempts;
pub(crate) mod batch;
pub(crate) mod bounded;
pub(crate) mod pin_error;
pub(crate) mod policy;
pub(crate) mod rejected;
pub(crate) mod replay;
pub(crate) mod store;
pub(crate) mod verifier;

pub use attempts::{Attempt, AttemptOutcome, AttemptPolicy, Counted, Decision};
pub use batch::BatchVerifier;
pub use pin_error::{OpenedFailure, PinDistance, PinError};
pub use policy::{EscrowPolicy, OpeningPolicy, PermitPolicy, Policy};
pub use rejected::{Reason, Rejected};
pub use replay::{MemoryReplayStore, Recorded, ReplayKey, ReplayStore};
pub use store::{ChallengeStore, MemoryChallengeStore, Taken};
pub use verifier::{Authenticated, Signed, Verifier};
