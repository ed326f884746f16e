//! No secret is left in memory that was given back to the allocator.

#![forbid(unsafe_code)]
#![allow(
    clippy::unnecessary_box_returns,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests, which clippy does not take for tests"
)]

extern crate alloc;

#[cfg(feature = "compat")]
#[path = "memory/compat.rs"]
mod compat;
#[path = "memory/devices.rs"]
mod devices;
#[path = "memory/logins.rs"]
mod logins;
#[path = "memory/tokens.rs"]
mod tokens;
#[path = "memory/world.rs"]
mod world;

use milagro_freed_memory::{Recorder, Secret, record};

#[global_allocator]
static ALLOCATOR: Recorder = Recorder;

/// Runs a flow, and lists where it left what it says is secret.
fn leaks<T>(flow: impl FnOnce() -> T, secrets: impl FnOnce(T) -> Vec<Secret>) -> Vec<String> {
    let (result, freed) = record(flow);
    freed.leaks(&secrets(result))
}

/// Every flow gives what it dealt with as it ends, so that the search knows what to look for.
type Flow = (&'static str, fn() -> Vec<String>);

#[test]
fn allocator_finds_no_secret() {
    let mut flows: Vec<Flow> = Vec::new();
    flows.extend(tokens::FLOWS);
    flows.extend(logins::FLOWS);
    flows.extend(devices::FLOWS);
    #[cfg(feature = "compat")]
    flows.extend(compat::FLOWS);
    for (name, flow) in flows {
        let found = flow();
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}

/// The search finds a secret that is left behind in the forms that these flows have it in.
#[test]
fn planted_leaks_are_found() {
    for (name, flow) in tokens::PLANTS {
        assert_ne!(flow(), [""; 0], "{name}");
    }
}
