//! The protocol from both ends: what logs in, and everything that must not.

mod encodings;
mod factors;
mod fixture;
mod leaks;
mod login;
mod permits;
mod refusals;
mod small_order;
mod stores;
