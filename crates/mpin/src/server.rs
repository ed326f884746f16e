//! What a server checks logins with: three moves, and everything beside them.

pub(crate) mod admit;
pub(crate) mod attempts;
pub(crate) mod batch;
pub(crate) mod bounded;
pub(crate) mod check;
pub(crate) mod claim;
pub(crate) mod cookie;
pub(crate) mod cookie_bytes;
pub(crate) mod device;
pub(crate) mod failure;
pub(crate) mod outcome;
pub(crate) mod pin_error;
pub(crate) mod policy;
pub(crate) mod reason;
pub(crate) mod rejected;
pub(crate) mod settlement;
pub(crate) mod standing;
pub(crate) mod verifier;

pub use crate::proof::{CHALLENGE_MAX, SKEW, WINDOW_MAX};
pub use admit::{Admitted, AdmittedSignature, Arrival, PinnedKey};
pub use attempts::{AttemptPolicy, Decision};
pub use batch::BatchVerifier;
pub use cookie::{Cookies, IssuedCookie, TooManyKeys};
pub use cookie_bytes::DeviceCookie;
pub use device::{Attempts, CopiedCookie, DeviceId, DeviceRecord, Presented};
pub use failure::OpenedFailure;
pub use outcome::{Authenticated, Signed};
pub use pin_error::{PinDistance, Search};
pub use policy::{EscrowPolicy, Freshness, PermitPolicy, Policy};
pub use reason::Reason;
pub use rejected::Rejected;
pub use standing::{GoodCookie, Standing, TakeOver};
pub use verifier::{Verifier, WrongLedger};
