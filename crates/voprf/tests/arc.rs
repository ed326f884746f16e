//! ARC from request to charge, and what goes wrong between.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

extern crate alloc;

mod arc {
    mod altered_bytes;
    mod bytes;
    mod counters;
    mod decoding;
    mod forgeries;
    mod ledger;
    mod repeating_generator;
    mod support;
    mod terms;
    mod unlinkable;
}
