//! The ways between a registrar and a login service, each of which knows the other as a trait of its own.

mod logins;
mod registrar;

use std::path::Path;

use milagro_wire::client::{CallError, Endpoint, EndpointError, Patience};
use milagro_wire::problem::{Problem, ProblemType};

use crate::exit::{Failure, Outcome};

pub(crate) use logins::LoginService;
pub(crate) use registrar::RegistrarService;

/// Another service, as the settings have it.
#[derive(Clone, Copy)]
pub(crate) struct Other<'a> {
    /// What the settings call it.
    pub(crate) name: &'static str,
    pub(crate) address: Option<&'a str>,
    pub(crate) key: Option<&'a Path>,
    pub(crate) roots: Option<&'a Path>,
}

impl<'a> Other<'a> {
    /// Its address and its key; `None` where the settings have neither.
    fn given(&self) -> Outcome<Option<(&'a str, &'a Path)>> {
        match (self.address, self.key) {
            (Some(address), Some(key)) => Ok(Some((address, key))),
            (None, None) => Ok(None),
            _ => {
                let name = self.name;
                let words = format!("{name}, {name}-key-file: one wants the other");
                Err(Failure::config(words))
            }
        }
    }

    fn fault(&self, error: &EndpointError) -> Failure {
        Failure::config(format!("{}: {error}", self.name))
    }
}

/// What is asked while somebody waits for a login or a cookie.
const PATIENCE: Patience = Patience {
    tries: 2,
    first: core::time::Duration::from_millis(50),
    most: core::time::Duration::from_millis(500),
    request: core::time::Duration::from_secs(8),
};

/// The problem that a call ends with.
fn problem(error: CallError) -> Problem {
    match error {
        CallError::Problem(problem) => problem,
        error => {
            tracing::warn!(%error, "no answer of another service");
            ProblemType::Unavailable.problem().after(1)
        }
    }
}

fn endpoint(
    other: &Other<'_>,
    address: &str,
    builder: reqwest::ClientBuilder,
) -> Outcome<Endpoint> {
    Endpoint::new(address, builder, PATIENCE).map_err(|error| other.fault(&error))
}
