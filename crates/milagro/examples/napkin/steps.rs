//! The story, chapter by chapter.

mod agreement;
mod authorities;
mod login;
mod mistakes;
mod refusals;
mod registration;
mod rush;
mod services;
mod tokens;

pub(crate) use agreement::agrees;
pub(crate) use authorities::{renews, revokes, sleeps};
pub(crate) use login::{changes_her_pin, logs_in};
pub(crate) use mistakes::{counts_all, mistypes};
pub(crate) use refusals::{refuses, shrugs};
pub(crate) use registration::registers;
pub(crate) use rush::crowds;
pub(crate) use services::talk;
pub(crate) use tokens::{draws, spends};
