//! The key exchanges.

mod frame;
mod schedule;
