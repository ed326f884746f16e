//! Tokens that everybody can check.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

mod public {
    mod batch;
    mod bytes;
    mod frozen;
    mod issue;
    mod malice;
    mod redeem;
    mod support;
}
