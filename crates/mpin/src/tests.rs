//! The protocol from both ends: what logs in, and everything that must not.

mod factors;
mod fixture;
mod keys;
mod login;
mod names;
mod passphrases;
mod tokens;
