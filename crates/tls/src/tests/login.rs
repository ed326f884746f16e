//! The client-server exchange.

mod altered;
mod frozen;
mod points;
mod refusals;
mod replays;
mod runs;
mod static_keys;
pub(super) mod world;
