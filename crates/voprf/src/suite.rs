//! The groups and hashes of RFC 9497, section 4, and its modes.

#[cfg(feature = "bls12381")]
pub(crate) mod bls12381;
pub(crate) mod group;
pub(crate) mod mode;
#[cfg(feature = "nist")]
pub(crate) mod nist;
pub(crate) mod ristretto;
#[cfg(test)]
mod tests;
pub(crate) mod xmd;

#[cfg(feature = "bls12381")]
pub use bls12381::Bls12381G1;
pub use group::Suite;
pub use mode::{Mode, Oprf, Poprf, Voprf};
#[cfg(feature = "p256")]
pub use nist::P256;
#[cfg(feature = "p384")]
pub use nist::P384;
#[cfg(feature = "p521")]
pub use nist::P521;
pub use ristretto::Ristretto255;
