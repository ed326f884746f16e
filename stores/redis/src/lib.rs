#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod attempt;
mod bucket;
mod failure;
mod fitness;
mod lanes;
mod ledger;
mod line;
mod link;
mod meta;
mod open;
mod packed;
mod patience;
mod records;
mod restore;
mod scripts;
mod settings;
mod shared;

pub use milagro_store as store;
pub use open::Redis;
pub use settings::{Settings, SettingsError, Sync, Transport};
