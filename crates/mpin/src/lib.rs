#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub use milagro_base::{DecodeError, Seconds};
pub use milagro_curve::rand_core;

pub mod client;
#[cfg(feature = "compat")]
pub mod compat;
pub mod full;
mod keys;
pub mod names;
pub mod permit;
mod proof;
pub mod server;

pub use client::{Factors, Pin, Target, Token};
pub use keys::{ClientSecret, MasterSecret, ServerKey, ServerSecret};
pub use names::{ChannelBinding, Identity, ServerId, TrustDomainId};
pub use permit::Permit;
pub use proof::{Challenge, LoginProof};
pub use server::Verifier;

#[cfg(test)]
mod tests;
