//! A whole fleet over stores of the caller: issuers and redeemers that listen, clients, and the weather report that all of
//! them play together. For tests of stores and of applications; outside SemVer.
//!
//! [`weather`] takes any [`Ledger`](milagro_ledger::Ledger) and [`Records`](milagro_ledger::Records). At full size, by
//! [`Size::FULL`], 100 users draw 10,000 tokens, and each is tried five times at both redeemers.

mod door;
mod fleet;
mod report;

pub use door::{ByName, Crooked};
pub use fleet::{Clock, Failure, Fleet, Ground, Process, Role};
pub use report::{Report, Size, settings, weather};
