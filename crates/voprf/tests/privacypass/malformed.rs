//! Whatever can be wrong with what arrives, each with its error.

mod directories;
mod headers;
mod keys;
mod messages;
