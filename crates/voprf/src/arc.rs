//! ARC(P-256): anonymous rate-limited credentials (draft-ietf-privacypass-arc-crypto-01).
//! [`notes::arc`](crate::notes::arc) has the protocol in full.
//!
//! A known client is issued one credential, and shows it up to k times in each presentation context. Nobody,
//! the issuer included, can tell which credential a presentation is of, nor which presentations are of one.
//!
//! **Experimental**: the draft changes, and these bytes with it. Outside SemVer until it is an RFC.

pub(crate) mod asking;
mod credential;
pub(crate) mod group;
pub(crate) mod key;
mod mac;
mod presentation;
pub(crate) mod presenting;
mod range;
mod request;
pub(crate) mod response;
mod statement;
mod terms;
mod verifier;

#[cfg(test)]
mod tests;

pub use crate::sigma::proof::Rejected;
pub use asking::{Asking, PendingCredential, Unfinished};
pub use credential::{Credential, NotPresented};
pub use key::{PublicKey, SecretKey};
pub use presentation::Presentation;
pub use request::Request;
pub use response::Response;
pub use terms::{Limit, OutOfRange, RequestContext, Terms, Window};
pub use verifier::{PresentationRefused, Presented, Refusal, Verifier};
