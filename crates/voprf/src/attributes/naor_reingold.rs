//! Attribute keys by the function of Naor and Reingold: k = a₀·Π aᵢ over the set bits i of a hash of the
//! attributes, K = k·G.
//!
//! With P₀ = a₀·G and Hᵢ = aᵢ·G public, the points from P₀ to K are a chain: each is aᵢ times the one before.
//! A client checks for every link that the logarithm of Hᵢ to G is that of the next point to the previous
//! one. Links of many keys with the same i have the same witness and are batched; all of them share one
//! challenge.

pub(crate) mod bits;
pub(crate) mod proof;
pub(crate) mod public;
pub(crate) mod secret;

pub use proof::NaorReingoldProof;
pub use public::NaorReingoldPublicKey;
pub use secret::NaorReingoldSecretKey;
