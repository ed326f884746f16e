//! Other people's bytes.

pub mod acs;
