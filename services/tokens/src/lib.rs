#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod authenticate;
#[cfg(feature = "client")]
pub mod client;
pub mod editions;
pub mod forms;
mod kinds;
pub mod primary;
#[cfg(feature = "privacypass")]
pub mod privacypass;
pub mod renewal;
pub mod rotation;
mod service;
pub mod tenant;
#[cfg(feature = "testkit")]
pub mod testkit;

pub use service::routes::router;
pub use service::{Fault, Keys, Parts, RefreshError, Served, Service};

#[cfg(test)]
mod tests;
