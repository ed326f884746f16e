//! Privacy Pass from challenge to spent token, and what goes wrong between.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

extern crate alloc;

mod privacypass {
    mod attacks;
    mod bytes;
    mod flow;
    mod grease;
    mod malformed;
    mod messages;
    mod rotation;
    mod support;
}
