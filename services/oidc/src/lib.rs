#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod admin;
mod authenticate;
mod authorize;
pub mod browser;
pub mod clients;
mod discovery;
mod documents;
mod door;
mod error;
mod forms;
mod grants;
mod inspect;
mod jwt;
pub mod keys;
mod kinds;
mod logout;
mod notes;
mod page;
mod params;
mod pay;
mod push;
mod rates;
mod redeem;
mod request;
mod routes;
mod service;
mod service_tokens;
pub mod services;
mod settings;
mod shelf;
mod tell;
mod tokens;

pub use browser::Browser;
pub use documents::document;
pub use grants::{CODE_LIFE, REFRESH_LIFE};
pub use push::PUSHED_LIFE;
pub use rates::Rates;
pub use routes::router;
pub use service::{Fault, Parts, Service};
pub use settings::{Issuer, NoIssuer, Settings};

#[cfg(test)]
mod tests;
