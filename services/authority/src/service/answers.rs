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
use crate::service::repeats::TooOften;
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
pub(crate) struct Computed(Vec<Result<Answer, Refusal>>);

/// Why there is no share.
enum Refusal {
    Grant(GrantError),
    TooOften(Issued, TooOften),
}

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
    let answers = grants.iter().zip(answers);
    Computed(
        answers
            .map(|(grant, answer)| counted(held, desk.now, grant, answer))
            .collect(),
    )
}

/// Counts what the registrar has signed: for the client, and for the registrar unless the client has had too many.
fn counted(
    held: &Held,
    now: Seconds,
    grant: &[u8],
    answer: Result<Answer, GrantError>,
) -> Result<Answer, Refusal> {
    let (is_signed, issued) = match &answer {
        Ok(answer) => (true, Some(answer.issued)),
        Err(error) if is_signed(*error) => (true, held.share.issued(grant)),
        Err(_) => (false, None),
    };
    let over = issued.and_then(|issued| {
        let over = held.repeats.count(&issued, grant, now).err()?;
        Some(Refusal::TooOften(issued, over))
    });
    if is_signed && over.is_none() {
        held.count();
    }
    let answer = over.map_or(answer.map_err(Refusal::Grant), Err);
    let outcome = match &answer {
        Ok(_) => "answered",
        Err(Refusal::TooOften(..)) => "too-often",
        Err(Refusal::Grant(GrantError::Issued)) => "issued-before",
        Err(Refusal::Grant(GrantError::Full | GrantError::Unknown)) => "unavailable",
        Err(Refusal::Grant(_)) => "refused",
    };
    metrics::counter!("milagro_grants_total", "answer" => outcome).increment(1);
    answer
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
    answer: Result<Answer, Refusal>,
    logged: &BTreeMap<Issued, bool>,
) -> (Said, Option<Decision>) {
    match answer {
        Ok(answer) if logged.get(&answer.issued) == Some(&true) => {
            let line = line(parts, held, Some(&answer.issued), None);
            (form(held, answer), Some(line))
        }
        Ok(_) => (Err(ProblemType::Unavailable.problem().after(1)), None),
        Err(Refusal::Grant(error)) => {
            let reason = is_signed(error).then(|| error.to_string());
            let line = reason.map(|reason| line(parts, held, None, Some(reason)));
            (Err(problem(error)), line)
        }
        Err(Refusal::TooOften(issued, over)) => {
            let reason = over.first.then(|| "asked too often".to_owned());
            let line = reason.map(|reason| line(parts, held, Some(&issued), Some(reason)));
            let said = ProblemType::Rate.problem().after(over.wait);
            (Err(said), line)
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

fn line(parts: &Parts, held: &Held, issued: Option<&Issued>, reason: Option<String>) -> Decision {
    Decision {
        what: "grant",
        domain: id_text(held),
        answer: if reason.is_none() { "share" } else { "none" },
        subject: issued.map(|issued| hidden(&parts.audit_key, issued.subject())),
        reason,
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
