#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod admin;
mod authorities;
mod bulletins;
mod changes;
mod codes;
mod devices;
mod documents;
mod enrol;
mod files;
pub mod hooks;
pub mod keys;
mod kinds;
pub mod logins;
pub mod mail;
mod news;
mod notes;
mod parts;
mod people;
mod restored;
mod revocation;
mod servers;
mod service;
mod subjects;

pub use authorities::Member;
pub use parts::Parts;
pub use restored::restored;
pub use service::routes::router;
pub use service::{Configured, Fault, Service};

#[cfg(test)]
mod tests;
