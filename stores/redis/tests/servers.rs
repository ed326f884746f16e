//! Against private servers: `.ci/run stores`. A plain `cargo test` ignores them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "figures, with --nocapture")]

extern crate alloc;

#[path = "servers/attacks.rs"]
mod attacks;
#[path = "servers/clock.rs"]
mod clock;
#[path = "servers/conformance.rs"]
mod conformance;
#[path = "servers/copies.rs"]
mod copies;
#[path = "servers/drill.rs"]
mod drill;
#[path = "servers/failover.rs"]
mod failover;
#[path = "servers/harness.rs"]
mod harness;
#[path = "servers/migration.rs"]
mod migration;
#[path = "servers/replicas.rs"]
mod replicas;
#[path = "servers/rights.rs"]
mod rights;
