//! The protocol from both ends: what logs in, and everything that must not.

mod attempts;
mod batch;
mod clocks;
mod cookies;
mod device_keys;
mod factors;
mod fixture;
mod forge;
mod full;
mod keys;
mod login;
mod names;
mod nonces;
mod oracle;
mod passphrases;
mod small_order;
mod tokens;
