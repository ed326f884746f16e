//! Clients that show who they are (RFC 6749, section 2.3; RFC 7523).

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use jsonwebtoken::{Algorithm, decode, decode_header};
use milagro_base::Seconds;
use milagro_ledger::rules::SKEW;
use milagro_ledger::{Account, Life};
use milagro_wire::login::names::ClientId;
use serde::Deserialize;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::clients::{Authentication, Client};
use crate::error::{OAuthError, Word};
use crate::jwt::signature_of;
use crate::kinds::ASSERTION;
use crate::params::Params;
use crate::pay::Use;
use crate::service::Service;
use crate::shelf::digest;

/// The type of an assertion (RFC 7523, section 2.2).
const ASSERTED: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The longest assertion.
const ASSERTION_MAX: usize = 4096;
/// How long an assertion may be good for.
const ASSERTION_LIFE: Seconds = Seconds::hours(1);

/// What a client shows.
enum Shown<'a> {
    Nothing,
    Secret(Zeroizing<String>),
    Assertion(&'a str),
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: u64,
    iat: u64,
    nbf: Option<u64>,
    jti: String,
}

/// One name: an assertion that is good at several servers is good for whoever runs one of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    List([String; 1]),
}

/// The hash of a client's secret, which is uniformly random.
pub(crate) fn secret_hash(id: &ClientId, secret: &str) -> [u8; 32] {
    digest(
        "client secret",
        &[id.as_str().as_bytes(), secret.as_bytes()],
    )
}

impl Service {
    /// The client of a request, which has shown who it is in the one way that it is registered with.
    pub(crate) async fn authenticate(
        &self,
        headers: &HeaderMap,
        params: &Params,
    ) -> Result<Client, OAuthError> {
        let (id, shown) = shown(headers, params)?;
        let client = self.client(&id).await?.ok_or_else(OAuthError::client)?;
        let method = client.registered.token_endpoint_auth_method;
        let good = match (&shown, method) {
            (Shown::Nothing, Authentication::None) => true,
            (Shown::Secret(secret), Authentication::ClientSecretBasic) => {
                secret_hash(&client.id, secret).ct_eq(&client.secret).into()
            }
            (Shown::Assertion(token), Authentication::PrivateKeyJwt) => {
                self.is_asserted(&client, token).await?
            }
            _ => false,
        };
        if good {
            Ok(client)
        } else {
            Err(OAuthError::client())
        }
    }

    async fn is_asserted(&self, client: &Client, token: &str) -> Result<bool, OAuthError> {
        let Some(claims) = signed(client, token) else {
            return Ok(false);
        };
        let now = self.now();
        let (from, until) = (Seconds::new(claims.iat), Seconds::new(claims.exp));
        let timely = now < until.plus(SKEW) && from <= now.plus(SKEW);
        let begun = claims
            .nbf
            .is_none_or(|nbf| Seconds::new(nbf) <= now.plus(SKEW));
        let short = from < until && until <= from.plus(ASSERTION_LIFE);
        let (Audience::One(audience) | Audience::List([audience])) = &claims.aud;
        let ours =
            audience == self.issuer() || *audience == self.settings.issuer.at("/oauth/token");
        let id = client.id.as_str();
        let named = claims.iss == id && claims.sub == id && (1..=255).contains(&claims.jti.len());
        if !(timely && begun && short && ours && named) {
            return Ok(false);
        }
        let hash = digest("assertion", &[id.as_bytes(), claims.jti.as_bytes()]);
        let life = Life::Span {
            from: Some(from.minus(SKEW)),
            until: until.plus(SKEW),
        };
        let used = self.use_up(Account::new(ASSERTION, &hash, life)).await?;
        Ok(used == Use::First)
    }
}

/// The claims, if one of the client's keys has signed them.
fn signed(client: &Client, token: &str) -> Option<Claims> {
    if token.len() > ASSERTION_MAX {
        return None;
    }
    let header = decode_header(token).ok()?;
    let known = matches!(header.alg, Algorithm::ES256 | Algorithm::EdDSA);
    if !known || header.crit.is_some() {
        return None;
    }
    let kid = header.kid.as_deref();
    let verifiers = client.registered.verifiers().into_iter();
    let mut fitting = verifiers
        .filter(|key| key.algorithm == header.alg)
        .filter(|key| kid.is_none() || key.id.is_none() || key.id.as_deref() == kid);
    let validation = signature_of(header.alg);
    fitting.find_map(|key| {
        decode::<Claims>(token, &key.key, &validation)
            .ok()
            .map(|token| token.claims)
    })
}

/// Who a client says it is, and what it shows: one thing alone.
fn shown<'a>(headers: &HeaderMap, params: &'a Params) -> Result<(String, Shown<'a>), OAuthError> {
    let twice = || OAuthError::new(Word::InvalidRequest, "authenticated in two ways");
    let named = params.get("client_id");
    if params.get("client_secret").is_some() {
        return Err(OAuthError::client());
    }
    let assertion = params.get("client_assertion");
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let (id, shown) = match (lines.next(), assertion) {
        (Some(_), Some(_)) => return Err(twice()),
        (Some(line), None) => {
            let (id, secret) = line
                .to_str()
                .ok()
                .and_then(basic)
                .ok_or_else(OAuthError::client)?;
            (id, Shown::Secret(secret))
        }
        (None, Some(token)) => {
            if params.get("client_assertion_type") != Some(ASSERTED) {
                return Err(OAuthError::client());
            }
            // Who it is stands in the assertion, which is looked at again when the signature is.
            let id = named.map(str::to_owned).or_else(|| subject(token));
            (id.ok_or_else(OAuthError::client)?, Shown::Assertion(token))
        }
        (None, None) => {
            let id = named.ok_or_else(OAuthError::client)?;
            (id.to_owned(), Shown::Nothing)
        }
    };
    if lines.next().is_some() {
        return Err(twice());
    }
    if named.is_some_and(|named| named != id) {
        return Err(OAuthError::client());
    }
    Ok((id, shown))
}

fn subject(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Subject {
        sub: String,
    }
    if token.len() > ASSERTION_MAX {
        return None;
    }
    let payload = token.split('.').nth(1)?;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(payload)
        .ok()?;
    Some(serde_json::from_slice::<Subject>(&payload).ok()?.sub)
}

/// The two halves of RFC 7617, each in the encoding of forms (RFC 6749, section 2.3.1).
pub(crate) fn basic(line: &str) -> Option<(String, Zeroizing<String>)> {
    let (scheme, coded) = line.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || coded.len() > 1024 {
        return None;
    }
    let plain = base64::engine::general_purpose::STANDARD
        .decode(coded.trim())
        .ok()?;
    let plain = Zeroizing::new(plain);
    let (id, secret) = core::str::from_utf8(&plain).ok()?.split_once(':')?;
    Some((unformed(id)?, Zeroizing::new(unformed(secret)?)))
}

fn unformed(text: &str) -> Option<String> {
    if text.contains(['&', '=']) {
        return None;
    }
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    Some(
        pairs
            .next()
            .map(|(name, _)| name.into_owned())
            .unwrap_or_default(),
    )
}
