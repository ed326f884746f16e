//! What a service has to keep: secret token keys, and the primary keys that they come from.
//!
//! [`TokenPrimary`] where the issuer redeems, [`PortablePrimary`] where others do; a [`KeyRing`] holds what either
//! derived.

pub(crate) mod portable;
pub(crate) mod primary;
pub(crate) mod ring;
pub(crate) mod secret;

pub use portable::{PortablePrimary, PortablePrimaryPublic};
pub use primary::{TokenPrimary, TokenPrimaryPublic};
pub use ring::KeyRing;
pub use secret::{PortableKey, TokenSecretKey};
