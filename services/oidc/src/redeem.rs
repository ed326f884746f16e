//! The token endpoint (RFC 6749, section 3.2).
//!
//! # A reply that was lost
//!
//! A refresh token that comes a second time revokes its family, whoever brings it and however soon: RFC 9700, section 4.14.2.
//! A time of grace, in which the second use is answered like the first, would keep a client whose answer was lost, and also
//! a thief who asks right after each of the client's requests: he would be given what the client is given, again and again,
//! and never be noticed. Strictness costs little here: a client whose answer was lost sends its user through the authorization
//! endpoint, which answers without a question while the session is open (`prompt=none`). So that answers are lost on the
//! network alone, the token is used up last: all that can fail before the answer leaves has been done by then. A code is used
//! up before its grant is written, or two could write, but after all else.

use milagro_ledger::Unavailable;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::clients::Client;
use crate::error::{OAuthError, Word};
use crate::grants::{Code, Grant, GrantId, Refresh};
use crate::notes::What;
use crate::params::Params;
use crate::pay::Use;
use crate::rates::Head;
use crate::service::Service;
use crate::shelf::text;
use crate::tokens::{Order, Tokens};

impl Service {
    /// Answers a request for tokens.
    pub(crate) async fn redeem(&self, head: &Head, params: &Params) -> Result<Tokens, OAuthError> {
        // Before an assertion is used up.
        let grant_type = params.need("grant_type")?;
        if !["authorization_code", "refresh_token"].contains(&grant_type) {
            return Err(OAuthError::new(Word::UnsupportedGrantType, "grant_type"));
        }
        let client = self.authenticate(&head.headers, params).await?;
        self.counted.count_client(client.named(), head)?;
        if grant_type == "authorization_code" {
            self.redeem_code(&client, params).await
        } else {
            self.redeem_refresh(&client, params).await
        }
    }

    async fn redeem_code(&self, client: &Client, params: &Params) -> Result<Tokens, OAuthError> {
        let given = params.need("code")?;
        let (redirect_uri, verifier) =
            (params.need("redirect_uri")?, params.need("code_verifier")?);
        let resource = Self::resource(client, params.get("resource"))?;
        let (hash, id) = self.issued_code(given).ok_or_else(OAuthError::grant)?;
        let found = self.code(&hash).await?;
        let Some(code) = found.filter(|code| code.is_timely(self.now())) else {
            return self.late(&id).await;
        };
        let fits = code.client == client.id
            && code.redirect_uri == redirect_uri
            && is_verified(&code, verifier);
        if !fits {
            let _used = self.use_up(code.account(&hash)).await?;
            return self.misused(&id, &code).await;
        }
        let found = self.grant(&id).await?;
        let Some(found) = found.filter(|found| !found.value.redeemed) else {
            return self.misused(&id, &code).await;
        };
        let grant = found.value;
        if !self.stands(&grant).await? {
            self.revoke(&id).await?;
            return Err(OAuthError::grant());
        }
        let order = Order {
            client,
            grant: &grant,
            id,
            scopes: current(client, &grant),
            resource,
            number: 0,
            nonce: grant.nonce.as_deref(),
        };
        let tokens = self.make_tokens(order).await?;
        self.note(What::CodeRedeemed, Some(&grant.user), Some(&client.id))
            .await?;
        self.make_room(&grant).await?;
        if self.use_up(code.account(&hash)).await? != Use::First {
            return self.misused(&id, &code).await;
        }
        // A second use that came in between has revoked it.
        let begun = self.begin_grant(&id, &grant, found.version).await?;
        if begun {
            Ok(tokens)
        } else {
            Err(OAuthError::grant())
        }
    }

    /// Somebody has a code who should not: RFC 9700, section 4.5; RFC 6749, section 4.1.2.
    async fn misused(&self, id: &GrantId, code: &Code) -> Result<Tokens, OAuthError> {
        self.revoke(id).await?;
        self.note(What::CodeReused, None, Some(&code.client))
            .await?;
        Err(OAuthError::grant())
    }

