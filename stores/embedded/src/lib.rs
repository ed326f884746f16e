#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod book;
mod error;
mod file;
mod meta;
mod open;
mod shelf;
mod store;
mod watch;
mod witness;
mod writer;

pub use error::OpenError;
pub use file::Settings;
pub use milagro_store::{Event, Observer, Outcome};
pub use open::{Found, init, look, open, restore};
pub use store::EmbeddedStore;
pub use watch::Counters;

#[cfg(test)]
mod tests;
