//! Keys that hang on attributes: one primary key gives a key for each attribute list, and a client can check
//! it against the primary public key alone.

pub(crate) mod cache;
pub(crate) mod key;
pub(crate) mod list;
pub(crate) mod naor_reingold;
pub(crate) mod role;
pub(crate) mod sdhi;

pub use cache::DerivedKeys;
pub use key::{ClaimedKey, DerivedKey};
pub use list::Attributes;
pub use naor_reingold::{NaorReingoldProof, NaorReingoldPublicKey, NaorReingoldSecretKey};
pub use sdhi::{DerivationProof, PrimaryPublicKey, PrimarySecretKey};
