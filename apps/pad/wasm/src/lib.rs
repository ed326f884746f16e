#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

extern crate alloc;

pub mod call;
#[cfg(feature = "enrol")]
pub mod enrol;
mod exports;
#[cfg(feature = "login")]
pub mod login;
#[cfg(feature = "permits")]
pub mod permits;
#[cfg(any(feature = "login", feature = "enrol", feature = "tokens"))]
mod seeded;
mod shared;
#[cfg(feature = "tokens")]
pub mod tokens;
