//! Answers to grants.

use milagro_dta::grants::{Answer, Desk, GrantError, Issued};
use milagro_ledger::records::{Entry, Put};
use milagro_mpin::TrustDomainId;
use milagro_wire::bounded::Blob;
use milagro_wire::forms::ShareAnswer;
use milagro_wire::problem::{Problem, ProblemType};
use serde::Serialize;

use crate::kinds::ISSUED;
use crate::service::{Held, Parts};
use milagro_wire::server::locked::hidden;

/// What the audit file says of a grant that its registrar has signed.
#[derive(Serialize)]
struct Decision<'a> {
    what: &'static str,
    domain: String,
    answer: &'static str,
    /// The subject under the key of the audit file, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// Why there was no share.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// Where a grant says of which domain it is: after version and purpose.
pub(crate) fn domain_of(grant: &[u8]) -> Option<&[u8]> {
    grant.get(2..34)
}

/// Answers a grant: books the subject, logs it, and only then lets the share go. Computes.
pub(crate) async fn answer(
    parts: &Parts,
    held: &Held,
    grant: &[u8],
) -> Result<ShareAnswer, Problem> {
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
            log(parts, held, &answer.issued).await?;
            audit(parts, held, Ok(&answer.issued))?;
            form(held, answer)
        }
        Err(error) => {
            // Only these come after the signature of the registrar: nobody else fills the audit file.
            if matches!(
                error,
                GrantError::Issued | GrantError::Full | GrantError::Unknown
            ) {
                held.count();
                audit(parts, held, Err(error))?;
            }
            Err(problem(error))
        }
    }
}

/// Notes durably to whom the share goes.
async fn log(parts: &Parts, held: &Held, issued: &Issued) -> Result<(), Problem> {
    let key = entry_key(held.id(), issued);
    let entry = Entry {
        kind: ISSUED,
        key: &key,
        value: &[],
        expected: None,
        until: None,
    };
    match parts.records.put(entry).await {
        // Noted before, for the same client.
        Ok(Put::Stored(_) | Put::Conflict(_)) => Ok(()),
        Err(_) => Err(ProblemType::Unavailable.problem().after(1)),
    }
}

/// Domain (32), entry (64). The record itself is empty.
pub(crate) fn entry_key(domain: &TrustDomainId, issued: &Issued) -> Vec<u8> {
    [domain.to_bytes().as_slice(), &issued.to_bytes()].concat()
}

fn audit(parts: &Parts, held: &Held, answer: Result<&Issued, GrantError>) -> Result<(), Problem> {
    let reason = answer.err().map(|error| error.to_string());
    let subject = answer.ok().map(|issued| {
        let bytes = issued.to_bytes();
        hidden(
            &parts.audit_key,
            bytes.first_chunk::<32>().map_or(&[], |subject| subject),
        )
    });
    let decision = Decision {
        what: "grant",
        domain: id_text(held),
        answer: if subject.is_some() { "share" } else { "none" },
        subject,
        reason: reason.as_deref(),
    };
    let written = parts.audit.record(parts.effects.now(), &decision);
    written.map(|_| ()).map_err(|error| {
        tracing::error!(kind = ?error.kind(), "the audit file cannot be written");
        ProblemType::Unavailable.problem().after(1)
    })
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
