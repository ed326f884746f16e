//! Asks a registrar what administrators and the login service ask.

use milagro_mpin::Identity;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{ClientBuilder, Method};

use crate::bounded::{Blob, Text, TooLong};
use crate::client::transport::{Ask, CallError, Endpoint, json};
use crate::forms::registrar::{
    CodeAnswer, NewsRequest, PermitUserAnswer, PushAnswer, ServerAnswer, ServerRequest,
    SubjectForm, SubjectsAnswer, USER_MAX, UserRequest,
};
use crate::forms::{BODY_MAX, IDENTITY_MAX};

/// A registrar's side for administrators and the login service. Its endpoint has a client that brings the key:
/// [`Self::with_key`].
#[derive(Clone, Debug)]
pub struct RegistrarAdmin(Endpoint);

impl RegistrarAdmin {
    /// The registrar at an endpoint.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> Self {
        Self(endpoint)
    }

    /// A builder of clients that bring the administrators' key with each request.
    ///
    /// # Errors
    /// [`CallError::Answer`], which 32 bytes never give.
    pub fn with_key(builder: ClientBuilder, key: &[u8; 32]) -> Result<ClientBuilder, CallError> {
        let text = Blob::<32>::new(*key)
            .map_err(|TooLong| CallError::Answer)?
            .to_text();
        let value = HeaderValue::from_str(&format!("Bearer {text}"));
        let mut value = value.map_err(|_| CallError::Answer)?;
        value.set_sensitive(true);
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
        Ok(builder.default_headers(headers))
    }

    /// An activation code for a user.
    ///
    /// # Errors
    /// [`CallError`]; so for all methods below.
    pub async fn code(&self, user: Text<USER_MAX>) -> Result<CodeAnswer, CallError> {
        let body = json(&UserRequest { user })?;
        self.0
            .form(&Ask {
                body,
                ..post(&["v1", "codes"])
            })
            .await
    }

    /// The live devices of a user.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn devices(&self, user: &Text<USER_MAX>) -> Result<SubjectsAnswer, CallError> {
        let query = [("user", user.as_str())];
        let ask = Ask {
            method: Method::GET,
            query: &query,
            most: 1 << 19,
            ..post(&["v1", "subjects"])
        };
        self.0.form(&ask).await
    }

    /// A code for another device of a subject that is logged in.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn code_for_device(&self, subject: &Identity) -> Result<CodeAnswer, CallError> {
        let subject = text(subject)?;
        self.0
            .form(&post(&["v1", "subjects", &subject, "code"]))
            .await
    }

    /// Says that a subject has logged in.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn logged_in(&self, subject: &Identity) -> Result<(), CallError> {
        let subject = text(subject)?;
        self.0
            .ask(&post(&["v1", "subjects", &subject, "login"]))
            .await
            .map(|_| ())
    }

    /// Whether a subject may log in now.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn may_log_in(&self, subject: &Identity) -> Result<PermitUserAnswer, CallError> {
        let subject = text(subject)?;
        self.0
            .form(&post(&["v1", "subjects", &subject, "permission"]))
            .await
    }

    /// Has a user told of something by mail, or by the application.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn tell(&self, news: &NewsRequest) -> Result<(), CallError> {
        let ask = Ask {
            body: json(news)?,
            ..post(&["v1", "news"])
        };
        self.0.ask(&ask).await.map(|_| ())
    }

    /// The shares of a server's secret, for a key that is stored.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn server(&self, request: &ServerRequest) -> Result<ServerAnswer, CallError> {
        let ask = Ask {
            body: json(request)?,
            most: 1 << 20,
            ..post(&["v1", "servers"])
        };
        self.0.form(&ask).await
    }

    /// Removes a subject.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn remove(&self, subject: &Identity) -> Result<SubjectForm, CallError> {
        let subject = text(subject)?;
        self.0
            .form(&post(&["v1", "subjects", &subject, "remove"]))
            .await
    }

    /// Takes the removal of a subject back.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn restore(&self, subject: &Identity) -> Result<SubjectForm, CallError> {
        let subject = text(subject)?;
        self.0
            .form(&post(&["v1", "subjects", &subject, "restore"]))
            .await
    }

    /// Makes the next list where there is anything new, and gives the last one to every authority.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn push(&self) -> Result<PushAnswer, CallError> {
        self.0.form(&post(&["v1", "list"])).await
    }

    /// Publishes the bulletins that are due.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn publish(&self) -> Result<(), CallError> {
        self.0.ask(&post(&["v1", "bulletins"])).await.map(|_| ())
    }
}

fn text(subject: &Identity) -> Result<String, CallError> {
    let bytes = Blob::<IDENTITY_MAX>::new(subject.to_bytes());
    Ok(bytes.map_err(|TooLong| CallError::Answer)?.to_text())
}

const fn post<'a>(path: &'a [&'a str]) -> Ask<'a> {
    Ask {
        authorization: None,
        method: Method::POST,
        path,
        query: &[],
        body: None,
        most: BODY_MAX,
    }
}
