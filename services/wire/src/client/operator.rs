//! Asks a service's routes for its operator.

use reqwest::Method;
use serde_json::Value;

use crate::bounded::Blob;
use crate::client::transport::{Ask, CallError, Endpoint, Who, json};

/// The longest answer: a page of names, or the devices of a user.
const ANSWER_MAX: usize = 1 << 20;

/// The operator's routes of a service, with the operator's key.
#[derive(Clone)]
pub struct OperatorClient {
    endpoint: Endpoint,
    key: Blob<32>,
}

/// What is done with something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Verb {
    /// Looks at it.
    Get,
    /// Does something with it.
    Post,
    /// Puts it there.
    Put,
    /// Takes it away.
    Delete,
}

impl OperatorClient {
    /// The routes at an endpoint.
    #[must_use]
    pub const fn new(endpoint: Endpoint, key: Blob<32>) -> Self {
        Self { endpoint, key }
    }

    /// Asks, and asks again only where the service says that it has not begun. [`Value::Null`] for an answer without a body.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn ask(
        &self,
        verb: Verb,
        path: &[&str],
        form: Option<&Value>,
    ) -> Result<Value, CallError> {
        let body = form.map_or(Ok(None), json)?;
        self.call(&Ask {
            method: match verb {
                Verb::Get => Method::GET,
                Verb::Post => Method::POST,
                Verb::Put => Method::PUT,
                Verb::Delete => Method::DELETE,
            },
            path,
            query: &[],
            body,
            most: ANSWER_MAX,
        })
        .await
    }

    /// A page of names that come after one.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn names(&self, path: &[&str], after: &str) -> Result<Value, CallError> {
        self.call(&Ask {
            method: Method::GET,
            path,
            query: &[("after", after)],
            body: None,
            most: ANSWER_MAX,
        })
        .await
    }

    async fn call(&self, ask: &Ask<'_>) -> Result<Value, CallError> {
        let key = self.key.to_text();
        let who = Some(Who::Bearer(&key));
        let answer = self.endpoint.begun_once(ask, who).await?;
        if answer.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&answer).map_err(|_| CallError::Answer)
    }
}

impl core::fmt::Debug for OperatorClient {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("OperatorClient")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}
