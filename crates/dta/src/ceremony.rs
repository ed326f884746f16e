#![doc = include_str!("../docs/ceremony.md")]

mod blame;
mod board;
mod commit;
mod confirm;
mod dispute;
mod envelope;
mod fault;
mod join;
mod message;
mod open;
mod plan;
mod progress;
mod repair;
mod result;
mod seat;
mod survey;
#[cfg(test)]
mod tests;

pub use blame::proven;
pub use board::{Board, Refused};
pub use fault::{Fault, Offence};
pub use message::{Party, Step};
pub use plan::{Plan, PlanDigest, PlanError};
pub use progress::{LogError, Progress, advance, exclude};
pub use result::Outcome;
pub use seat::{Seat, SeatError, Seed};
pub use survey::{Ended, Waiting, Why};
