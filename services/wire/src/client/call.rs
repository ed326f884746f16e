//! What the client of another service is made of.

use reqwest::Method;
use reqwest::header::HeaderValue;

use crate::client::transport::{Ask, CallError, Endpoint};

/// A body that is sent.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct Posted<'a> {
    /// Its media type.
    pub media_type: &'static str,
    /// The body.
    pub body: &'a [u8],
    /// The header `Authorization`, if there is to be one.
    pub authorization: Option<&'a HeaderValue>,
}

milagro_base::opaque_debug!(Posted<'a>);

/// Where to ask, and how long an answer may be.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct Answered<'a> {
    /// Parts of the path, below the address of the service.
    pub path: &'a [&'a str],
    /// The longest answer in bytes.
    pub most: usize,
}

impl Endpoint {
    /// Gets what stands under a path. Asked again while that may help.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get(&self, answered: Answered<'_>) -> Result<Vec<u8>, CallError> {
        self.ask(&Ask {
            method: Method::GET,
            path: answered.path,
            query: &[],
            body: None,
            authorization: None,
            most: answered.most,
        })
        .await
    }

    /// Sends a body, the same again while that may help: for services that do nothing twice which is asked twice.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn post(
        &self,
        answered: Answered<'_>,
        posted: Posted<'_>,
    ) -> Result<Vec<u8>, CallError> {
        self.ask(&Ask {
            method: Method::POST,
            path: answered.path,
            query: &[],
            body: Some((posted.media_type, posted.body.to_vec())),
            authorization: posted.authorization,
            most: answered.most,
        })
        .await
    }
}
