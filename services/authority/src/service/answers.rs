//! Answers to grants.

use milagro_base::Seconds;
use milagro_dta::grants::{Answer, Desk, GrantError, Issued};
use milagro_wire::bounded::Blob;
use milagro_wire::forms::ShareAnswer;
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::audit::Audit;
use serde::Serialize;

use crate::issued;
use crate::service::{Held, Parts};
use milagro_wire::server::locked::hidden;

/// What the audit file says of a grant that its registrar has signed.
#[derive(Serialize)]
struct Decision {
    what: &'static str,
    domain: String,
    answer: &'static str,
    /// The subject under the key of the audit file, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// Why there was no share.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Where a grant says of which domain it is: after version and purpose.
pub(crate) fn domain_of(grant: &[u8]) -> Option<&[u8]> {
    grant.get(2..34)
}

/// What is to be said to a grant, once its line is in the audit file.
pub(crate) struct Decided {
    said: Result<ShareAnswer, Problem>,
    line: Option<Decision>,
}

impl Decided {
    /// Writes the line, and only then lets the answer go. Waits for the disk.
    pub(crate) fn noted(self, audit: &Audit, now: Seconds) -> Result<ShareAnswer, Problem> {
        if let Some(line) = &self.line {
            audit.record(now, line).map_err(|error| {
                tracing::error!(kind = ?error.kind(), "the audit file cannot be written");
                ProblemType::Unavailable.problem().after(1)
            })?;
        }
        self.said
    }
}

/// Decides on a grant: books the subject, and logs it. Computes.
pub(crate) async fn decide(parts: &Parts, held: &Held, grant: &[u8]) -> Decided {
    let desk = Desk {
        registrar: &held.registrar,
        ledger: &*parts.ledger,
        now: parts.effects.now(),
    };
    let answer = held
        .share
        .answer(&mut *parts.effects.rng(), &desk, grant)
        .await;
    let outcome = match &answer {
        Ok(_) => "answered",
        Err(GrantError::Issued) => "issued-before",
        Err(GrantError::Full | GrantError::Unknown) => "unavailable",
        Err(_) => "refused",
    };
    metrics::counter!("milagro_grants_total", "answer" => outcome).increment(1);
    match answer {
        Ok(answer) => {
            held.count();
            let noted = issued::note(&*parts.records, held.id(), &answer.issued).await;
            if noted.is_err() {
                return Decided {
                    said: Err(ProblemType::Unavailable.problem().after(1)),
                    line: None,
                };
            }
            let line = line(parts, held, Ok(&answer.issued));
            Decided {
                said: form(held, answer),
                line: Some(line),
            }
        }
        Err(error) => {
            // Only these come after the signature of the registrar: nobody else fills the audit file.
            let signed = matches!(
                error,
                GrantError::Issued | GrantError::Full | GrantError::Unknown
            );
            if signed {
                held.count();
            }
            Decided {
                said: Err(problem(error)),
                line: signed.then(|| line(parts, held, Err(error))),
            }
        }
    }
}

fn line(parts: &Parts, held: &Held, answer: Result<&Issued, GrantError>) -> Decision {
    let subject = answer
        .ok()
        .map(|issued| hidden(&parts.audit_key, issued.subject()));
    Decision {
        what: "grant",
        domain: id_text(held),
        answer: if subject.is_some() { "share" } else { "none" },
        subject,
        reason: answer.err().map(|error| error.to_string()),
    }
}

pub(crate) fn id_text(held: &Held) -> String {
    Blob::<32>::new(held.id().to_bytes()).map_or_else(|_| String::new(), |id| id.to_text())
}

fn form(held: &Held, answer: Answer) -> Result<ShareAnswer, Problem> {
    Ok(ShareAnswer {
        authority: held.share.number().get(),
        sealed: Blob::new(answer.sealed).map_err(|_| ProblemType::Internal.problem())?,
    })
}

/// What a client learns.
fn problem(error: GrantError) -> Problem {
    match error {
        GrantError::Format => ProblemType::Malformed.problem(),
        GrantError::Ledger | GrantError::Full | GrantError::Unknown => {
            ProblemType::Unavailable.problem().after(5)
        }
        GrantError::Degenerate => ProblemType::Internal.problem(),
        _ => ProblemType::Refused.problem(),
    }
}
