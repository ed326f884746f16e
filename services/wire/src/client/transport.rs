//! One request, and the same again.

use core::fmt;
use core::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{ClientBuilder, Method, StatusCode, Url, redirect};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::client::retry::Patience;
use crate::forms::BODY_MAX;
use crate::problem::{MEDIA_TYPE, Problem, ProblemType};

/// Where a service is, and how it is asked. No redirect is followed, and no cookie kept.
#[derive(Clone, Debug)]
pub struct Endpoint {
    base: Url,
    client: reqwest::Client,
    patience: Patience,
}

/// Why there is no such endpoint.
#[derive(Debug)]
#[non_exhaustive]
pub enum EndpointError {
    /// No address of the form `https://name[:port][/path]`, or `http://` of this machine; with a user, a query
    /// or a fragment.
    Address,
    /// TLS, or whatever else the client needs, cannot be set up.
    Client(reqwest::Error),
}

/// Why there is no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError {
    /// The service says why.
    Problem(Problem),
    /// An OAuth server says no, in the word of RFC 6749, section 5.2, that comes with the status.
    Refused(u16, String),
    /// The service says no, in no form that is known here.
    Status(u16),
    /// The answer is not what was asked for, or longer than it may be.
    Answer,
    /// The way there or back fails.
    Way(reqwest::Error),
}

/// What is asked.
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    /// Parts of the path, below the address of the service.
    pub(crate) path: &'a [&'a str],
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) body: Option<(&'static str, Vec<u8>)>,
    /// Who asks, where the service wants to know.
    pub(crate) authorization: Option<&'a HeaderValue>,
    /// The longest answer that is read.
    pub(crate) most: usize,
}

/// Who asks, where the service wants to know.
#[derive(Clone, Copy)]
pub(crate) enum Who<'a> {
    /// `Authorization: Basic` (RFC 7617).
    Client { id: &'a str, secret: &'a str },
    /// `Authorization: Bearer` (RFC 6750).
    Bearer(&'a str),
}

impl Endpoint {
    /// A service at an address. The builder brings the roots and keys of TLS; redirects, proxies and times are set here.
    ///
    /// # Errors
    /// [`EndpointError`].
    pub fn new(
        address: &str,
        builder: ClientBuilder,
        patience: Patience,
    ) -> Result<Self, EndpointError> {
        let mut base = Url::parse(address).map_err(|_| EndpointError::Address)?;
        let plain = base.username().is_empty() && base.password().is_none();
        let bare = base.query().is_none() && base.fragment().is_none();
        if !plain || !bare || !is_private(&base) {
            return Err(EndpointError::Address);
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let client = builder
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .timeout(patience.request)
            .connect_timeout(patience.request / 2)
            .build()
            .map_err(EndpointError::Client)?;
        Ok(Self {
            base,
            client,
            patience,
        })
    }

    /// The address, with a slash at its end.
    #[must_use]
    pub fn address(&self) -> &str {
        self.base.as_str()
    }

    /// Asks, and asks again while that may help.
    pub(crate) async fn ask(&self, ask: &Ask<'_>) -> Result<Vec<u8>, CallError> {
        self.patiently(ask, None, CallError::may_pass).await
    }

    /// Asks, with an id and a secret where there are any, for an answer in JSON; again only where the service says that it
    /// has not begun.
    pub(crate) async fn form_begun_once<T: DeserializeOwned>(
        &self,
        ask: &Ask<'_>,
        who: Option<Who<'_>>,
    ) -> Result<T, CallError> {
        let answer = self.begun_once(ask, who).await?;
        serde_json::from_slice(&answer).map_err(|_| CallError::Answer)
    }

    /// As [`Self::form_begun_once`], for the bytes of an answer.
    pub(crate) async fn begun_once(
        &self,
        ask: &Ask<'_>,
        who: Option<Who<'_>>,
    ) -> Result<Vec<u8>, CallError> {
        self.patiently(ask, who, CallError::has_not_begun).await
    }

    async fn patiently(
        &self,
        ask: &Ask<'_>,
        who: Option<Who<'_>>,
        again: fn(&CallError) -> bool,
    ) -> Result<Vec<u8>, CallError> {
        let mut failures: u32 = 0;
        loop {
            let error = match self.ask_once(ask, who).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            failures = failures.saturating_add(1);
            if failures >= self.patience.tries || !again(&error) {
                return Err(error);
            }
            let mut random = [0; 1];
            // Without randomness the pause is as short as it gets.
            let _fixed = getrandom::fill(&mut random);
            let [random] = random;
            let pause = self.patience.pause(failures, error.asked(), random);
            tokio::time::sleep(pause).await;
        }
    }

    /// As [`Self::ask`], for an answer in JSON.
    pub(crate) async fn form<T: DeserializeOwned>(&self, ask: &Ask<'_>) -> Result<T, CallError> {
        let answer = self.ask(ask).await?;
        serde_json::from_slice(&answer).map_err(|_| CallError::Answer)
    }

    async fn ask_once(&self, ask: &Ask<'_>, who: Option<Who<'_>>) -> Result<Vec<u8>, CallError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| CallError::Answer)?
            .pop_if_empty()
            .extend(ask.path);
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(ask.query);
        }
        let mut request = self.client.request(ask.method.clone(), url);
        if let Some(authorization) = ask.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        if let Some((kind, body)) = &ask.body {
            request = request.header(CONTENT_TYPE, *kind).body(body.clone());
        }
        request = match who {
            Some(Who::Client { id, secret }) => request.basic_auth(id, Some(secret)),
            Some(Who::Bearer(token)) => request.bearer_auth(token),
            None => request,
        };
        let response = request.send().await.map_err(CallError::Way)?;
        let status = response.status();
        if status.is_success() {
            return read(response, ask.most).await;
        }
        let is_problem = response.headers().get(CONTENT_TYPE) == Some(&PROBLEM);
        let after = retry_after(response.headers());
        let body = read(response, BODY_MAX).await.unwrap_or_default();
        let problem = serde_json::from_slice::<Problem>(&body).ok();
        Err(
            match problem.filter(|problem| is_problem && problem.status == status.as_u16()) {
                Some(problem) => CallError::Problem(Problem {
                    retry_after: after,
                    ..problem
                }),
                None => match refused(&body) {
                    Some(word) => CallError::Refused(status.as_u16(), word),
                    None => CallError::Status(status.as_u16()),
                },
            },
        )
    }
}

