#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod bounded;
#[cfg(feature = "client")]
pub mod client;
pub mod forms;
pub mod login;
pub mod name;
pub mod problem;
#[cfg(feature = "server")]
pub mod server;

#[cfg(test)]
mod tests;
