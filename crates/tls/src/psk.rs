//! Pre-shared keys that nobody has to share: both ends compute them from their own key and the other's
//! name, without a message (R. Sakai, K. Ohgishi and M. Kasahara, "Cryptosystems based on pairing", SCIS
//! 2000; in the type-3 setting R. Dupont and A. Enge, "Provably secure non-interactive key distribution
//! based on pairings", 2006, section 3).
//!
//! ```text
//! A has s·H1(A), B has s·H2(B):   k = e(s·H1(A), H2(B)) = e(H1(A), s·H2(B))
//! t                               transcript of (client A, server B), trust domain, roles and epochs included
//! external key                    HKDF-SHA-256(salt = hash of t, k, "external psk")
//! key for the importer            HKDF-SHA-256(salt = hash of t, k, "importable psk")
//! ```

mod error;
mod import;
mod initiator;
mod keys;
mod pair;
mod responder;
mod text;

pub use error::{PskError, PskIdentityError};
pub use import::{ImportedPsk, TargetKdf};
pub use initiator::PskInitiator;
pub use pair::{ExternalPsk, PairKey};
pub use responder::PskResponder;
pub use text::{PskForm, PskIdentity};

#[cfg(test)]
pub(crate) use pair::context;
