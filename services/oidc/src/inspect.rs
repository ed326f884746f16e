//! What becomes of tokens that were given out: userinfo (OpenID Connect Core, section 5.3), introspection (RFC 7662), revocation
//! (RFC 7009).

use axum::http::{HeaderMap, header};
use milagro_base::Seconds;
use serde_json::{Value, json};

use crate::clients::Client;
use crate::error::{OAuthError, Word};
use crate::jwt::{self, Sort};
use crate::notes::What;
use crate::params::Params;
use crate::service::Service;
use crate::service_tokens::ServiceClaims;
use crate::tokens::AccessClaims;

impl Service {
    /// Who the bearer acts for.
    pub(crate) async fn userinfo(&self, headers: &HeaderMap) -> Result<Value, OAuthError> {
        let invalid = || OAuthError::new(Word::InvalidToken, "no token of this provider's");
        let mut lines = headers.get_all(header::AUTHORIZATION).iter();
        let line = lines.next().and_then(|line| line.to_str().ok());
        let (scheme, token) = line
            .and_then(|line| line.split_once(' '))
            .ok_or_else(invalid)?;
        if !scheme.eq_ignore_ascii_case("bearer") || lines.next().is_some() {
            return Err(invalid());
        }
        let (claims, grant) = self.access(token).await?.ok_or_else(invalid)?;
        // A token that is for a resource server is not for this one.
        if claims.aud != self.issuer() || !claims.has("openid") {
            return Err(invalid());
        }
        let mut info = json!({ "sub": claims.sub });
        if let Some(info) = info.as_object_mut().filter(|_| claims.has("profile")) {
            info.insert("preferred_username".to_owned(), json!(grant.user));
        }
        Ok(info)
    }

    /// Whether a token is worth anything, for the client that it was given to, and for the resource server that it is for.
    pub(crate) async fn introspect(
        &self,
        headers: &HeaderMap,
        params: &Params,
    ) -> Result<Value, OAuthError> {
        let client = self.authenticate(headers, params).await?;
        if client.is_public() {
            return Err(OAuthError::client());
        }
        self.introspect_for(&client, params).await
    }

    /// The same, for a client that has shown who it is.
    pub(crate) async fn introspect_for(
        &self,
        client: &Client,
        params: &Params,
    ) -> Result<Value, OAuthError> {
        let token = params.need("token")?;
        let inactive = || json!({ "active": false });
        if let Some(refresh) = self.refresh(token) {
            let grant = self.grant(&refresh.grant).await?.map(|found| found.value);
            let grant = grant.filter(|grant| grant.redeemed && grant.client == client.id);
            let Some(grant) = grant.filter(|_| refresh.is_timely(self.now())) else {
                return Ok(inactive());
            };
            // Used tokens are worthless; the ledger says so without being charged.
            let usage = self.parts.ledger.usage(&[refresh.account()]).await?;
            let unused = usage.first().is_some_and(|usage| usage.used == 0);
            if !unused || !self.stands(&grant).await? {
                return Ok(inactive());
            }
            return Ok(json!({
                "active": true, "client_id": grant.client, "scope": grant.scopes.join(" "),
                "sub": self.subject(&grant.user), "iss": self.issuer(), "iat": refresh.issued.get(),
            }));
        }
        let id = client.id.as_str();
        let Some((claims, _)) = self.access(token).await? else {
            let claims = self.service_claims(token).await?;
            let claims = claims.filter(|claims| claims.client_id == id || claims.aud == id);
            return Ok(claims.map_or_else(inactive, |claims| shown(&claims)));
        };
        if claims.client_id != id && claims.aud != id {
            return Ok(inactive());
        }
        Ok(json!({
            "active": true, "token_type": "Bearer", "client_id": claims.client_id, "scope": claims.scope,
            "sub": claims.sub, "aud": claims.aud, "iss": claims.iss, "exp": claims.exp, "iat": claims.iat,
            "jti": claims.jti, "auth_time": claims.auth_time, "acr": claims.acr, "amr": claims.amr,
        }))
    }

    /// Gives a grant back. What is no token is no error (RFC 7009, section 2.2), nor is one of another client, which stays.
    pub(crate) async fn give_back(
        &self,
        headers: &HeaderMap,
        params: &Params,
    ) -> Result<(), OAuthError> {
        let client = self.authenticate(headers, params).await?;
        let token = params.need("token")?;
        let id = if let Some(refresh) = self.refresh(token) {
            Some(refresh.grant)
        } else {
            let (keys, now) = (self.keys().await, self.now());
            let claims = jwt::open::<AccessClaims>(&keys, Sort::Access, token, now);
            let claims = claims.filter(|claims| now < Seconds::new(claims.exp));
            claims.and_then(|claims| claims.grant())
        };
        let Some(id) = id else { return Ok(()) };
        let Some(found) = self.grant(&id).await? else {
            return Ok(());
        };
        let grant = found.value;
        if grant.client == client.id && self.revoke(&id).await? {
            self.note(What::Revoked, Some(&grant.user), Some(&client.id))
                .await?;
        }
        Ok(())
    }
}

fn shown(claims: &ServiceClaims) -> Value {
    json!({
        "active": true, "token_type": "Bearer", "client_id": claims.client_id, "scope": claims.scope,
        "sub": claims.sub, "aud": claims.aud, "iss": claims.iss, "exp": claims.exp, "iat": claims.iat,
        "jti": claims.jti, "cnf": claims.cnf,
    })
}
