//! Answers to grants.

use alloc::collections::BTreeMap;

use milagro_base::Seconds;
use milagro_dta::grants::{Answer, Desk, GrantError, Issued};
use milagro_wire::bounded::Blob;
use milagro_wire::forms::ShareAnswer;
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::audit::{Audit, Timed};
use serde::Serialize;

use crate::issued;
use crate::service::at_work::Held;
use crate::service::parts::Parts;
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

/// What a peer is told.
pub(crate) type Said = Result<ShareAnswer, Problem>;

/// Where a grant says of which domain it is: after version and purpose.
pub(crate) fn domain_of(grant: &[u8]) -> Option<&[u8]> {
    grant.get(2..34)
}

/// What an authority has answered, before it is in the log of issued subjects.
pub(crate) struct Computed(Vec<Result<Answer, GrantError>>);

/// What is to be said, once its lines are in the audit file.
pub(crate) struct Decided {
    said: Vec<Said>,
    /// One for each of them that gets one.
    lines: Vec<Option<Decision>>,
}

/// Answers grants, and books their subjects. Computes.
pub(crate) async fn compute(parts: &Parts, held: &Held, grants: &[&[u8]]) -> Computed {
    let desk = Desk {
        registrar: &held.registrar,
        ledger: &*parts.ledger,
        now: parts.effects.now(),
    };
    let rng = &mut *parts.effects.rng();
    let answers = held.share.answer_all(rng, &desk, grants).await;
    for answer in &answers {
        let outcome = match answer {
            Ok(_) => "answered",
            Err(GrantError::Issued) => "issued-before",
            Err(GrantError::Full | GrantError::Unknown) => "unavailable",
            Err(_) => "refused",
        };
        metrics::counter!("milagro_grants_total", "answer" => outcome).increment(1);
        if answer
            .as_ref()
            .map_or_else(|error| is_signed(*error), |_| true)
        {
            held.count();
        }
    }
    Computed(answers)
}

/// Whether this comes after the signature of the registrar: nobody else fills the audit file, or uses the rate up.
const fn is_signed(error: GrantError) -> bool {
    matches!(
        error,
        GrantError::Issued
            | GrantError::Full
            | GrantError::Unknown
            | GrantError::Client
            | GrantError::Degenerate
    )
}

impl Computed {
    /// Enters all to whom there is a share into the log of issued subjects.
    pub(crate) async fn logged(self, parts: &Parts, held: &Held) -> Decided {
        let issued = self.0.iter().flatten().map(|answer| answer.issued);
        let logged = issued::note_each(&*parts.records, held.id(), issued.collect()).await;
        let (mut said, mut lines) = (Vec::new(), Vec::new());
        for answer in self.0 {
            let (one, line) = decided(parts, held, answer, &logged);
            said.push(one);
            lines.push(line);
        }
        Decided { said, lines }
    }
}

/// What is said to one, and its line.
fn decided(
    parts: &Parts,
    held: &Held,
    answer: Result<Answer, GrantError>,
    logged: &BTreeMap<Issued, bool>,
) -> (Said, Option<Decision>) {
    match answer {
        Ok(answer) if logged.get(&answer.issued) == Some(&true) => {
            let line = line(parts, held, Ok(&answer.issued));
            (form(held, answer), Some(line))
        }
        Ok(_) => (Err(ProblemType::Unavailable.problem().after(1)), None),
        Err(error) => {
            let line = is_signed(error).then(|| line(parts, held, Err(error)));
            (Err(problem(error)), line)
        }
    }
}

impl Decided {
    /// Writes the lines, and only then lets the answers go, one for each grant. Waits for the disk, once.
    pub(crate) fn noted(self, audit: &Audit, now: Seconds) -> Vec<Said> {
        let events = self.lines.iter().flatten();
        let events: Vec<_> = events.map(|event| Timed { at: now, event }).collect();
        if events.is_empty() {
            return self.said;
        }
        let Err(error) = audit.record_all(events) else {
            return self.said;
        };
        tracing::error!(kind = ?error.kind(), "the audit file cannot be written");
        let said = self.said.into_iter().zip(&self.lines);
        said.map(|(said, line)| match line {
            Some(_) => Err(ProblemType::Unavailable.problem().after(1)),
            None => said,
        })
        .collect()
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
