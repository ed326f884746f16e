//! What is written down about decisions: audit lines and metrics.

use milagro_base::Seconds;
use milagro_ledger::Unavailable;
use milagro_wire::login::names::ClientId;
use milagro_wire::server::locked::hidden;
use serde::Serialize;

use crate::service::Service;

/// What was decided.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum What {
    /// A code was given out.
    CodeIssued,
    /// A code was redeemed, unless `code-reused` follows at once.
    CodeRedeemed,
    /// A code came back, or came from another client or without its verifier: whatever came of it is revoked.
    CodeReused,
    /// A refresh token was good, unless `refresh-reused` follows at once: it is used up after all else.
    Refreshed,
    /// A refresh token came back: the family is revoked.
    RefreshReused,
    /// A service was given a token.
    ServiceToken,
    /// A client gave a grant back.
    Revoked,
    /// A user agreed.
    Consented,
    /// A user did not.
    Denied,
    /// A user logged out.
    LoggedOut,
    /// An application was told that a session is over.
    Told,
    /// An application could not be told.
    NotTold,
    /// An application was written down, changed or removed.
    Client,
    /// New keys are made.
    Rotated,
    /// What `rotated` said was not done, as far as the service could learn.
    NotRotated,
}

#[derive(Serialize)]
struct Event {
    what: What,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<ClientId>,
    /// When the keys sign first, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<u64>,
}

impl Service {
    /// Writes a decision down before its answer leaves.
    pub(crate) async fn note(
        &self,
        what: What,
        user: Option<&str>,
        client: Option<&ClientId>,
    ) -> Result<(), Unavailable> {
        let event = Event {
            what,
            user: user.map(|user| hidden(&self.parts.audit_key, user.as_bytes())),
            client: client.cloned(),
            from: None,
        };
        self.write(event).await
    }

    /// Writes down what becomes of keys that sign from a time on.
    pub(crate) async fn note_keys(&self, what: What, from: Seconds) -> Result<(), Unavailable> {
        let event = Event {
            what,
            user: None,
            client: None,
            from: Some(from.get()),
        };
        self.write(event).await
    }

    async fn write(&self, event: Event) -> Result<(), Unavailable> {
        let word = serde_json::to_value(event.what).ok();
        let word = word.and_then(|word| word.as_str().map(str::to_owned));
        metrics::counter!("milagro_oidc_decisions_total", "what" => word.unwrap_or_default())
            .increment(1);
        let written = self.parts.audit.note(self.now(), &event).await;
        written.map(|_| ()).map_err(|error| {
            tracing::error!(kind = ?error.kind(), "the audit file cannot be written");
            Unavailable
        })
    }
}
