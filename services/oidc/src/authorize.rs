//! The authorization endpoint: who is there, is that enough, has the user agreed, and what the browser carries back.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use milagro_base::Seconds;
use milagro_ledger::rules::SKEW;
use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::browser::Session;
use crate::clients::Client;
use crate::error::{OAuthError, Word};
use crate::grants::Allowed;
use crate::jwt::{self, Sort};
use crate::kinds::CONSENT;
use crate::notes::What;
use crate::page::{self, Question};
use crate::params::Params;
use crate::pay::Use;
use crate::push::Resolved;
use crate::request::{self, Asked};
use crate::service::Service;
use crate::shelf::{self, Kept, bytes, digest, text};
use crate::tokens::IdClaims;

/// Says when this provider sent the browser to log in.
const SINCE: &str = "milagro_since";
/// For how long a browser may take to come back from there, and from a question.
const AWAY: Seconds = Seconds::minutes(30);

/// What a user has agreed to.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Consent {
    v: u8,
    scopes: Vec<String>,
    /// Which client of that name.
    #[serde(
        default,
        with = "crate::shelf::coded",
        skip_serializing_if = "Vec::is_empty"
    )]
    instance: Vec<u8>,
}

/// What a user has answered to the question of this very request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Answered {
    Nothing,
    Yes,
    No,
}

/// What is decided, if it is no error.
enum Decided {
    Code(String),
    LogIn(String),
    Ask(Box<Response>),
}

impl Service {
    /// Answers a request that a browser brings.
    pub(crate) async fn authorize(
        &self,
        headers: &HeaderMap,
        given: &Params,
        answered: Answered,
    ) -> Response {
        let resolved = match self.resolve(given).await {
            Ok(resolved) => resolved,
            Err(error) => return shown(error),
        };
        let redirect_uri = match request::redirect_of(&resolved.client, &resolved.params) {
            Ok(uri) => uri,
            Err(error) => return shown(error),
        };
        let mut back = Vec::new();
        match self.decide(headers, given, &resolved, answered).await {
            Ok(Decided::LogIn(page)) => return see_other(&page),
            Ok(Decided::Ask(page)) => return *page,
            Ok(Decided::Code(code)) => back.push(("code", code)),
            Err(error) => {
                let word = serde_json::to_value(error.word).unwrap_or_default();
                back.push(("error", word.as_str().unwrap_or_default().to_owned()));
                back.push(("error_description", error.description.to_owned()));
            }
        }
        if let Some(state) = request::state_of(&resolved.params) {
            back.push(("state", state.to_owned()));
        }
        // So that an application tells providers apart (RFC 9207).
        back.push(("iss", self.issuer().to_owned()));
        sent_back(redirect_uri, &back)
    }

    async fn decide(
        &self,
        headers: &HeaderMap,
        given: &Params,
        resolved: &Resolved,
        answered: Answered,
    ) -> Result<Decided, OAuthError> {
        let Resolved { client, params, .. } = resolved;
        let redirect_uri = request::redirect_of(client, params)?;
        let asked = request::judge(client, params)?;
        let session = self.browser().session(headers).await?;
        let since = self.since(client, given);
        let expected = self.expected(&asked).await?;
        let enough = |session: &Session| {
            let expected = expected.as_ref();
            let right = expected.is_none_or(|sub| *sub == self.subject(&session.of.user));
            right && is_fresh(session, &asked, since, self.now())
        };
        let Some(session) = session.filter(enough) else {
            if asked.prompt.none {
                return Err(OAuthError::new(
                    Word::LoginRequired,
                    "nobody is logged in, or not so lately",
                ));
            }
            return Ok(Decided::LogIn(self.log_in_for(client, given, &asked)));
        };
        if let Some(question) = self.consent(resolved, &asked, &session, answered).await? {
            let page = self.question(given, &session, &question, redirect_uri);
            return Ok(Decided::Ask(Box::new(page)));
        }
        self.counted.count_code(&client.id, &session.of.user)?;
        if let Some(account) = resolved.use_up
            && self.use_up(account).await? != Use::First
        {
            return Err(OAuthError::new(
                Word::InvalidRequest,
                "request_uri: used before",
            ));
        }
        let allowed = Allowed {
            client,
            session: &session,
            nonce: asked.nonce,
            redirect_uri,
            challenge: asked.challenge,
            scopes: asked.scopes,
        };
        let code = self.make_code(allowed).await?;
        self.note(What::CodeIssued, Some(&session.of.user), Some(&client.id))
            .await?;
        Ok(Decided::Code(code.to_string()))
    }

