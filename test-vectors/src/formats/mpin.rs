//! Logins of the older M-Pin libraries.

mod keys;
mod login;
mod milagro_login;
mod milagro_runs;
mod miracl_core;
mod run;
mod server;
mod signature;

pub(super) use milagro_login::{OWN as MILAGRO_LOGIN, PUBLISHED as MILAGRO_LOGIN_PUBLISHED};
pub(super) use milagro_runs::{OWN as MILAGRO_RUNS, PUBLISHED as MILAGRO_RUNS_PUBLISHED};
pub(super) use miracl_core::{OWN as MIRACL_CORE, PUBLISHED as MIRACL_CORE_PUBLISHED};
pub(super) use signature::{OWN as MILAGRO_SIGNATURE, Published as SignatureRun};

use crate::Mismatch;

/// The result codes of the older libraries.
const ACCEPTED: i64 = 0;
const REFUSED: i64 = -19;

/// What a result code says.
fn accepted(field: &str, result: i64) -> Result<bool, Mismatch> {
    match result {
        ACCEPTED => Ok(true),
        REFUSED => Ok(false),
        _ => Err(Mismatch::new(field, "neither 0 nor -19")),
    }
}
