#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod admin;
mod agreed;
mod agreements;
mod alone;
pub mod browsers;
mod clients;
mod codes;
mod cookies;
mod countersign;
mod device;
mod documents;
mod endings;
mod enrol;
mod gate;
mod guard;
mod handoffs;
mod held;
pub mod keys;
mod kinds;
mod logins;
mod notes;
mod numbers;
mod own;
pub mod pages;
mod pay;
mod permission;
mod permits;
mod poll;
mod purposes;
mod queue;
pub mod registrar;
mod ring;
mod routes;
mod service;
mod sessions;
mod shelf;
mod signatures;
mod statements;
pub mod tell;
mod visits;
mod watch;

pub use codes::CODE_LIFE;
pub use documents::{router, router_beside};
pub use enrol::Enrolled;
pub use queue::Waiting;
pub use service::{Fault, Parts, Service, SessionTimes, Settings};

#[cfg(test)]
mod tests;
