//! TLS-PSK with the programs that people have, on this machine's loopback. A program that is not installed skips its
//! tests, each by name; `MILAGRO_REQUIRE_INTEROP=1` makes it a failure.

#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

extern crate alloc;

mod gnutls;
mod mosquitto;
mod openssl;
mod ours;
mod pair;
mod program;
