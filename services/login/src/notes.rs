//! What is written down about decisions: audit lines and metrics. Each has a type of its own, and nothing else gets there.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_mpin::server::{DeviceId, Reason};
use milagro_wire::login::names::{ClientId, UserName};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::audit::{Audit, Timed};
use milagro_wire::server::locked::hidden;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

/// Most lines that wait for the disk.
const WAITING: usize = 4096;
/// Most lines that are written at once.
const TOGETHER: usize = 256;

/// What was decided about.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum What {
    Login,
    Code,
    /// The server's half of a key agreement.
    Agreement,
    /// A signature that was countersigned.
    Signature,
    Session,
    HandOff,
    Enrolment,
    /// A code for another device.
    DeviceCode,
    Recovery,
    Lock,
    Unlock,
    Removal,
    /// The registrar has removed a device.
    Away,
    /// The registrar has taken that back.
    Back,
    Client,
    /// A new key of cookies.
    CookieKey,
    /// A new key of statements.
    StatementKey,
}

/// How it was decided.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// Yes.
    Accepted,
    /// No: the proof is not right, or not for this.
    Refused,
    /// No attempt is left.
    NoAttempts,
    /// Used before, or too old to know.
    Used,
    /// No attempt is left with cookies that were replaced: a copy may exist.
    CopySuspected,
    /// A right proof came with a cookie that was replaced: a copy exists.
    CopyFound,
    /// Locked or frozen in between.
    Closed,
    /// The registrar, or the application that it asks, says no.
    NotPermitted,
    /// What a line before has accepted was not done, as far as the service could learn.
    Failed,
}

impl Outcome {
    /// As metrics name it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::NoAttempts => "no-attempts",
            Self::Used => "used",
            Self::CopySuspected => "copy-suspected",
            Self::CopyFound => "copy-found",
            Self::Closed => "closed",
            Self::NotPermitted => "not-permitted",
            Self::Failed => "failed",
        }
    }
}

/// Somebody or something, hidden under the operator's key.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Hidden(String);

/// One decision.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Event {
    pub(crate) what: What,
    pub(crate) outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<Hidden>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<Hidden>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client: Option<ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'static str>,
    /// When what was decided begins, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<u64>,
}

impl Event {
    pub(crate) const fn new(what: What, outcome: Outcome) -> Self {
        Self {
            what,
            outcome,
            user: None,
            device: None,
            client: None,
            reason: None,
            from: None,
        }
    }

    pub(crate) fn of(mut self, book: &Notebook, user: &UserName) -> Self {
        self.user = Some(book.hide(user.as_str().as_bytes()));
        self
    }

    pub(crate) fn on(mut self, book: &Notebook, device: DeviceId) -> Self {
        self.device = Some(book.hide(&device.to_bytes()));
        self
    }

    pub(crate) fn by(mut self, client: &ClientId) -> Self {
        self.client = Some(client.clone());
        self
    }

    pub(crate) const fn because(mut self, reason: Reason) -> Self {
        self.reason = Some(word(reason));
        self
    }

    pub(crate) const fn beginning(mut self, from: Seconds) -> Self {
        self.from = Some(from.get());
        self
    }
}

/// The reason of a refusal. None of them says by how much a PIN was wrong.
const fn word(reason: Reason) -> &'static str {
    match reason {
        Reason::Proof => "proof",
        Reason::Opening => "opening",
        Reason::Malformed => "malformed",
        Reason::CookieReplaced => "cookie-replaced",
        Reason::CookieCopied => "cookie-copied",
        Reason::TooSoon => "too-soon",
        Reason::ChallengeAge | Reason::Time => "too-late",
        Reason::PermitEpoch => "permit-epoch",
        _ => "other",
    }
}

struct Line {
    at: Seconds,
    event: Event,
    written: oneshot::Sender<bool>,
}

/// Writes audit lines, those that wait together at once.
pub(crate) struct Notebook {
    key: Zeroizing<[u8; 32]>,
    lines: mpsc::Sender<Line>,
}

milagro_base::opaque_debug!(Notebook);

impl Notebook {
    /// Begins to write, in a task that ends with the last of these.
    pub(crate) fn begin(audit: Arc<Audit>, key: Zeroizing<[u8; 32]>) -> Self {
        let (lines, waiting) = mpsc::channel(WAITING);
        tokio::spawn(write(audit, waiting));
        Self { key, lines }
    }

    fn hide(&self, what: &[u8]) -> Hidden {
        Hidden(hidden(&self.key, what))
    }

    /// Counts a decision, writes it down, and returns when it is on the disk.
    ///
    /// # Errors
    /// [`ProblemType::Unavailable`]: it is not.
    pub(crate) async fn note(&self, at: Seconds, event: Event) -> Result<(), Problem> {
        count(event.what, event.outcome);
        let (written, is_written) = oneshot::channel();
        let line = Line { at, event, written };
        let sent = self.lines.send(line).await.is_ok();
        if sent && is_written.await == Ok(true) {
            Ok(())
        } else {
            Err(ProblemType::Unavailable.problem().after(5))
        }
    }
}

async fn write(audit: Arc<Audit>, mut waiting: mpsc::Receiver<Line>) {
    loop {
        let mut lines = Vec::new();
        if waiting.recv_many(&mut lines, TOGETHER).await == 0 {
            return;
        }
        let audit = Arc::clone(&audit);
        let work = move || {
            let events = lines
                .iter()
                .map(|Line { at, event, .. }| Timed { at: *at, event });
            let written = audit.record_all(events);
            if let Err(error) = &written {
                tracing::error!(kind = ?error.kind(), "the audit file cannot be written");
            }
            for line in lines {
                // Whoever asked may have gone.
                let _gone = line.written.send(written.is_ok());
            }
        };
        // A panic leaves the lines unanswered, which counts as not written.
        let _panicked = tokio::task::spawn_blocking(work).await;
    }
}

/// Counts a decision.
pub(crate) fn count(what: What, outcome: Outcome) {
    let what = match what {
        What::Login => "login",
        What::Code => "code",
        What::Agreement => "agreement",
        What::Session => "session",
        What::Signature => "signature",
        What::HandOff => "hand-off",
        What::DeviceCode => "device-code",
        _ => "operator",
    };
    let outcome = outcome.word();
    metrics::counter!("milagro_login_decisions_total", "what" => what, "outcome" => outcome)
        .increment(1);
}

/// Counts a request that was dropped before anything was charged: nothing is written down, so that strangers fill no disk.
pub(crate) fn dropped(why: &'static str) {
    metrics::counter!("milagro_login_dropped_total", "why" => why).increment(1);
}