    /// The words of the question that is to be asked first, if one is.
    async fn consent(
        &self,
        resolved: &Resolved,
        asked: &Asked<'_>,
        session: &Session,
        answered: Answered,
    ) -> Result<Option<Vec<String>>, OAuthError> {
        let client = &resolved.client;
        let user = digest("user", &[session.of.user.as_bytes()]);
        let key = [user.as_slice(), client.id.as_str().as_bytes()].concat();
        match answered {
            Answered::No => {
                self.note(What::Denied, Some(&session.of.user), Some(&client.id))
                    .await?;
                return Err(OAuthError::new(
                    Word::AccessDenied,
                    "the user does not agree",
                ));
            }
            Answered::Yes => {
                let scopes = asked.scopes.clone();
                let value = &Consent {
                    v: 1,
                    scopes,
                    instance: client.instance.clone(),
                };
                let kept = Kept {
                    kind: CONSENT,
                    key: &key,
                    value,
                    until: None,
                };
                shelf::replace(self.records(), kept).await?;
                self.note(What::Consented, Some(&session.of.user), Some(&client.id))
                    .await?;
                return Ok(None);
            }
            Answered::Nothing => {}
        }
        let redirect_uri = request::redirect_of(client, &resolved.params)?;
        if client.registered.first_party && client.is_itself_at(redirect_uri) {
            return Ok(None);
        }
        let found = shelf::find::<Consent>(self.records(), CONSENT, &key).await?;
        let found = found.filter(|found| found.value.instance == client.instance);
        let agreed = found.map(|found| found.value.scopes).unwrap_or_default();
        // A program on a user's machine is whoever says so: RFC 8252, section 8.6.
        let lasting = !client.is_public() && !asked.prompt.consent;
        if lasting && asked.scopes.iter().all(|scope| agreed.contains(scope)) {
            return Ok(None);
        }
        if asked.prompt.none {
            return Err(OAuthError::new(
                Word::ConsentRequired,
                "the user has not agreed",
            ));
        }
        Ok(Some(words(client, asked, session)))
    }

    fn question(
        &self,
        given: &Params,
        session: &Session,
        words: &[String],
        redirect_uri: &str,
    ) -> Response {
        let request = given.to_text();
        let token = self.form_token("consent", session, &request);
        page::asked(&Question {
            title: "Do you agree?",
            words: words.to_vec(),
            action: "/oauth/consent",
            hidden: [("request", request), ("token", token)],
            yes: "I agree",
            no: "No",
            leads_to: Some(redirect_uri),
        })
    }

    /// What a form holds that only a page for this session can have: RFC 9700, section 4.7, for forms of our own.
    pub(crate) fn form_token(&self, form: &str, session: &Session, request: &str) -> String {
        let at = self.now().to_bytes();
        let name = self.session_name(&session.of);
        let mac = self.mac("form", &[form.as_bytes(), &name, request.as_bytes(), &at]);
        text(&[at.as_slice(), &mac].concat())
    }

    pub(crate) fn is_form_token(
        &self,
        form: &str,
        session: &Session,
        request: &str,
        token: &str,
    ) -> bool {
        let Some((at, mac)) = bytes::<40>(token).and_then(|token| {
            let (at, mac) = token.split_first_chunk::<8>()?;
            Some((*at, mac.to_vec()))
        }) else {
            return false;
        };
        let name = self.session_name(&session.of);
        let parts: [&[u8]; 4] = [form.as_bytes(), &name, request.as_bytes(), &at];
        let time = Seconds::new(u64::from_be_bytes(at));
        let now = self.now();
        self.is_mac("form", &parts, &mac) && time <= now.plus(SKEW) && now < time.plus(AWAY)
    }

