#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod attributes;
#[cfg(feature = "acs-compat")]
pub mod compat;
mod error;
#[cfg(feature = "hazmat")]
pub mod hazmat;
pub mod modes;
pub mod notes;
#[cfg(feature = "privacypass")]
pub mod privacypass;
pub mod suite;
mod tags;
pub mod tokens;

pub use error::Error;
pub use milagro_base::DecodeError;
pub use modes::{Blinded, Evaluated, MAX_BATCH, Pending, Proof, PublicKey, SecretKey, VerifiedKey};
pub use rand_core;
pub use suite::{Oprf, Poprf, Ristretto255, Suite, Voprf};
