//! Access tokens for services that act for nobody but themselves (RFC 6749, section 4.4; RFC 9068).
//!
//! Nothing of such a token is kept. It says which client it was given to, in which edition, and introspection looks at the
//! client again: what the operator has changed or removed is worth nothing from then on.

use jsonwebtoken::Algorithm;
use milagro_base::Seconds;
use milagro_tls::{EpochPolicy, Identity};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::clients::Client;
use crate::error::{OAuthError, Word};
use crate::jwt::{self, How, Sort};
use crate::notes::What;
use crate::params::Params;
use crate::service::Service;
use crate::shelf::{digest, text};

/// The claims of a service's access token.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceClaims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: String,
    pub(crate) client_id: String,
    pub(crate) exp: u64,
    pub(crate) iat: u64,
    pub(crate) jti: String,
    pub(crate) scope: String,
    pub(crate) cnf: Confirmation,
    /// The client as it was registered: [`edition`].
    client: String,
}

/// Whose connection the token is good on (RFC 7800, section 3.1; as RFC 8705, section 3, for certificates).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    /// SHA-256 of the raw public key. The name is this project's own: `x5t#S256` is for certificates.
    #[serde(rename = "milagro:spki#S256")]
    pub(crate) spki: String,
}

/// An answer of the token endpoint (RFC 6749, section 4.4.3): no refresh token. Wiped when dropped.
#[derive(Serialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct ServiceToken {
    access_token: String,
    #[zeroize(skip)]
    token_type: &'static str,
    #[zeroize(skip)]
    expires_in: u64,
    #[zeroize(skip)]
    scope: String,
}

milagro_base::opaque_debug!(ServiceToken);

/// What a service has shown, and until when that counts.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) caller: &'a Identity,
    pub(crate) epochs: EpochPolicy,
}

/// The hash of a raw public key, as tokens have it.
pub(crate) fn thumbprint(caller: &Identity) -> String {
    text(&Sha256::digest(caller.to_spki()))
}

/// Another one for each registration that differs in more than scopes and resources, which are looked at themselves.
fn edition(client: &Client) -> String {
    let identity = client.registered.identity.as_deref().unwrap_or_default();
    let parts = [client.instance.as_slice(), identity.as_bytes()];
    text(&digest("service", &parts))
}

impl Service {
    /// The client of a request over a connection whose other end is `caller`, if it is registered with that principal.
    pub(crate) async fn identified(
        &self,
        caller: &Identity,
        params: &Params,
    ) -> Result<Client, OAuthError> {
        let shown = ["client_secret", "client_assertion"];
        if shown.iter().any(|name| params.get(name).is_some()) {
            return Err(OAuthError::new(
                Word::InvalidRequest,
                "authenticated in two ways",
            ));
        }
        // Not `need`: a client that does not say who it is is as little known as one that says something wrong.
        let id = params.get("client_id").ok_or_else(OAuthError::client)?;
        let client = self.client(id).await?.ok_or_else(OAuthError::client)?;
        let expected = client.registered.principal();
        let known = client.registered.is_service() && expected.as_ref() == Some(caller.principal());
        known.then_some(client).ok_or_else(OAuthError::client)
    }

    /// A token for a client that was [identified](Self::identified), bound to the key that it has shown.
    pub(crate) async fn service_token(
        &self,
        client: &Client,
        shown: Shown<'_>,
        params: &Params,
    ) -> Result<ServiceToken, OAuthError> {
        let Shown { caller, epochs } = shown;
        if params.need("grant_type")? != "client_credentials" {
            return Err(OAuthError::new(Word::UnsupportedGrantType, "grant_type"));
        }
        let scope = scopes(client, params)?.join(" ");
        let resource = match Self::resource(client, params.get("resource"))? {
            Some(resource) => resource,
            None => only_resource(client)?,
        };
        let (keys, now) = (self.keys().await, self.now());
        // A token is worth no more than the key that it is bound to.
        let ends = epochs.end(caller.epoch()).minus(now);
        let lasts = self.settings.tokens.min(Seconds::hours(1)).min(ends);
        let claims = ServiceClaims {
            iss: self.issuer().to_owned(),
            sub: format!("{SUBJECT}{}", client.id),
            aud: resource.to_owned(),
            client_id: client.id.to_string(),
            exp: now.plus(lasts).get(),
            iat: now.get(),
            jti: text(&*self.random::<16>()),
            scope: scope.clone(),
            cnf: Confirmation {
                spki: thumbprint(caller),
            },
            client: edition(client),
        };
        let how = How {
            sort: Sort::Access,
            algorithm: Algorithm::ES256,
            now,
        };
        let access_token = jwt::sign(&keys, how, &claims)?;
        self.note(What::ServiceToken, None, Some(&client.id))
            .await?;
        Ok(ServiceToken {
            access_token,
            token_type: "Bearer",
            expires_in: lasts.get(),
            scope,
        })
    }

    /// The claims of a service's token that is worth something, with the scopes that its client still has.
    pub(crate) async fn service_claims(
        &self,
        token: &str,
    ) -> Result<Option<ServiceClaims>, OAuthError> {
        let (keys, now) = (self.keys().await, self.now());
        let claims = jwt::open::<ServiceClaims>(&keys, Sort::Access, token, now);
        let timely =
            |claims: &ServiceClaims| now < Seconds::new(claims.exp) && claims.iss == self.issuer();
        let Some(mut claims) = claims.filter(timely) else {
            return Ok(None);
        };
        let Some(client) = self.client(&claims.client_id).await? else {
            return Ok(None);
        };
        let same = edition(&client).as_bytes().ct_eq(claims.client.as_bytes());
        let for_it = client.registered.resources.contains(&claims.aud);
        if !bool::from(same) || !client.registered.is_service() || !for_it {
            return Ok(None);
        }
        let kept = claims.scope.split(' ').filter(|scope| owns(&client, scope));
        claims.scope = kept.collect::<Vec<_>>().join(" ");
        Ok(Some(claims))
    }
}

/// What a service is called as a subject: nobody who is registered can choose that of a user (RFC 9700, section 4.15).
const SUBJECT: &str = "urn:milagro:client:";

/// Those that are asked for, each of which has to be the client's; without any, all that it has.
fn scopes(client: &Client, params: &Params) -> Result<Vec<String>, OAuthError> {
    let asked = params.words("scope");
    if asked.is_empty() {
        return Ok(client.registered.scopes.clone());
    }
    if !asked.iter().all(|scope| owns(client, scope)) {
        return Err(OAuthError::new(
            Word::InvalidScope,
            "not a scope of this client",
        ));
    }
    let own = client.registered.scopes.iter();
    Ok(own
        .filter(|scope| asked.contains(&scope.as_str()))
        .cloned()
        .collect())
}

/// Whether a scope is one of the client's own: those of every client are for users.
fn owns(client: &Client, scope: &str) -> bool {
    client.registered.scopes.iter().any(|own| own == scope)
}

/// For whom a token is where the client has one resource server alone.
fn only_resource(client: &Client) -> Result<&str, OAuthError> {
    match client.registered.resources.as_slice() {
        [only] => Ok(only),
        _ => Err(OAuthError::new(Word::InvalidTarget, "resource is needed")),
    }
}
