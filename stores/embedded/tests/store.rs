//! The store as an operator meets it: made, opened, copied, restored, full.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

extern crate alloc;

#[path = "store/clock.rs"]
mod clock;
#[path = "store/common.rs"]
mod common;
#[path = "store/copies.rs"]
mod copies;
#[path = "store/damage.rs"]
mod damage;
#[path = "store/groups.rs"]
mod groups;
#[path = "store/room.rs"]
mod room;
#[path = "store/watch.rs"]
mod watch;
