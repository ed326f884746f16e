//! What applications get for a grant: access tokens (RFC 9068), ID tokens (OpenID Connect Core, section 2), refresh tokens.

use jsonwebtoken::Algorithm;
use milagro_base::Seconds;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha512};
use utoipa::ToSchema;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::clients::Client;
use crate::error::{OAuthError, Word};
use crate::grants::{Grant, GrantId, Refresh};
use crate::jwt::{self, How, Sort};
use crate::service::Service;
use crate::shelf::{bytes, text};

/// The claims of an access token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AccessClaims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: String,
    pub(crate) client_id: String,
    pub(crate) exp: u64,
    pub(crate) iat: u64,
    pub(crate) jti: String,
    pub(crate) scope: String,
    pub(crate) auth_time: u64,
    pub(crate) acr: String,
    pub(crate) amr: Vec<String>,
    /// The grant that it hangs on.
    grant: String,
}

impl AccessClaims {
    pub(crate) fn grant(&self) -> Option<GrantId> {
        bytes(&self.grant)
    }

    pub(crate) fn has(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|own| own == scope)
    }
}

/// The claims of an ID token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct IdClaims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: String,
    pub(crate) exp: u64,
    pub(crate) iat: u64,
    pub(crate) auth_time: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) nonce: Option<String>,
    pub(crate) acr: String,
    pub(crate) amr: Vec<String>,
    pub(crate) sid: String,
    pub(crate) at_hash: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) preferred_username: Option<String>,
}

/// An answer of the token endpoint (RFC 6749, section 5.1). Wiped when dropped.
#[derive(Serialize, ToSchema, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Tokens {
    access_token: String,
    #[zeroize(skip)]
    token_type: &'static str,
    #[zeroize(skip)]
    expires_in: u64,
    #[zeroize(skip)]
    scope: String,
    id_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

milagro_base::opaque_debug!(Tokens);

/// What tokens are made of.
pub(crate) struct Order<'a> {
    pub(crate) client: &'a Client,
    pub(crate) grant: &'a Grant,
    pub(crate) id: GrantId,
    pub(crate) scopes: Vec<String>,
    /// For whom the access token is (RFC 8707); without one for the provider itself: userinfo.
    pub(crate) resource: Option<&'a str>,
    /// The number of the refresh token.
    pub(crate) number: u32,
    /// Shown again in the first ID token alone.
    pub(crate) nonce: Option<&'a str>,
}

impl Service {
    pub(crate) async fn make_tokens(&self, order: Order<'_>) -> Result<Tokens, OAuthError> {
        let (keys, now) = (self.keys().await, self.now());
        let lasts = self.settings.tokens.min(Seconds::hours(1));
        let lasts = lasts.min(Seconds::new(order.grant.until).minus(now));
        let (iat, exp) = (now.get(), now.plus(lasts).get());
        let grant = order.grant;
        let sub = self.subject(&grant.user);
        let scope = order.scopes.join(" ");
        let access = AccessClaims {
            iss: self.issuer().to_owned(),
            sub: sub.clone(),
            aud: order.resource.unwrap_or(self.issuer()).to_owned(),
            client_id: order.client.id.to_string(),
            exp,
            iat,
            jti: text(&*self.random::<16>()),
            scope: scope.clone(),
            auth_time: grant.at,
            acr: grant.acr.clone(),
            amr: grant.amr.clone(),
            grant: text(&order.id),
        };
        let how = |sort, algorithm| How {
            sort,
            algorithm,
            now,
        };
        let access = jwt::sign(&keys, how(Sort::Access, Algorithm::ES256), &access)?;
        let algorithm = Algorithm::from(order.client.registered.id_token_signed_response_alg);
        let named = order.scopes.iter().any(|scope| scope == "profile");
        let id = IdClaims {
            iss: self.issuer().to_owned(),
            sub,
            aud: order.client.id.to_string(),
            exp,
            iat,
            auth_time: grant.at,
            nonce: order.nonce.map(str::to_owned),
            acr: grant.acr.clone(),
            amr: grant.amr.clone(),
            sid: text(&self.session_name(&grant.session())),
            at_hash: at_hash(algorithm, &access),
            preferred_username: named.then(|| grant.user.clone()),
        };
        let refresh = order.client.registered.refresh.then(|| {
            self.refresh_text(&Refresh {
                grant: order.id,
                number: order.number,
                issued: now,
            })
        });
        Ok(Tokens {
            id_token: jwt::sign(&keys, how(Sort::Id, algorithm), &id)?,
            access_token: access,
            token_type: "Bearer",
            expires_in: lasts.get(),
            scope,
            refresh_token: refresh.map(|text| text.to_string()),
        })
    }

    /// The claims of an access token of this provider that has not expired and whose grant stands.
    pub(crate) async fn access(
        &self,
        token: &str,
    ) -> Result<Option<(AccessClaims, Grant)>, OAuthError> {
        let (keys, now) = (self.keys().await, self.now());
        let Some(claims) = jwt::open::<AccessClaims>(&keys, Sort::Access, token, now) else {
            return Ok(None);
        };
        let timely = now < Seconds::new(claims.exp) && claims.iss == self.issuer();
        let Some(id) = claims.grant().filter(|_| timely) else {
            return Ok(None);
        };
        let Some(found) = self.grant(&id).await? else {
            return Ok(None);
        };
        let stands = found.value.redeemed && self.stands(&found.value).await?;
        Ok(stands.then_some((claims, found.value)))
    }

    /// The resource that a client asks a token for, if it may.
    pub(crate) fn resource<'a>(
        client: &Client,
        asked: Option<&'a str>,
    ) -> Result<Option<&'a str>, OAuthError> {
        let known = |asked: &&str| client.registered.resources.iter().any(|one| one == asked);
        match asked {
            Some(asked) if !known(&asked) => Err(OAuthError::new(
                Word::InvalidTarget,
                "not a resource of this client",
            )),
            asked => Ok(asked),
        }
    }
}

/// The left half of the hash of the algorithm (OpenID Connect Core, section 3.1.3.6); SHA-512 for Ed25519, as RFC 8032 has it.
fn at_hash(algorithm: Algorithm, access: &str) -> String {
    if algorithm == Algorithm::EdDSA {
        let hash: [u8; 64] = Sha512::digest(access).into();
        text(hash.get(..32).unwrap_or_default())
    } else {
        let hash: [u8; 32] = Sha256::digest(access).into();
        text(hash.get(..16).unwrap_or_default())
    }
}
