//! The protocol from both ends: what logs in, and everything that must not.

mod attempts;
mod batch;
mod clocks;
mod cookies;
mod device_keys;
mod distance;
mod encodings;
mod factors;
mod fixture;
mod forge;
mod full;
mod hung_up;
mod keys;
mod leaks;
mod login;
mod names;
mod nonces;
mod oracle;
mod passphrases;
mod permits;
mod refusals;
mod small_order;
mod tokens;
