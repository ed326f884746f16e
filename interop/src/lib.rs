#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

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
