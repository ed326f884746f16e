//! Shares, sessions, lists and boards over records that fail wherever they can.

mod boards;
mod crashes;
mod effects;
mod hand_overs;
mod queue;
mod records;
mod repeats;
mod shares;
