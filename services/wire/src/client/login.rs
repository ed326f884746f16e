//! Asks a login service.

use reqwest::Method;

use crate::bounded::Blob;
use crate::client::transport::{Ask, CallError, Endpoint, Who, json};
use crate::forms::BODY_MAX;
use crate::login::agreements::{AgreementAnswer, AgreementRequest, ConfirmRequest};
use crate::login::names::ClientId;
use crate::login::{
    ChallengeAnswer, LoginAnswer, LoginRequest, LookAnswer, LookRequest, RedeemAnswer,
    RedeemRequest, SignatureAnswer, SignatureRequest,
};

/// A login service. No cookie of a session is kept: this is for devices and applications, not for browsers.
#[derive(Clone, Debug)]
pub struct LoginClient(Endpoint);

/// How an application says who it is: the secret that the operator gave to it.
#[derive(Clone)]
pub struct ClientCredentials {
    id: ClientId,
    secret: Blob<32>,
}

impl ClientCredentials {
    /// An application's id and secret.
    #[must_use]
    pub const fn new(id: ClientId, secret: Blob<32>) -> Self {
        Self { id, secret }
    }
}

impl core::fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ClientCredentials")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl LoginClient {
    /// The service at an endpoint.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> Self {
        Self(endpoint)
    }

    /// A challenge to answer.
    ///
    /// # Errors
    /// [`CallError`]; so for all methods below.
    pub async fn challenge(&self) -> Result<ChallengeAnswer, CallError> {
        let ask = ask(Method::GET, &["v1", "challenge"], None);
        self.0.form(&ask).await
    }

    /// Logs in. The proof counts once: after a failure on the way nobody knows whether it has been counted, so the answer to
    /// that is another challenge and another proof.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn login(&self, request: &LoginRequest) -> Result<LoginAnswer, CallError> {
        let ask = ask(Method::POST, &["v1", "login"], json(request)?);
        self.0.form_begun_once(&ask, None).await
    }

    /// Begins a login that agrees on a key: the answer has the server's half. It counts once, as a login does.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn agree(&self, request: &AgreementRequest) -> Result<AgreementAnswer, CallError> {
        let ask = ask(Method::POST, &["v1", "agreements"], json(request)?);
        self.0.form_begun_once(&ask, None).await
    }

    /// Ends a login that agrees on a key, once the server's half has been found good. It counts once, as a login does.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn confirm(&self, request: &ConfirmRequest) -> Result<LoginAnswer, CallError> {
        let path = ["v1", "agreements", "confirm"];
        let ask = ask(Method::POST, &path, json(request)?);
        self.0.form_begun_once(&ask, None).await
    }

    /// Submits a signature. It counts once, as a login does.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn sign(&self, request: &SignatureRequest) -> Result<SignatureAnswer, CallError> {
        let ask = ask(Method::POST, &["v1", "signatures"], json(request)?);
        self.0.form_begun_once(&ask, None).await
    }

    /// What a number stands for, to be shown before the person confirms.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn look(&self, request: &LookRequest) -> Result<LookAnswer, CallError> {
        let ask = ask(Method::POST, &["v1", "handoffs", "look"], json(request)?);
        self.0.form_begun_once(&ask, None).await
    }

    /// Redeems a login code, once.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn redeem(
        &self,
        credentials: &ClientCredentials,
        request: &RedeemRequest,
    ) -> Result<RedeemAnswer, CallError> {
        let ask = ask(Method::POST, &["v1", "codes", "redeem"], json(request)?);
        let secret = credentials.secret.to_text();
        let who = Who::Client {
            id: credentials.id.as_str(),
            secret: &secret,
        };
        self.0.form_begun_once(&ask, Some(who)).await
    }
}

fn ask<'a>(method: Method, path: &'a [&'a str], body: Option<(&'static str, Vec<u8>)>) -> Ask<'a> {
    Ask {
        method,
        path,
        query: &[],
        body,
        authorization: None,
        most: BODY_MAX,
    }
}
