#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod batch;
mod context;
mod dleq;
mod error;
#[cfg(feature = "hazmat")]
pub mod hazmat;
mod key;
mod oprf;
mod output;
mod poprf;
mod suite;
mod tags;
mod voprf;
mod wire;
mod xmd;

pub use batch::MAX_BATCH;
pub use error::{DecodeError, Error};
pub use key::{PublicKey, SecretKey};
pub use oprf::Unverified;
pub use output::Output;
pub use poprf::{PendingTagged, TaggedKey, TaggedSecretKey};
pub use rand_core;
#[cfg(feature = "p256")]
pub use suite::P256;
#[cfg(feature = "p384")]
pub use suite::P384;
#[cfg(feature = "p521")]
pub use suite::P521;
pub use suite::{Mode, Oprf, Poprf, Ristretto255, Suite, Voprf};
pub use voprf::{Pending, VerifiedKey};
pub use wire::{Blinded, Evaluated, Proof};
