#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod account;
mod charge;
pub mod conformance;
mod kind;
mod ledger;
pub mod memory;
pub mod records;
pub mod rules;
pub mod tally;
mod unspent;

pub use account::{Account, Life};
pub use charge::{Charge, Claim, Grant, Usage, Verdict};
pub use kind::Kind;
pub use ledger::{Answer, InPlace, Ledger, LedgerId, LocalLedger, Unavailable};
pub use rand_core;
pub use records::Records;
pub use unspent::{Paid, Refused, Unspent};
