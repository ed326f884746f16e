//! What the key exchanges share: flights, the caller's prologue, the key schedule and the session.
//!
//! ```text
//! flight   = type [1] || version 01 [1] || length of the body [2] || body
//! prologue = Hs(tag, every part that the caller gives)                       32 bytes
//! PRK      = HKDF-Extract(salt = Hs(tag, prologue, everything said), the shared secrets)
//! K(l)     = HKDF-Expand(PRK, 32 [2] || framed8(l) || framed8(""), 32)
//! export   = HKDF-Expand(K("exporter"), n [2] || framed8(label) || framed8(context), n)
//! ```
//!
//! with HKDF-SHA-256 (RFC 5869) and framed8(x) = length of x in 8 bytes || x. The labels l are
//! "client confirmation", "server confirmation", "client identity", "client to server",
//! "server to client" and "exporter", where the client is the end that opened the exchange.

mod error;
mod expand;
mod frame;
mod prologue;
mod schedule;
mod session;

pub use error::{ExchangeError, Unconfirmed};
pub use frame::{FLIGHT_HEADER_LEN, MAX_FLIGHT_LEN, flight_length};
pub use prologue::Prologue;
pub use session::Session;

pub use milagro_curve::hash::TooLong;

pub(crate) use frame::Flight;
pub(crate) use schedule::{Early, Handshake, SharedSecret};
