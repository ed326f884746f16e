//! Who may be at the other end of a connection: lists, their replacement while a service runs, what is checked in
//! which order, and what the operator hears of those who are refused.

mod authorize;
mod later;
mod refusal;
mod refused;
mod rules;
mod side;
mod verifier;

pub use authorize::{AllowList, Anyone, Authorize, Replaceable};
pub use later::{AuthorizeLater, Welcome};
pub use refusal::Refusal;
pub use refused::Refused;
pub use side::Side;
pub use verifier::{IdentityVerifier, Signed};

pub(crate) use rules::Admission;