    /// The address of the login page, from where the browser comes back to this request.
    fn log_in_for(&self, client: &Client, given: &Params, asked: &Asked<'_>) -> String {
        let at = self.now().to_bytes();
        let mut again = without_since(given);
        let request = again.to_text();
        let parts: [&[u8]; 3] = [client.id.as_str().as_bytes(), &at, request.as_bytes()];
        let mac = self.mac("since", &parts);
        again.set(SINCE, text(&[at.as_slice(), &mac].concat()));
        let path = format!("/oauth/authorize?{}", again.to_text());
        self.browser().login_page(&path, asked.login_hint)
    }

    /// When this provider sent the browser to log in for this very request, if it did and that is not long ago. A mark of
    /// another request would let a login pass that was made for that one.
    fn since(&self, client: &Client, given: &Params) -> Option<Seconds> {
        let token = bytes::<40>(given.get(SINCE)?)?;
        let (at, mac) = token.split_first_chunk::<8>()?;
        let request = without_since(given).to_text();
        let parts: [&[u8]; 3] = [client.id.as_str().as_bytes(), at, request.as_bytes()];
        let (time, now) = (Seconds::new(u64::from_be_bytes(*at)), self.now());
        let ours = self.is_mac("since", &parts, mac);
        (ours && time <= now.plus(SKEW) && now < time.plus(AWAY)).then_some(time)
    }

    /// Whom the application expects (`id_token_hint`), however long ago the token has expired.
    async fn expected(&self, asked: &Asked<'_>) -> Result<Option<String>, OAuthError> {
        let Some(hint) = asked.id_token_hint else {
            return Ok(None);
        };
        let keys = self.keys().await;
        let claims = jwt::open::<IdClaims>(&keys, Sort::Id, hint, self.now());
        let claims = claims.filter(|claims| claims.iss == self.issuer());
        let invalid = OAuthError::new(Word::InvalidRequest, "id_token_hint");
        claims.map(|claims| Some(claims.sub)).ok_or(invalid)
    }
}

/// Whether a login is recent enough: later than this request where it wants one, or than its `max_age`.
fn is_fresh(session: &Session, asked: &Asked<'_>, since: Option<Seconds>, now: Seconds) -> bool {
    let anew = since.is_some_and(|since| session.at >= since);
    let aged = |age: &u64| session.at.plus(Seconds::new(*age)) < now;
    let old = asked.prompt.login || asked.max_age.as_ref().is_some_and(aged);
    anew || !old
}

/// A request as the application made it.
fn without_since(given: &Params) -> Params {
    let mut request = given.clone();
    request.remove(SINCE);
    request
}

fn words(client: &Client, asked: &Asked<'_>, session: &Session) -> Vec<String> {
    let name = &client.registered.client_name;
    let mut words = vec![format!(
        "{name} wants to know who you are. You are logged in as {}.",
        session.of.user
    )];
    for scope in &asked.scopes {
        match scope.as_str() {
            "openid" => {}
            "profile" => words.push("It will know your name.".to_owned()),
            "offline_access" => {
                words.push(
                    "It may act for you while you are not here, until you or it say otherwise."
                        .to_owned(),
                );
            }
            own => words.push(format!("It asks for: {own}")),
        }
    }
    words
}

/// An error that is for the user alone: who asks is not known, so nobody is sent anywhere.
pub(crate) fn shown(error: OAuthError) -> Response {
    let status = if error.word == Word::TemporarilyUnavailable {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::BAD_REQUEST
    };
    let words = format!(
        "The application's request is not right: {}.",
        error.description
    );
    page::said(status, "This does not work", &words)
}

/// 303: what was posted is not posted again (RFC 9700, section 4.12).
pub(crate) fn see_other(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    match HeaderValue::from_str(address) {
        Ok(address) => headers.insert(header::LOCATION, address),
        Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    let none = HeaderValue::from_static("no-referrer");
    headers.insert(header::REFERRER_POLICY, none);
    response
}

/// Sends a browser to an address of a client, with more parameters in its query.
pub(crate) fn sent_back(uri: &str, more: &[(&str, String)]) -> Response {
    let Ok(mut address) = Url::parse(uri) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if !more.is_empty() {
        address.query_pairs_mut().extend_pairs(more);
    }
    see_other(address.as_str())
}
