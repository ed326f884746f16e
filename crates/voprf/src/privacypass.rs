//! Privacy Pass: the HTTP authentication scheme (RFC 9577), tokens of type 0x0001 (RFC 9578) and 0x0005, and amortised
//! batches of both (draft-ietf-privacypass-batched-tokens).
//! [`notes::privacypass`](crate::notes::privacypass) has the protocol in full.

mod base64;
pub(crate) mod challenge;
pub(crate) mod client;
mod context;
mod directory;
pub mod http;
mod issuer;
mod json;
mod keys;
pub(crate) mod kind;
pub mod media;
mod name;
mod origin;
pub(crate) mod request;
mod response;
mod token;
mod varint;
mod window;

pub use challenge::{ChallengeDigest, TokenChallenge};
pub use client::{IssuerKey, NotIssued, PendingBatch, PendingToken, Requested};
pub use context::{ContextKey, RedemptionContext};
pub use directory::{Directory, DirectoryError, DirectoryKey, DirectoryMaxima, Field};
pub use issuer::{Admitted, IssueRefusal, Issuer};
pub use keys::{IssuerKeys, IssuerSecretKey, KeyIdTaken};
pub use kind::{TokenSuite, TokenType};
pub use name::{NotAName, ServerName};
pub use origin::{IssuedChallenge, NotOurs, Origin, Redeemed, Redemption, Refusal, TokenRefused};
pub use request::{TokenRequest, UncheckedRequest};
pub use response::TokenResponse;
pub use token::{Token, TokenKeyId};
pub use window::{NotAWindow, Window};
