//! The main job on a napkin: people register, log in, mistype, get robbed and move on, over TCP on this
//! machine, and every step is printed after it has been checked.
//!
//! ```text
//! cargo run --release --example napkin
//! ```
//!
//! The exit code is 0 only if everything went as it should. To see it fail, give the PIN that Alice types at
//! her first login: `cargo run --release --example napkin -- 0000`.
#![forbid(unsafe_code)]
#![expect(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "a program, not a library"
)]

use std::process::ExitCode;

use napkin::chapters;
use napkin::story::{Outcome, Story};
use napkin::world::World;

mod napkin {
    pub(crate) mod board;
    pub(crate) mod chapters;
    pub(crate) mod clock;
    pub(crate) mod council;
    pub(crate) mod dta;
    pub(crate) mod guard;
    pub(crate) mod mint;
    pub(crate) mod phone;
    pub(crate) mod post;
    pub(crate) mod seal;
    pub(crate) mod server;
    pub(crate) mod signers;
    pub(crate) mod station;
    pub(crate) mod story;
    pub(crate) mod turnstile;
    pub(crate) mod wire;
    pub(crate) mod world;
}

/// The PIN that Alice picks.
const PIN: &str = "2580";

fn main() -> ExitCode {
    let typed = std::env::args().nth(1).unwrap_or_else(|| PIN.to_owned());
    match tell(&typed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn tell(typed: &str) -> Outcome<()> {
    let mut story = Story::default();
    let mut world = World::found(&mut story)?;
    let mut alice = chapters::registers(&mut story, &world, PIN)?;
    chapters::logs_in(&mut story, &world, &mut alice, typed)?;
    chapters::refuses(&mut story, &world, &alice, PIN)?;
    chapters::shrugs(&mut story, &world, &alice, PIN)?;
    chapters::changes_her_pin(&mut story, &world, &mut alice, PIN)?;
    chapters::mistypes(&mut story, &world, &alice, PIN)?;
    chapters::counts_all(&mut story, &world, &alice, PIN)?;
    chapters::agrees(&mut story, &world, &alice, PIN)?;
    chapters::crowds(&mut story, &world, &alice)?;
    let mut bob = chapters::sleeps(&mut story, &mut world)?;
    let wallet = chapters::draws(&mut story, &world, &alice, PIN)?;
    chapters::spends(&mut story, &world, wallet)?;
    chapters::revokes(&mut story, &mut world, (&mut alice, PIN), &mut bob)?;
    chapters::renews(&mut story, &mut world, &alice, PIN)?;
    chapters::talk(&mut story, &world)?;
    story.end();
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the story ends badly")]
fn complain(error: &str) {
    eprintln!("\n{error}");
}
