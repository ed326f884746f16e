//! The HTTP authentication scheme PrivateToken (RFC 9577, section 2).

pub(crate) mod credentials;
pub(crate) mod error;
pub(crate) mod fields;
pub(crate) mod offers;

pub use credentials::Credentials;
pub use error::HeaderError;
pub use fields::HeaderMaxima;
pub use offers::{NotAcceptable, Offer, Offers, Visit};
