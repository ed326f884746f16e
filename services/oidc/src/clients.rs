//! Applications.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use milagro_ledger::Unavailable;
use milagro_wire::login::names::ClientId;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kinds::CLIENT;
use crate::service::Service;
use crate::shelf::{self, Found};

/// Most addresses of one sort.
const ADDRESSES_MAX: usize = 32;
/// The longest address.
const ADDRESS_MAX: usize = 1024;
/// What answers say: an address that says it already would say it twice, and the first time wrongly.
const ANSWERS: [&str; 5] = ["code", "state", "iss", "error", "error_description"];
/// The longest name that people see.
const NAME_MAX: usize = 64;
/// The scopes of every client.
const SCOPES: [&str; 3] = ["openid", "profile", "offline_access"];
/// Most keys of a client.
const KEYS_MAX: usize = 8;
/// Most resources, and most scopes.
const WORDS_MAX: usize = 32;

/// How a client shows who it is (RFC 7591, `token_endpoint_auth_method`).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Authentication {
    /// Not at all: programs on a user's machine. PKCE alone ties a code to the program that asked.
    None,
    /// By a secret in the header `Authorization`.
    ClientSecretBasic,
    /// By a signature (RFC 7523).
    PrivateKeyJwt,
}

/// How ID tokens are signed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum IdTokenAlgorithm {
    /// ECDSA on P-256.
    #[default]
    ES256,
    /// Ed25519.
    EdDSA,
}

impl From<IdTokenAlgorithm> for Algorithm {
    fn from(algorithm: IdTokenAlgorithm) -> Self {
        match algorithm {
            IdTokenAlgorithm::ES256 => Self::ES256,
            IdTokenAlgorithm::EdDSA => Self::EdDSA,
        }
    }
}

/// What an operator says of a client. The names are those of RFC 7591 where it has them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "a form")]
pub struct Registration {
    /// What users are shown.
    pub client_name: String,
    /// Where users are sent back to: compared byte by byte.
    pub redirect_uris: Vec<String>,
    /// How it shows who it is.
    pub token_endpoint_auth_method: Authentication,
    /// Its public keys, for `private_key_jwt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Where users may be sent after they have logged out.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it is told of sessions that are over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// The operator's own: users are not asked.
    #[serde(default)]
    pub first_party: bool,
    /// Whether it gets refresh tokens.
    #[serde(default)]
    pub refresh: bool,
    /// Whether it has to push its requests (RFC 9126).
    #[serde(default)]
    pub require_pushed_authorization_requests: bool,
    /// How its ID tokens are signed.
    #[serde(default)]
    pub id_token_signed_response_alg: IdTokenAlgorithm,
    /// Scopes of its own, beside `openid`, `profile` and `offline_access`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Which resource servers it may ask access tokens for (RFC 8707).
    #[serde(default)]
    pub resources: Vec<String>,
}

/// A client, as the records hold it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    pub(crate) v: u8,
    pub(crate) id: ClientId,
    /// A hash.
    #[serde(with = "crate::shelf::coded")]
    pub(crate) secret: Vec<u8>,
    pub(crate) registered: Registration,
    /// Tells it from one of the same name that was removed before: what that one was given is not this one's.
    #[serde(
        default,
        with = "crate::shelf::coded",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub(crate) instance: Vec<u8>,
}

impl Registration {
    /// Whether all of it is as it should be; else what is not.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let name = &self.client_name;
        let shown = name.trim() == name && !name.is_empty() && name.len() <= NAME_MAX;
        if !shown
            || name
                .chars()
                .any(|one| one.is_control() || is_bidirectional(one))
        {
            return Some("client_name");
        }
        let (redirects, after) = (&self.redirect_uris, &self.post_logout_redirect_uris);
        if redirects.is_empty()
            || redirects.len() > ADDRESSES_MAX
            || !redirects.iter().all(|uri| is_redirect(uri))
        {
            return Some("redirect_uris");
        }
        if after.len() > ADDRESSES_MAX || !after.iter().all(|uri| is_redirect(uri)) {
            return Some("post_logout_redirect_uris");
        }
        let keyed = self.token_endpoint_auth_method == Authentication::PrivateKeyJwt;
        if keyed != self.jwks.is_some()
            || (keyed && self.verifiers().is_empty())
            || self.jwks.as_ref().is_some_and(has_secrets)
        {
            return Some("jwks");
        }
        let told = self.backchannel_logout_uri.as_deref();
        if told.is_some_and(|uri| web_address(uri).is_none()) {
            return Some("backchannel_logout_uri");
        }
        let pushes = self.require_pushed_authorization_requests;
        if pushes && self.token_endpoint_auth_method == Authentication::None {
            return Some("require_pushed_authorization_requests");
        }
        let scopes =
            self.scopes.len() <= WORDS_MAX && self.scopes.iter().all(|scope| is_scope(scope));
        if !scopes {
            return Some("scopes");
        }
        let resources = self.resources.iter().all(|uri| is_resource(uri));
        (self.resources.len() > WORDS_MAX || !resources).then_some("resources")
    }

    /// The keys that its assertions may be signed with.
    pub(crate) fn verifiers(&self) -> Vec<Verifier> {
        let set = self.jwks.clone().map(serde_json::from_value::<JwkSet>);
        let Some(Ok(set)) = set else {
            return Vec::new();
        };
        if set.keys.len() > KEYS_MAX {
            return Vec::new();
        }
        set.keys.iter().filter_map(Verifier::of).collect()
    }
}

/// A key of a client.
pub(crate) struct Verifier {
    pub(crate) id: Option<String>,
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
}

