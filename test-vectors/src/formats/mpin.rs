//! Logins of the older M-Pin libraries.

mod keys;
mod login;
mod milagro_login;
mod milagro_runs;
mod miracl_core;
mod run;

pub(super) use milagro_login::{OWN as MILAGRO_LOGIN, PUBLISHED as MILAGRO_LOGIN_PUBLISHED};
pub(super) use milagro_runs::{OWN as MILAGRO_RUNS, PUBLISHED as MILAGRO_RUNS_PUBLISHED};
pub(super) use miracl_core::{OWN as MIRACL_CORE, PUBLISHED as MIRACL_CORE_PUBLISHED};

/// The result codes of the older libraries.
const ACCEPTED: i64 = 0;
const REFUSED: i64 = -19;
