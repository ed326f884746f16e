//! Shares, sessions, lists and boards over records that fail wherever they can.

mod boards;
mod crashes;
mod flaky;
mod records;
mod shares;
