//! The program on files that are wrong.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

extern crate alloc;

mod arc;
mod command;
mod curve;
mod mpin;
mod p2p;
mod privacypass;
mod tweak;
mod voprf;
mod wire;
