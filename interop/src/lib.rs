#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod client;
mod connection;
mod server;
mod settings;

pub use client::Client;
pub use connection::{ConnectError, Connection};
pub use server::Server;
pub use settings::builder;

#[cfg(test)]
mod tests;
