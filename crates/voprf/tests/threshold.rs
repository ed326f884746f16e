//! Keys that several issuers share.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

mod threshold {
    mod agreement;
    mod council;
    mod frozen;
    mod joint;
    mod lies;
    mod renewal;
    mod repeating_generator;
    mod secrecy;
    mod sessions;
    mod support;
}
