//! What the audit file says of decisions. Names are hidden under the key of the audit file.

use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::locked::hidden;
use serde::Serialize;

use crate::parts::Parts;

/// A decision. Without anything that a person could be known by.
#[derive(Serialize)]
struct Line {
    what: &'static str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
}

/// What was decided, of whom.
#[derive(Clone, Copy)]
pub(crate) struct Decision<'a> {
    pub(crate) what: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) user: Option<&'a str>,
    pub(crate) subject: Option<&'a [u8; 32]>,
    pub(crate) number: Option<u64>,
}

impl<'a> Decision<'a> {
    pub(crate) const fn new(what: &'static str, outcome: &'static str) -> Self {
        Self {
            what,
            outcome,
            user: None,
            subject: None,
            number: None,
        }
    }

    pub(crate) const fn of(mut self, user: &'a str) -> Self {
        self.user = Some(user);
        self
    }

    pub(crate) const fn about(mut self, subject: &'a [u8; 32]) -> Self {
        self.subject = Some(subject);
        self
    }

    pub(crate) const fn number(mut self, number: u64) -> Self {
        self.number = Some(number);
        self
    }

    /// Counts it, and ends when it is written down durably.
    pub(crate) async fn record(self, parts: &Parts) -> Result<(), Problem> {
        self.count();
        let line = Line {
            what: self.what,
            outcome: self.outcome,
            user: self
                .user
                .map(|user| hidden(&parts.audit_key, user.as_bytes())),
            subject: self
                .subject
                .map(|subject| hidden(&parts.audit_key, subject)),
            number: self.number,
        };
        let written = parts.audit.note(parts.effects.now(), &line).await;
        written.map(|_| ()).map_err(|error| {
            tracing::error!(kind = ?error.kind(), "the audit file cannot be written");
            ProblemType::Unavailable.problem().after(1)
        })
    }

    /// Counts it, and no more: what strangers can bring about does not fill the file.
    pub(crate) fn count(&self) {
        let (what, outcome) = (self.what, self.outcome);
        metrics::counter!("milagro_registrar_total", "what" => what, "outcome" => outcome)
            .increment(1);
    }
}
