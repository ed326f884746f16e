//! Private database servers on free ports, in directories of their own, for the tests of stores; and the loads
//! that every store is put under.
//!
//! A server is killed when its value is dropped. What a killed test binary leaves behind stands below
//! `MILAGRO_STORES_DIR`, with a file `pid` in each server's directory, where `.ci/run stores` finds it.

#![forbid(unsafe_code)]

extern crate alloc;

pub mod clocks;
pub mod cuts;
pub mod directory;
pub mod drill;
pub mod faults;
pub mod hang_ups;
pub mod load;
pub mod measure;
pub mod phone;
pub mod postgres;
pub mod process;
pub mod redis;
pub mod suite;
