//! Privacy Pass in front of the same ledger: an issuer's directory and token requests (RFC 9578, and amortised batches), and
//! origins that ask for tokens by the authentication scheme `PrivateToken` (RFC 9577).
//!
//! Tokens of types 0x0001 and 0x0005 are checked with the issuer's secret keys, so that an origin shares them with its
//! [`Issuer`]. They are not bound to what they buy: take the tokens of this service itself where clients are yours.

mod issuer;
mod mounted;
mod origin;
mod series;

pub use issuer::{Allowance, Issuer, issuer_router};
pub use mounted::{Mounted, Mounting};
pub use origin::{Gate, Grounds, admit};
pub use series::{Series, Start};
