//! The client-server exchange.

mod altered;
mod edges;
mod frozen;
pub(super) mod ledger;
pub(super) mod moves;
mod points;
mod refusals;
mod replays;
mod runs;
mod static_keys;
pub(super) mod stopped;
pub(super) mod world;
