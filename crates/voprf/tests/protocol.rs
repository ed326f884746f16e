//! What the parties accept and what they refuse.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

extern crate alloc;

mod protocol {
    mod acs;
    mod attributes;
    mod bls12381;
    pub(crate) mod common;
    mod decoding;
    mod refusals;
    mod repeating_generator;
    mod secrets;
}
