//! The story, chapter by chapter.

mod login;
mod refusals;
mod registration;
mod tokens;

pub(crate) use login::{changes_her_pin, logs_in};
pub(crate) use refusals::{refuses, shrugs};
pub(crate) use registration::registers;
pub(crate) use tokens::{draws, spends};
