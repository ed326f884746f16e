//! Logout that an application begins (OpenID Connect RP-Initiated Logout).

use alloc::collections::BTreeSet;
use alloc::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use milagro_ledger::Unavailable;

use crate::authorize::{sent_back, shown};
use crate::browser::{Session, SessionRef};
use crate::clients::Client;
use crate::error::{OAuthError, Word};
use crate::jwt::{self, Sort};
use crate::notes::What;
use crate::page::{self, Question};
use crate::params::Params;
use crate::service::Service;
use crate::shelf::text;
use crate::tokens::IdClaims;

/// A request that is as it should be.
struct Leaving<'a> {
    /// The session that the application means.
    session: Option<String>,
    /// Where the browser goes then: one of the addresses that the client has registered.
    target: Option<&'a str>,
}

impl Service {
    /// Logs out at once where the application shows an ID token of this very session; else asks.
    pub(crate) async fn leave(self: &Arc<Self>, headers: &HeaderMap, params: &Params) -> Response {
        let left = async {
            let leaving = self.leaving(params).await?;
            let Some(session) = self.browser().session(headers).await? else {
                return Ok(gone(&leaving, params));
            };
            let name = text(&self.session_name(&session.of));
            if leaving.session.as_ref() == Some(&name) {
                self.log_out(&session).await?;
                return Ok(gone(&leaving, params));
            }
            let request = params.to_text();
            let token = self.form_token("logout", &session, &request);
            Ok(page::asked(&Question {
                title: "Log out?",
                words: vec![format!("You are logged in as {}.", session.of.user)],
                action: "/oauth/logout/confirm",
                hidden: [("request", request), ("token", token)],
                yes: "Log out",
                no: "Stay",
                leads_to: leaving.target,
            }))
        };
        left.await.unwrap_or_else(shown)
    }

    /// What the user has answered to that.
    pub(crate) async fn confirm_leaving(
        self: &Arc<Self>,
        headers: &HeaderMap,
        form: &Params,
    ) -> Response {
        let left = async {
            let (request, token) = (form.need("request")?, form.need("token")?);
            let params = Params::parse(request.as_bytes())?;
            let leaving = self.leaving(&params).await?;
            let Some(session) = self.browser().session(headers).await? else {
                return Ok(gone(&leaving, &params));
            };
            if !self.is_form_token("logout", &session, request, token) {
                return Err(OAuthError::new(
                    Word::InvalidRequest,
                    "the form is not of this session",
                ));
            }
            if form.get("answer") != Some("yes") {
                return Ok(page::said(
                    StatusCode::OK,
                    "Still logged in",
                    "You are still logged in.",
                ));
            }
            self.log_out(&session).await?;
            Ok(gone(&leaving, &params))
        };
        left.await.unwrap_or_else(shown)
    }

    async fn log_out(self: &Arc<Self>, session: &Session) -> Result<(), OAuthError> {
        self.browser().end(&session.of).await?;
        self.close_and_tell(&session.of).await?;
        self.note(What::LoggedOut, Some(&session.of.user), None)
            .await?;
        Ok(())
    }

    /// Ends what hangs on a session. The user does not wait for applications.
    async fn close_and_tell(self: &Arc<Self>, session: &SessionRef) -> Result<(), Unavailable> {
        let closed = self.close(session).await?;
        let service = Arc::clone(self);
        tokio::spawn(async move {
            let told = service.tell_all(closed, &mut BTreeSet::new()).await;
            if told.is_err() {
                tracing::warn!("applications are told of a logout later");
            }
        });
        Ok(())
    }

    /// Looks whether a session is over; if it is, what hangs on it ends, and applications are told while the caller goes on. For
    /// keepers that hear at once of what may have been a session's end. True if it was.
    ///
    /// # Errors
    /// [`Unavailable`]: [`Self::sweep`] finds it later.
    pub async fn look_at(self: &Arc<Self>, session: &SessionRef) -> Result<bool, Unavailable> {
        let over = !self.browser().is_open(session).await?;
        if over {
            self.close_and_tell(session).await?;
        }
        Ok(over)
    }

    /// Goes around the keeper's own routes. Where one of them (by `DELETE`) ends the session that its request belongs to, what
    /// hangs on it ends before the answer leaves: a login that follows at once finds nothing of it.
    pub async fn watch(self: &Arc<Self>, request: Request, next: Next) -> Response {
        if request.method() != Method::DELETE {
            return next.run(request).await;
        }
        let before = self.browser().session(request.headers()).await;
        let response = next.run(request).await;
        let Ok(Some(session)) = before else {
            return response;
        };
        if self.look_at(&session.of).await.is_err() {
            tracing::warn!("grants of a session that has ended are ended later");
        }
        response
    }

    async fn leaving<'a>(&self, params: &'a Params) -> Result<Leaving<'a>, OAuthError> {
        let invalid = |words| OAuthError::new(Word::InvalidRequest, words);
        let hint = match params.get("id_token_hint") {
            None => None,
            Some(token) => {
                let keys = self.keys().await;
                let claims = jwt::open::<IdClaims>(&keys, Sort::Id, token, self.now());
                let claims = claims.filter(|claims| claims.iss == self.issuer());
                Some(claims.ok_or_else(|| invalid("id_token_hint"))?)
            }
        };
        let (named, hinted) = (
            params.get("client_id"),
            hint.as_ref().map(|hint| hint.aud.as_str()),
        );
        if named.is_some() && hinted.is_some() && named != hinted {
            return Err(invalid("client_id"));
        }
        let client = match named.or(hinted) {
            Some(id) => self.client(id).await?,
            None => None,
        };
        let target = params.get("post_logout_redirect_uri");
        let known = |uri: &str| {
            client
                .as_ref()
                .is_some_and(|client: &Client| client.has_post_logout(uri))
        };
        if target.is_some_and(|uri| !known(uri)) {
            return Err(invalid("post_logout_redirect_uri"));
        }
        let session = hint.map(|hint| hint.sid);
        Ok(Leaving { session, target })
    }
}

fn gone(leaving: &Leaving<'_>, params: &Params) -> Response {
    let Some(target) = leaving.target else {
        return page::said(StatusCode::OK, "Logged out", "You are logged out.");
    };
    let state = params.get("state").map(|state| ("state", state.to_owned()));
    sent_back(target, state.as_slice())
}
