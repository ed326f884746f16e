//! Logins over HTTP, and what attacks come to.

mod canaries;
mod codes;
mod copies;
mod damage;
pub(crate) mod fixture;
mod handoffs;
mod logins;
mod operator;
mod sessions;
mod strangers;
mod typed;
