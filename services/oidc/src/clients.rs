//! Applications, and services.

mod faults;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use milagro_ledger::Unavailable;
use milagro_tls::Principal;
use milagro_wire::login::names::ClientId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::kinds::CLIENT;
use crate::rates::Named;
use crate::service::Service;
use crate::shelf::{self, Found};

/// The scopes of every client.
const SCOPES: [&str; 3] = ["openid", "profile", "offline_access"];
/// Most keys of a client.
const KEYS_MAX: usize = 8;

/// How a client shows who it is (RFC 7591, `token_endpoint_auth_method`).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Authentication {
    /// Not at all: programs on a user's machine. PKCE alone ties a code to the program that asked.
    None,
    /// By a secret in the header `Authorization`.
    ClientSecretBasic,
    /// By a signature (RFC 7523).
    PrivateKeyJwt,
    /// By a connection with an identity of its own ([`milagro_tls`]), as RFC 8705, section 2, has it for certificates: services
    /// that act for nobody but themselves ([`crate::services`]).
    IdentityTlsClientAuth,
}

/// How ID tokens are signed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize, ToSchema)]
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

/// What an operator says of a client. The names are those of RFC 7591 where it has them. What is wrong with one is found in
/// `faults`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "a form")]
pub struct Registration {
    /// What users are shown.
    pub client_name: String,
    /// Where users are sent back to: compared byte by byte. A service has none.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// How it shows who it is.
    pub token_endpoint_auth_method: Authentication,
    /// Who it is, for `identity_tls_client_auth`: the text of a principal, `milagro:<domain>:client:<name>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Its public keys, for `private_key_jwt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
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
    /// The principal that a service shows.
    pub(crate) fn principal(&self) -> Option<Principal> {
        self.identity.as_deref()?.parse().ok()
    }

    pub(crate) fn is_service(&self) -> bool {
        self.token_endpoint_auth_method == Authentication::IdentityTlsClientAuth
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

impl Client {
    pub(crate) fn is_public(&self) -> bool {
        self.registered.token_endpoint_auth_method == Authentication::None
    }

    pub(crate) fn named(&self) -> Named<'_> {
        let public = self.is_public();
        Named {
            id: &self.id,
            public,
        }
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
