//! Against private servers: `.ci/run stores`. A plain `cargo test` ignores them.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "figures, with --nocapture")]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "as in the program"
)]

#[path = "servers/weather.rs"]
mod weather;
