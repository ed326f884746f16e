//! Parameters of requests, from queries and from bodies (RFC 6749, appendix B).

use alloc::collections::BTreeMap;

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;

use crate::error::{OAuthError, Word};

/// Most bytes of a request.
const BYTES_MAX: usize = 1 << 15;
/// Most parameters.
const COUNT_MAX: usize = 64;

/// Parameters, each once (RFC 6749, section 3.1).
#[derive(Clone, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

milagro_base::opaque_debug!(Params);

impl Params {
    /// Reads a text of the type `application/x-www-form-urlencoded`.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, OAuthError> {
        let malformed = |words| OAuthError::new(Word::InvalidRequest, words);
        if text.len() > BYTES_MAX {
            return Err(malformed("too long"));
        }
        let mut params = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            if params.len() >= COUNT_MAX {
                return Err(malformed("too many parameters"));
            }
            if params
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return Err(malformed("a parameter comes twice"));
            }
        }
        // One without a value counts as left out.
        params.retain(|_, value| !value.is_empty());
        Ok(Self(params))
    }

    /// Those of a body.
    pub(crate) async fn of(request: Request) -> Result<Self, OAuthError> {
        let malformed = |words| OAuthError::new(Word::InvalidRequest, words);
        let kind = request.headers().get(CONTENT_TYPE);
        let kind = kind
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(malformed("the body is no form"));
        }
        let body = to_bytes(request.into_body(), BYTES_MAX).await;
        Self::parse(&body.map_err(|_| malformed("the body is too long"))?)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value, or an error that names what is missing.
    pub(crate) fn need(&self, name: &'static str) -> Result<&str, OAuthError> {
        let missing = || OAuthError::new(Word::InvalidRequest, name);
        self.get(name).ok_or_else(missing)
    }

    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// The words of a value that is a list.
    pub(crate) fn words(&self, name: &str) -> Vec<&str> {
        let value = self.get(name).unwrap_or_default();
        value.split(' ').filter(|word| !word.is_empty()).collect()
    }

    /// As a query, or a body, again.
    pub(crate) fn to_text(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }
}
