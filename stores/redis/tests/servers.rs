//! Against private servers: `.ci/run stores`. A plain `cargo test` ignores them.

#[path = "servers/conformance.rs"]
mod conformance;
#[path = "servers/harness.rs"]
mod harness;
