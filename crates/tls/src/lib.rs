#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub use milagro_base::{DecodeError, Seconds};
pub use milagro_curve::rand_core;
pub use milagro_mpin::TrustDomainId;
pub use milagro_mpin::names::{Epoch, EpochLength, EpochPolicy};
#[cfg(feature = "rustls")]
pub use rustls;

pub mod admission;
pub mod binding;
mod bounded;
#[cfg(feature = "compat")]
pub mod compat;
pub mod exchange;
mod held;
pub mod keys;
pub mod login;
pub mod names;
mod own_keys;
pub mod peer;
pub mod psk;
#[cfg(feature = "rustls")]
pub mod raw_keys;
pub mod renewal;
pub mod signing;
mod tags;

pub use names::{Identity, Principal, Role};

#[cfg(test)]
mod tests;
