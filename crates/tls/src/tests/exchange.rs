//! The key exchanges.

mod altered;
mod frame;
mod identities;
mod lists;
mod peer;
mod points;
mod schedule;
mod static_keys;
pub(super) mod world;