    /// A code that is too old: if it was redeemed when it was good, somebody has it who should not, and that is no less so
    /// for being late.
    async fn late(&self, id: &GrantId) -> Result<Tokens, OAuthError> {
        let found = self.grant(id).await?;
        if let Some(grant) = found.map(|found| found.value).filter(|one| one.redeemed)
            && self.revoke(id).await?
        {
            self.note(What::CodeReused, Some(&grant.user), Some(&grant.client))
                .await?;
        }
        Err(OAuthError::grant())
    }

    async fn redeem_refresh(&self, client: &Client, params: &Params) -> Result<Tokens, OAuthError> {
        let given = self.refresh(params.need("refresh_token")?);
        let given = given.ok_or_else(OAuthError::grant)?;
        let resource = Self::resource(client, params.get("resource"))?;
        let found = self
            .grant(&given.grant)
            .await?
            .ok_or_else(OAuthError::grant)?;
        let grant = found.value;
        if grant.client != client.id {
            // It has got to another client: it has leaked.
            return self.reused(&given.grant, &grant).await;
        }
        let may_refresh = client.registered.refresh && grant.redeemed;
        if !may_refresh || !given.is_timely(self.now()) {
            return Err(OAuthError::grant());
        }
        if !self.stands(&grant).await? {
            self.revoke(&given.grant).await?;
            return Err(OAuthError::grant());
        }
        let number = given.number.checked_add(1).ok_or_else(OAuthError::grant)?;
        let order = Order {
            client,
            grant: &grant,
            id: given.grant,
            scopes: narrowed(client, &grant, params)?,
            resource,
            number,
            nonce: None,
        };
        let tokens = self.make_tokens(order).await?;
        self.note(What::Refreshed, Some(&grant.user), Some(&client.id))
            .await?;
        match self.use_up(given.account()).await? {
            Use::First => self.still(&given, tokens).await,
            Use::Used => self.reused(&given.grant, &grant).await,
            Use::Over => Err(OAuthError::grant()),
        }
    }

    /// The tokens, unless the family was revoked while they were made.
    async fn still(&self, given: &Refresh, tokens: Tokens) -> Result<Tokens, OAuthError> {
        match self.grant(&given.grant).await {
            Ok(None) => Err(OAuthError::grant()),
            // What is not known now is looked at again before the new token is worth anything.
            Ok(Some(_)) | Err(Unavailable) => Ok(tokens),
        }
    }

    async fn reused(&self, id: &GrantId, grant: &Grant) -> Result<Tokens, OAuthError> {
        self.revoke(id).await?;
        self.note(What::RefreshReused, Some(&grant.user), Some(&grant.client))
            .await?;
        Err(OAuthError::grant())
    }
}

/// RFC 7636, section 4.6, with the method S256.
fn is_verified(code: &Code, verifier: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(plain);
    let hash = text(&Sha256::digest(verifier));
    formed && bool::from(hash.as_bytes().ct_eq(code.challenge.as_bytes()))
}

/// What was granted, or the part of it that is asked for (RFC 6749, section 6).
fn narrowed(client: &Client, grant: &Grant, params: &Params) -> Result<Vec<String>, OAuthError> {
    let asked = params.words("scope");
    if asked.is_empty() {
        return Ok(current(client, grant));
    }
    if !asked.iter().all(|scope| grant.has(scope)) {
        return Err(OAuthError::new(Word::InvalidScope, "more than was granted"));
    }
    let granted = current(client, grant).into_iter();
    Ok(granted
        .filter(|scope| asked.contains(&scope.as_str()))
        .collect())
}

/// What was granted, without what the operator has taken from the client since.
fn current(client: &Client, grant: &Grant) -> Vec<String> {
    let granted = grant.scopes.iter();
    granted
        .filter(|scope| client.has_scope(scope))
        .cloned()
        .collect()
}
