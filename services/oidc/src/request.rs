//! Requests for authorization (RFC 6749, section 4.1.1; OpenID Connect Core, section 3.1.2.1), as far as they can be judged
//! without knowing who is there.

use crate::clients::Client;
use crate::error::{OAuthError, Word};
use crate::params::Params;

/// The longest `state`, which is given back as it is.
const STATE_MAX: usize = 2048;
/// The longest `nonce`, which is kept.
const NONCE_MAX: usize = 512;
/// The longest hint.
const HINT_MAX: usize = 256;

/// What a request asks of the user.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Prompt {
    /// Ask nothing.
    pub(crate) none: bool,
    /// Log in, whoever is there.
    pub(crate) login: bool,
    /// Ask for consent, whatever was agreed to.
    pub(crate) consent: bool,
}

/// A request that is as it should be.
pub(crate) struct Asked<'a> {
    pub(crate) challenge: &'a str,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) prompt: Prompt,
    /// How many seconds ago the user may have logged in.
    pub(crate) max_age: Option<u64>,
    pub(crate) login_hint: Option<&'a str>,
    pub(crate) id_token_hint: Option<&'a str>,
}

/// Where an answer goes, good or bad. Errors of what comes before it are shown to the user, and sent to nobody.
pub(crate) fn redirect_of<'a>(client: &Client, params: &'a Params) -> Result<&'a str, OAuthError> {
    let uri = params.need("redirect_uri")?;
    let known = client.has_redirect(uri);
    let unknown = OAuthError::new(Word::InvalidRequest, "redirect_uri");
    known.then_some(uri).ok_or(unknown)
}

/// The `state` that goes with the answer.
pub(crate) fn state_of(params: &Params) -> Option<&str> {
    params.get("state").filter(|state| state.len() <= STATE_MAX)
}

/// Judges a request of a client whose redirect URI is known.
pub(crate) fn judge<'a>(client: &Client, params: &'a Params) -> Result<Asked<'a>, OAuthError> {
    let invalid = |words| OAuthError::new(Word::InvalidRequest, words);
    if params.get("request").is_some() {
        return Err(OAuthError::new(Word::RequestNotSupported, "request"));
    }
    if params.get("registration").is_some() {
        return Err(OAuthError::new(
            Word::RegistrationNotSupported,
            "registration",
        ));
    }
    if params.need("response_type")? != "code" {
        return Err(OAuthError::new(Word::UnsupportedResponseType, "code alone"));
    }
    if params
        .get("response_mode")
        .is_some_and(|mode| mode != "query")
    {
        return Err(invalid("response_mode: query alone"));
    }
    if params.get("state").is_some() != state_of(params).is_some() {
        return Err(invalid("state: too long"));
    }
    // RFC 9700, section 2.1.1: for every client. `plain` is what a request without a method means.
    let challenge = params.need("code_challenge")?;
    if params.get("code_challenge_method") != Some("S256") || !is_challenge(challenge) {
        return Err(invalid("code_challenge: S256 alone"));
    }
    let short = |name: &str, most: usize| params.get(name).is_none_or(|text| text.len() <= most);
    if !short("nonce", NONCE_MAX) || !short("login_hint", HINT_MAX) {
        return Err(invalid("nonce or login_hint: too long"));
    }
    let max_age = params.get("max_age").map(str::parse).transpose();
    Ok(Asked {
        challenge,
        scopes: scopes(client, params)?,
        nonce: params.get("nonce"),
        prompt: prompt(params)?,
        max_age: max_age.map_err(|_| invalid("max_age"))?,
        login_hint: params.get("login_hint"),
        id_token_hint: params.get("id_token_hint"),
    })
}

/// Those that are known; the others are left out (OpenID Connect Core, section 3.1.2.1).
fn scopes(client: &Client, params: &Params) -> Result<Vec<String>, OAuthError> {
    let known = |scope: &&str| client.has_scope(scope);
    let mut scopes: Vec<String> = Vec::new();
    for scope in params.words("scope").into_iter().filter(known) {
        let offline = scope == "offline_access";
        let refused = offline && !client.registered.refresh;
        if !refused && !scopes.iter().any(|one| one == scope) {
            scopes.push(scope.to_owned());
        }
    }
    if scopes.iter().any(|scope| scope == "openid") {
        Ok(scopes)
    } else {
        Err(OAuthError::new(Word::InvalidScope, "openid is needed"))
    }
}

fn prompt(params: &Params) -> Result<Prompt, OAuthError> {
    let words = params.words("prompt");
    let mut prompt = Prompt::default();
    for word in &words {
        match *word {
            "none" => prompt.none = true,
            "login" | "select_account" => prompt.login = true,
            "consent" => prompt.consent = true,
            _ => return Err(OAuthError::new(Word::InvalidRequest, "prompt")),
        }
    }
    if prompt.none && words.len() > 1 {
        return Err(OAuthError::new(
            Word::InvalidRequest,
            "prompt: none stands alone",
        ));
    }
    Ok(prompt)
}

/// 32 bytes in base64url.
fn is_challenge(text: &str) -> bool {
    crate::shelf::bytes::<32>(text).is_some()
}
