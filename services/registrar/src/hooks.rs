//! Questions to applications, as webhooks (Standard Webhooks): *may this person enrol*, *may this person log in now*, and the
//! notice that *this person has logged in* (`login.succeeded`). By the way of that notice the application also hears what a user
//! has to be told of a device: `device.copied`, and `device.guessed` where somebody tries PINs with an old copy.
//!
//! ```text
//! POST address    webhook-id: msg_...    webhook-timestamp: seconds    webhook-signature: v1,base64(HMAC-SHA-256(secret, id.timestamp.body))
//! {"type": "enrolment.requested", "timestamp": "2026-01-31T12:00:00Z", "data": {"user": "...", "context": "..."}}
//! ```
//!
//! A question is answered with status 200 and `{"allow": true}` or `{"allow": false}`, in JSON of at most 4 KiB and in time.
//! Anything else is no answer: a redirect, another status, more bytes, silence. The application checks signature and time, and
//! drops ids that it has seen.
//!
//! # Where hooks lead
//!
//! To hosts that the operator has listed, over https. A host's name is looked up once for a connection, every address that
//! comes back has to be a public one, and the connection goes to one of these: what a name says later does not matter.

mod call;
mod signature;

pub(crate) use call::About;
pub use call::{Hook, HookError, HookFault, HookPolicy, Hooks};
pub use milagro_wire::client::guard::{Found, Lookup, SystemLookup};
pub use signature::{HookSecret, NoSecret};
