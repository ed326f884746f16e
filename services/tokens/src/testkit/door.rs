//! Whom to believe in tests, and whom not.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::routing::{get, post};
use milagro_base::Seconds;
use milagro_voprf::tokens::schedule::SignedSchedule;

use crate::authenticate::{Authenticate, Unauthenticated, UserHash};

/// Believes every name in the header `Authorization`.
#[derive(Clone, Copy, Debug)]
pub struct ByName;

impl Authenticate for ByName {
    fn user(&self, head: &Parts, _: Seconds) -> Result<UserHash, Unauthenticated> {
        let name = head
            .headers
            .get(AUTHORIZATION)
            .ok_or(Unauthenticated::Missing)?;
        let mut user = [0; 32];
        for (to, from) in user.iter_mut().zip(name.as_bytes()) {
            *to = *from;
        }
        Ok(UserHash::from_bytes(user))
    }

    fn challenge(&self) -> HeaderValue {
        HeaderValue::from_static("Name")
    }
}

/// A service that shows this schedule, and gives everybody this answer.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct Crooked {
    /// What it says its keys are.
    pub schedule: SignedSchedule,
    /// What it answers.
    pub answer: Vec<u8>,
}

impl Crooked {
    /// Its routes, for a tenant of any name.
    pub fn router(self) -> Router {
        let schedule = async |State(own): State<Self>| Bytes::from(own.schedule.to_bytes());
        let issue = async |State(own): State<Self>| Bytes::from(own.answer);
        Router::new()
            .route("/v1/{tenant}/schedule", get(schedule))
            .route("/v1/{tenant}/issue", post(issue))
            .with_state(self)
    }
}
