#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod account;
mod charge;
mod kind;
mod ledger;
mod records;
mod unspent;

pub use account::{Account, Life};
pub use charge::{Charge, Claim, Grant, Usage, Verdict};
pub use kind::Kind;
pub use ledger::{Answer, InPlace, Ledger, LedgerId, LocalLedger, Unavailable};
pub use rand_core;
pub use records::{Entry, Page, Put, Record, Records, Version};
pub use unspent::{Paid, Refused, Unspent};
