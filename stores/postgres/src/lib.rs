#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod attempt;
mod columns;
mod days;
mod failure;
mod floors;
mod identity;
mod ledger;
mod link;
mod open;
mod question;
mod records;
mod rows;
mod schema;
mod settings;
mod settle;

pub use milagro_store as store;
pub use open::Postgres;
pub use settings::{Isolation, Settings, SettingsError, Transport};
