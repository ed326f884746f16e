//! Puts up and reads messages of a board.

use reqwest::Method;

use crate::client::transport::{Ask, CallError, Endpoint};
use crate::forms::{BODY_MAX, MESSAGE_MAX, NamesAnswer};
use crate::name::Name;

/// A board, which needs no trust: what is not the message of its name is dropped here, and what is no message of
/// a plan is dropped by whoever reads it.
#[derive(Clone, Debug)]
pub struct BoardClient(Endpoint);

impl BoardClient {
    /// The board at an endpoint.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> Self {
        Self(endpoint)
    }

    /// Puts a message up. One that is there already stays.
    ///
    /// # Errors
    /// [`CallError`]; so for all methods below.
    pub async fn put(&self, message: &[u8]) -> Result<Name, CallError> {
        let name = Name::of(message);
        let ask = Ask {
            method: Method::PUT,
            path: &["v1", "messages", &name.to_string()],
            query: &[],
            body: Some(("application/octet-stream", message.to_vec())),
            authorization: None,
            most: BODY_MAX,
        };
        self.0.ask(&ask).await.map(|_| name)
    }

    /// Names that come after one, or the first names.
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::Answer`] for names out of order, with which reading would never end.
    pub async fn names(&self, after: Option<Name>) -> Result<NamesAnswer, CallError> {
        let after = after.map(|name| name.to_string());
        let query: Vec<(&str, &str)> = after.iter().map(|name| ("after", name.as_str())).collect();
        let ask = Ask {
            method: Method::GET,
            path: &["v1", "messages"],
            query: &query,
            body: None,
            authorization: None,
            most: BODY_MAX,
        };
        let answer: NamesAnswer = self.0.form(&ask).await?;
        let names = answer.names.as_slice();
        let ascending = names
            .iter()
            .zip(names.iter().skip(1))
            .all(|(one, next)| one < next);
        let later =
            after.is_none_or(|after| names.first().is_none_or(|first| first.to_string() > after));
        let goes_on = !answer.more || !names.is_empty();
        (ascending && later && goes_on)
            .then_some(answer)
            .ok_or(CallError::Answer)
    }

    /// A message; `None` if the board does not have it, or has something else under its name.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get(&self, name: Name) -> Result<Option<Vec<u8>>, CallError> {
        let ask = Ask {
            method: Method::GET,
            path: &["v1", "messages", &name.to_string()],
            query: &[],
            body: None,
            authorization: None,
            most: MESSAGE_MAX,
        };
        match self.0.ask(&ask).await {
            Ok(message) => Ok(Some(message).filter(|message| Name::of(message) == name)),
            Err(CallError::Problem(problem)) if problem.status == 404 => Ok(None),
            Err(CallError::Answer) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
