//! All parts together on one machine: authorities make a key, users register and log in over TCP, attacks fail, tokens
//! are spent, and services speak TLS. Every step is checked and then printed.
//!
//! ```text
//! cargo run --release --example napkin
//! ```
//!
//! The exit code is 0 only if every step has the expected result. To see it fail, give another PIN for Alice's first
//! login: `cargo run --release --example napkin -- 0000`.
#![forbid(unsafe_code)]
#![expect(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "a program, not a library"
)]

use std::process::ExitCode;

use napkin::report::{Outcome, Report};
use napkin::steps;
use napkin::world::World;

mod napkin {
    pub(crate) mod authorities;
    pub(crate) mod batch;
    pub(crate) mod ceremony;
    pub(crate) mod clock;
    pub(crate) mod devices;
    pub(crate) mod dta;
    pub(crate) mod issuer;
    pub(crate) mod phone;
    pub(crate) mod publisher;
    pub(crate) mod redeemer;
    pub(crate) mod report;
    pub(crate) mod seal;
    pub(crate) mod server;
    pub(crate) mod signers;
    pub(crate) mod steps;
    pub(crate) mod wire;
    pub(crate) mod world;
}

/// Alice's PIN.
const PIN: &str = "2580";

fn main() -> ExitCode {
    let typed = std::env::args().nth(1).unwrap_or_else(|| PIN.to_owned());
    match run(&typed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run(typed: &str) -> Outcome<()> {
    let mut report = Report::default();
    let mut world = World::found(&mut report)?;
    let mut alice = steps::register_alice(&mut report, &world, PIN)?;
    steps::log_in(&mut report, &world, &mut alice, typed)?;
    steps::refuse(&mut report, &world, &mut alice, PIN)?;
    steps::refuse_garbage(&mut report, &world, &mut alice, PIN)?;
    steps::change_pin(&mut report, &world, &mut alice, PIN)?;
    steps::count_by_identity(&mut report, &world, &mut alice, PIN)?;
    steps::count_by_device(&mut report, &world, &mut alice, PIN)?;
    steps::find_copy(&mut report, &world, &mut alice, PIN)?;
    steps::agree_on_key(&mut report, &world, &mut alice, PIN)?;
    steps::check_batch(&mut report, &world, &alice)?;
    let mut bob = steps::stop_authorities(&mut report, &mut world)?;
    let wallet = steps::draw_tokens(&mut report, &world, &mut alice, PIN)?;
    steps::spend_tokens(&mut report, &world, wallet)?;
    steps::revoke(&mut report, &mut world, &mut bob)?;
    steps::permit_others(&mut report, &world, (&mut alice, PIN), &mut bob)?;
    steps::renew_shares(&mut report, &mut world, &mut alice, PIN)?;
    steps::talk(&mut report, &world)?;
    report.end();
    Ok(())
}

#[expect(clippy::print_stderr, reason = "a step failed")]
fn print_error(error: &str) {
    eprintln!("\n{error}");
}