impl Verifier {
    fn of(jwk: &Jwk) -> Option<Self> {
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                Algorithm::ES256
            }
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                Algorithm::EdDSA
            }
            _ => return None,
        };
        let purpose = jwk.common.public_key_use.as_ref();
        let signs = purpose.is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
        Some(Self {
            id: jwk.common.key_id.clone(),
            algorithm,
            key: DecodingKey::from_jwk(jwk).ok().filter(|_| signs)?,
        })
    }
}

/// Whether somebody has sent secret keys along (RFC 7518, sections 6.2.2 and 6.4.1), which would be shown to every operator.
fn has_secrets(set: &Value) -> bool {
    let keys = set.get("keys").and_then(Value::as_array);
    let secret = |key: &Value| key.get("d").is_some() || key.get("k").is_some();
    keys.is_some_and(|keys| keys.iter().any(secret))
}

/// Characters that turn the order of a text around, and so what it seems to say.
const fn is_bidirectional(one: char) -> bool {
    matches!(one, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

/// An address that is written as it is parsed: no dot segments, no other case, no port that goes without saying.
fn normal(text: &str) -> Option<Url> {
    let url = Url::parse(text)
        .ok()
        .filter(|_| text.len() <= ADDRESS_MAX)?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    // There are no wildcards, and nobody is to think so.
    let one = !url.host_str().unwrap_or_default().contains('*');
    (plain && one && url.as_str() == text).then_some(url)
}

/// https, or http of this machine.
fn web_address(text: &str) -> Option<Url> {
    normal(text).filter(|url| match url.scheme() {
        "https" => true,
        "http" => matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost")),
        _ => false,
    })
}

/// A web address, or one of a program's own scheme (RFC 8252, section 7.1), which is a domain in reverse.
fn is_redirect(text: &str) -> bool {
    let own = |url: &Url| url.scheme().contains('.') && url.host_str().is_none();
    let url = web_address(text).or_else(|| normal(text).filter(own));
    url.is_some_and(|url| !url.query_pairs().any(|(name, _)| ANSWERS.contains(&&*name)))
}

fn is_scope(text: &str) -> bool {
    let inner =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.:".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(inner)
}

/// An absolute address without a fragment (RFC 8707, section 2), or a name as `milagro tokens` has one.
fn is_resource(text: &str) -> bool {
    normal(text).is_some() || is_scope(text)
}

impl Client {
    pub(crate) fn is_public(&self) -> bool {
        self.registered.token_endpoint_auth_method == Authentication::None
    }

    /// Whether nobody else can get what is sent to this address in its name: a client that shows who it is, or one whose
    /// address is a web site's. The port of a machine and a scheme are whose program takes them: RFC 8252, section 8.6.
    pub(crate) fn is_itself_at(&self, redirect_uri: &str) -> bool {
        !self.is_public() || redirect_uri.starts_with("https://")
    }

    /// Whether a scope may be asked for: one of every client's, or of its own.
    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        SCOPES.contains(&scope) || self.registered.scopes.iter().any(|own| own == scope)
    }

    /// Byte by byte (RFC 9700, section 2.1).
    pub(crate) fn has_redirect(&self, uri: &str) -> bool {
        self.registered
            .redirect_uris
            .iter()
            .any(|known| known == uri)
    }

    pub(crate) fn has_post_logout(&self, uri: &str) -> bool {
        let known = &self.registered.post_logout_redirect_uris;
        known.iter().any(|known| known == uri)
    }
}

impl Service {
    /// A client by its id.
    pub(crate) async fn client(&self, id: &str) -> Result<Option<Client>, Unavailable> {
        Ok(self.found_client(id).await?.map(|found| found.value))
    }

    pub(crate) async fn found_client(
        &self,
        id: &str,
    ) -> Result<Option<Found<Client>>, Unavailable> {
        let Ok(id) = ClientId::new(id) else {
            return Ok(None);
        };
        shelf::find(self.records(), CLIENT, id.as_str().as_bytes()).await
    }
}

#[cfg(test)]
mod tests {
    use super::{is_redirect, is_resource, is_scope};

    #[test]
    fn redirects_are_written_as_they_are_parsed() {
        for good in [
            "https://shop.example/cb",
            "https://shop.example/cb?a=1",
            "https://shop.example:8443/cb",
            "http://127.0.0.1:8080/cb",
            "http://[::1]:8080/cb",
            "com.example.app:/cb",
        ] {
            assert!(is_redirect(good), "{good}");
        }
        for bad in [
            "",
            "/cb",
            "https://shop.example",
            "https://shop.example/cb#x",
            "https://shop.example/cb#",
            "https://user@shop.example/cb",
            "https://shop.example/a/../cb",
            "https://shop.example/%2e%2e/cb",
            "https://SHOP.example/cb",
            "https://shop.example:443/cb",
            "http://shop.example/cb",
            "https://shop.example/cb?iss=https%3A%2F%2Fother.example",
            "https://shop.example/cb?a=1&c%6fde=x",
            "javascript:alert(1)",
            "data:text/html,x",
            "com.example.app://host/cb",
            " https://shop.example/cb",
        ] {
            assert!(!is_redirect(bad), "{bad}");
        }
    }

    #[test]
    fn words_are_plain() {
        assert!(is_scope("read:orders") && is_resource("tokens"));
        assert!(is_resource("https://api.example/"));
        for bad in ["", "a b", "A", "ä", &"a".repeat(65)] {
            assert!(!is_scope(bad) && !is_resource(bad), "{bad}");
        }
    }
}
