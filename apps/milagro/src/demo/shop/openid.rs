//! A client of an OpenID provider: discovery, the code flow with PKCE, state, nonce and issuer, the signature of the ID token.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::demo::place::random;
use crate::demo::site::network;
use crate::directory::now;
use crate::exit::{Failure, Outcome};

/// Longest answer of a provider, in bytes.
const ANSWER_MAX: usize = 1 << 16;

/// What the shop and its provider know of each other.
pub(crate) struct OpenId {
    pub(crate) issuer: String,
    pub(crate) id: &'static str,
    pub(crate) secret: String,
    pub(crate) redirect: String,
    /// Where the provider sends a browser that has logged out.
    pub(crate) left: String,
    /// Whom access tokens are for.
    pub(crate) resource: &'static str,
}

/// A client.
pub(crate) struct Client {
    openid: OpenId,
    http: reqwest::Client,
}

/// What is kept while the browser is at the provider.
pub(crate) struct Begun {
    verifier: String,
    state: String,
    nonce: String,
}

/// Who has come back.
pub(crate) struct Known {
    pub(crate) user: String,
    pub(crate) access_token: String,
    pub(crate) id_token: String,
}

/// The provider's own description (OpenID Connect Discovery, section 3).
#[derive(Deserialize)]
struct Provider {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    end_session_endpoint: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: String,
}

#[derive(Deserialize)]
struct Claims {
    exp: u64,
    nonce: String,
    preferred_username: String,
}

impl Client {
    pub(crate) fn new(openid: OpenId) -> Outcome<Self> {
        let redirects = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().redirect(redirects).no_proxy();
        let http = http.build().map_err(Failure::other)?;
        Ok(Self { openid, http })
    }

    /// Where the browser is sent, and what is kept meanwhile.
    pub(crate) async fn begin(&self) -> Outcome<(String, Begun)> {
        let provider = self.provider().await?;
        let begun = Begun {
            verifier: random(),
            state: random(),
            nonce: random(),
        };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&begun.verifier));
        let mut address = Url::parse(&provider.authorization_endpoint).map_err(network)?;
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", self.openid.id)
            .append_pair("redirect_uri", &self.openid.redirect)
            .append_pair("scope", "openid profile")
            .append_pair("state", &begun.state)
            .append_pair("nonce", &begun.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok((address.into(), begun))
    }

    /// Who has come back with this query.
    pub(crate) async fn finish(&self, begun: &Begun, query: &str) -> Outcome<Known> {
        let came: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let part = |name: &str| came.get(name).map(String::as_str).unwrap_or_default();
        let state = part("state").as_bytes().ct_eq(begun.state.as_bytes());
        if !bool::from(state) {
            return Err(network("another browser has begun this"));
        }
        // RFC 9207: which provider it comes from.
        if part("iss") != self.openid.issuer {
            return Err(network("another provider sends this"));
        }
        if let Some(error) = came.get("error") {
            return Err(network(format!("the provider says: {error}")));
        }
        let provider = self.provider().await?;
        let tokens = self.redeem(&provider, part("code"), begun).await?;
        let claims = self.verify(&provider, &tokens.id_token, begun).await?;
        Ok(Known {
            user: claims.preferred_username,
            access_token: tokens.access_token,
            id_token: tokens.id_token,
        })
    }

    /// Where a browser is sent to log out, which came with this ID token (OpenID Connect RP-Initiated Logout, section 2).
    pub(crate) async fn leave(&self, id_token: &str) -> Outcome<String> {
        let provider = self.provider().await?;
        let mut address = Url::parse(&provider.end_session_endpoint).map_err(network)?;
        address
            .query_pairs_mut()
            .append_pair("id_token_hint", id_token)
            .append_pair("post_logout_redirect_uri", &self.openid.left);
        Ok(address.into())
    }

    /// Whose pages the browser is sent to.
    pub(crate) fn issuer(&self) -> &str {
        &self.openid.issuer
    }

    async fn provider(&self) -> Outcome<Provider> {
        let issuer = &self.openid.issuer;
        let address = format!("{issuer}/.well-known/openid-configuration");
        let provider: Provider = self.answer(self.http.get(address)).await?;
        if provider.issuer != *issuer {
            return Err(network("the provider has another name"));
        }
        Ok(provider)
    }

    async fn redeem(&self, provider: &Provider, code: &str, begun: &Begun) -> Outcome<Tokens> {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &self.openid.redirect)
            .append_pair("code_verifier", &begun.verifier)
            .append_pair("resource", self.openid.resource)
            .finish();
        // Neither has a character that a form would write in another way (RFC 6749, section 2.3.1).
        let who = format!("{}:{}", self.openid.id, self.openid.secret);
        let asked = self.http.post(&provider.token_endpoint);
        let asked = asked
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(who)));
        self.answer(asked.body(body)).await
    }

    /// The claims of an ID token (OpenID Connect Core, section 3.1.3.7).
    async fn verify(&self, provider: &Provider, token: &str, begun: &Begun) -> Outcome<Claims> {
        let keys: JwkSet = self.answer(self.http.get(&provider.jwks_uri)).await?;
        let id = decode_header(token).map_err(network)?.kid;
        let key = id.as_deref().and_then(|id| keys.find(id));
        let key = key.ok_or_else(|| network("the provider has no such key"))?;
        let mut expected = Validation::new(Algorithm::ES256);
        expected.set_issuer(&[&self.openid.issuer]);
        expected.set_audience(&[self.openid.id]);
        // By the clock of the demonstration, below.
        expected.validate_exp = false;
        let key = DecodingKey::from_jwk(key).map_err(network)?;
        let claims = decode::<Claims>(token, &key, &expected)
            .map_err(network)?
            .claims;
        if claims.exp <= now().get() || claims.nonce != begun.nonce {
            return Err(network("the ID token is old, or another login's"));
        }
        Ok(claims)
    }

    async fn answer<T: DeserializeOwned>(&self, asked: reqwest::RequestBuilder) -> Outcome<T> {
        let mut answer = asked
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .map_err(network)?;
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(network)? {
            if body.len().saturating_add(piece.len()) > ANSWER_MAX {
                return Err(network("the answer of the provider is too long"));
            }
            body.extend_from_slice(&piece);
        }
        serde_json::from_slice(&body).map_err(network)
    }
}
