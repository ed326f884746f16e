#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod batch;
mod charge;
mod days;
mod failure;
mod identity;
mod keeper;
mod ledger;
mod link;
mod open;
mod records;
mod restoration;
mod schema;
mod settings;
mod settle;

pub use keeper::Upkeep;
pub use milagro_store as store;
pub use open::Postgres;
pub use restoration::Restoration;
pub use settings::{Isolation, Settings, SettingsError, Transport};
