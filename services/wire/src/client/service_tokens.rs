//! Asks an OpenID provider for tokens of a service's own.

use core::fmt;

use form_urlencoded::Serializer;
use reqwest::Method;
use serde::Deserialize;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::client::transport::{Ask, CallError, Endpoint};
use crate::forms::BODY_MAX;
use crate::login::names::ClientId;

/// The endpoint for services of an OpenID provider (RFC 6749, section 4.4). Who asks is told by the endpoint's connection, whose
/// TLS shows an identity (`milagro_tls::raw_keys::client_config`).
#[derive(Clone, Debug)]
pub struct ServiceTokenClient {
    endpoint: Endpoint,
    id: ClientId,
}

/// What a token is to be for.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct TokenWanted<'a> {
    /// Scopes; none: all that the client has.
    pub scopes: &'a [String],
    /// The resource server, which may be left out where the client has one alone.
    pub resource: Option<&'a str>,
}

/// An access token. Wiped when dropped.
#[derive(Clone, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct ServiceToken {
    access_token: String,
    #[zeroize(skip)]
    expires_in: u64,
    #[zeroize(skip)]
    scope: String,
}

impl ServiceTokenClient {
    /// The client of that id at an endpoint.
    #[must_use]
    pub const fn new(endpoint: Endpoint, id: ClientId) -> Self {
        Self { endpoint, id }
    }

    /// A fresh token. Nothing is used up, so it is asked for again while that may help.
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::Refused`] says which part of the request is refused.
    pub async fn token(&self, wanted: TokenWanted<'_>) -> Result<ServiceToken, CallError> {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials")
            .append_pair("client_id", self.id.as_str());
        if !wanted.scopes.is_empty() {
            form.append_pair("scope", &wanted.scopes.join(" "));
        }
        if let Some(resource) = wanted.resource {
            form.append_pair("resource", resource);
        }
        let body = form.finish().into_bytes();
        let ask = Ask {
            method: Method::POST,
            path: &["oauth", "token"],
            query: &[],
            body: Some(("application/x-www-form-urlencoded", body)),
            authorization: None,
            most: BODY_MAX,
        };
        self.endpoint.form(&ask).await
    }
}

impl ServiceToken {
    /// The token, as it goes behind `Authorization: Bearer`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.access_token
    }

    /// For how many seconds it is good.
    #[must_use]
    pub const fn expires_in(&self) -> u64 {
        self.expires_in
    }

    /// Its scopes, with spaces between them.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.scope
    }
}

impl fmt::Debug for ServiceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceToken")
            .field("expires_in", &self.expires_in)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