/// A form as a body.
pub(crate) fn json(form: &impl Serialize) -> Result<Option<(&'static str, Vec<u8>)>, CallError> {
    let bytes = serde_json::to_vec(form).map_err(|_| CallError::Answer)?;
    Ok(Some(("application/json", bytes)))
}

/// Reads a body that is no longer than it may be.
async fn read(mut response: reqwest::Response, most: usize) -> Result<Vec<u8>, CallError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(CallError::Way)? {
        if bytes.len().saturating_add(chunk.len()) > most {
            return Err(CallError::Answer);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The word of an OAuth error: letters and underscores, so that nothing else gets into a message.
fn refused(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        error: String,
    }
    let Body { error } = serde_json::from_slice(body).ok()?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    ((1..=64).contains(&error.len()) && error.bytes().all(plain)).then_some(error)
}

fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let value = headers.get(reqwest::header::RETRY_AFTER)?;
    value.to_str().ok()?.parse().ok()
}

/// TLS, or a connection that does not leave this machine.
fn is_private(base: &Url) -> bool {
    let host = base.host_str().unwrap_or_default();
    let own = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    base.scheme() == "https" || (base.scheme() == "http" && own)
}

static PROBLEM: HeaderValue = HeaderValue::from_static(MEDIA_TYPE);

impl CallError {
    /// Whether the same request may be answered later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Problem(problem) => passes(problem.status),
            Self::Status(status) | Self::Refused(status, _) => passes(*status),
            Self::Way(error) => !error.is_builder(),
            Self::Answer => false,
        }
    }

    /// Whether the service says that it has done nothing yet.
    fn has_not_begun(&self) -> bool {
        matches!(
            self,
            Self::Problem(problem)
                if matches!(problem.known(), Some(ProblemType::Busy | ProblemType::Rate))
        )
    }

    fn asked(&self) -> Option<Duration> {
        match self {
            Self::Problem(problem) => problem.retry_after.map(Duration::from_secs),
            _ => None,
        }
    }
}

fn passes(status: u16) -> bool {
    let passing = [
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::BAD_GATEWAY,
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::GATEWAY_TIMEOUT,
    ];
    passing.iter().any(|code| code.as_u16() == status)
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str(
                "not an https address, or an http address of this machine, without user, query and fragment",
            ),
            Self::Client(error) => write!(f, "no client: {error}"),
        }
    }
}

impl core::error::Error for EndpointError {}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problem(problem) => write!(f, "the service says: {problem}"),
            Self::Refused(_, word) => write!(f, "the service says: {word}"),
            Self::Status(status) => write!(f, "the service answers with status {status}"),
            Self::Answer => f.write_str("the answer is not what was asked for"),
            Self::Way(error) => write!(f, "no connection: {error}"),
        }
    }
}

impl core::error::Error for CallError {}
