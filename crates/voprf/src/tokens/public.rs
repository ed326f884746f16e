//! Tokens that everybody can check: blind BLS signatures in G1 of BLS12-381, which redeemers verify with the
//! issuer's public key alone. [`notes::public`](crate::notes::public) has the protocol in full.
//!
//! Their keys serve nothing else, and nothing else serves them: types, tags and hash to the curve are their own.

pub(crate) mod check;
pub(crate) mod draw;
pub(crate) mod epoch;
pub(crate) mod equation;
pub(crate) mod issuer;
mod kept;
pub(crate) mod message;
pub(crate) mod name;
pub(crate) mod pending;
pub(crate) mod secret;
pub(crate) mod series;
pub(crate) mod spend;
#[cfg(test)]
mod tests;
pub(crate) mod token;

pub use check::{Redemption, Verifier};
pub use draw::Drawing;
pub use epoch::EpochKey;
pub use issuer::{Admitted, Issuer};
pub use message::{Request, Response, UncheckedRequest};
pub use pending::{Pending, Unfinished};
pub use secret::SeriesKey;
pub use series::{Series, SeriesId};
pub use spend::Redeemed;
pub use token::{RedemptionRequest, Token};
