//! The registrar's way to the login service: the operator's routes.

use milagro_ledger::Answer;
use milagro_mpin::Identity;
use milagro_registrar::logins::Logins;
use milagro_wire::bounded::Blob;
use milagro_wire::client::{OperatorClient, Verb};
use milagro_wire::forms::IDENTITY_MAX;
use milagro_wire::forms::registrar::FirstCookie;
use milagro_wire::login::names::UserName;
use milagro_wire::problem::{Problem, ProblemType};
use serde_json::{Value, json};

use crate::directory::sent_key;
use crate::exit::Outcome;
use crate::links::{Other, endpoint, problem};
use crate::tls;

/// A login service that listens for its operator somewhere.
#[derive(Debug)]
pub(crate) struct LoginService(OperatorClient);

impl LoginService {
    /// As the settings have it, if they do.
    pub(crate) fn of(other: &Other<'_>) -> Outcome<Option<Self>> {
        let Some((address, key)) = other.given()? else {
            return Ok(None);
        };
        let endpoint = endpoint(other, address, tls::client(other.roots)?)?;
        let key = sent_key(key)?;
        Ok(Some(Self(OperatorClient::new(endpoint, key))))
    }

    async fn ask(
        &self,
        path: &[&str],
        user: &UserName,
        subject: &Identity,
    ) -> Result<Value, Problem> {
        let identity = Blob::<IDENTITY_MAX>::new(subject.to_bytes());
        let identity = identity.map_err(|_| ProblemType::Internal)?;
        let form = json!({ "user": user, "identity": identity });
        let asked = self.0.ask(Verb::Post, path, Some(&form)).await;
        asked.map_err(problem)
    }
}

impl Logins for LoginService {
    fn enrol<'a>(
        &'a self,
        user: &'a UserName,
        subject: &'a Identity,
    ) -> Answer<'a, Result<FirstCookie, Problem>> {
        Box::pin(async move {
            let mut said = self.ask(&["admin", "v1", "devices"], user, subject).await?;
            let whose = said.as_object_mut().ok_or(ProblemType::Unavailable)?;
            whose.insert("user".to_owned(), json!(user));
            Ok(serde_json::from_value(said).map_err(|_| ProblemType::Unavailable)?)
        })
    }

    fn set_away<'a>(
        &'a self,
        user: &'a UserName,
        subject: &'a Identity,
        away: bool,
    ) -> Answer<'a, Result<(), Problem>> {
        let last = if away { "away" } else { "back" };
        Box::pin(async move {
            let path = ["admin", "v1", "devices", last];
            self.ask(&path, user, subject).await.map(|_| ())
        })
    }
}
