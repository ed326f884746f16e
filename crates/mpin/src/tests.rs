//! The protocol from both ends: what logs in, and everything that must not.

mod attempts;
mod batch;
mod device_keys;
mod encodings;
mod factors;
mod fixture;
mod full;
mod full_forms;
mod guesses;
mod keys;
mod leaks;
mod login;
mod names;
mod one_pass;
mod openings;
mod passphrases;
mod permits;
mod refusals;
mod small_order;
mod stores;
mod tokens;
