//! Drawing: who asks, how many, the budget, the quota, and only then the answer.

use alloc::sync::Arc;

use axum::http::request::Parts as Head;
use milagro_base::Seconds;
use milagro_ledger::{Paid, Refused};
use milagro_voprf::tokens::issuer::{Admitted, IssueRefusal, Issuer, UncheckedRequest};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::locked::hidden;
use serde::Serialize;
use tokio::sync::OwnedRwLockReadGuard;

use crate::authenticate::{Authenticate, Unauthenticated, UserHash};
use crate::service::desk::{Desk, LEDGER};

/// What the audit file says of an answer.
#[derive(Serialize)]
struct Decision<'a> {
    what: &'static str,
    tenant: &'a str,
    user: String,
    tokens: u32,
    again: bool,
}

/// The longest request that a tenant's issuer reads: what a user may draw in one window.
pub(crate) fn longest(desk: &Desk) -> usize {
    let tokens = desk.served.tenant.quota().tokens();
    let tokens = usize::try_from(tokens).unwrap_or(usize::MAX);
    tokens
        .min(milagro_voprf::MAX_BATCH)
        .saturating_mul(32)
        .saturating_add(33)
}

/// The user that a request is of.
pub(crate) async fn user(
    desk: &Desk,
    door: &Arc<dyn Authenticate>,
    head: Head,
) -> Result<UserHash, Problem> {
    let (known, now) = (Arc::clone(door), desk.parts.effects.now());
    let user = desk.parts.pool.run(move || known.user(&head, now)).await?;
    user.map_err(|error| match error {
        Unauthenticated::Unavailable => ProblemType::Unavailable.problem().after(1),
        _ => nobody(),
    })
}

/// Status 401, for which `milagro-wire` has no type (RFC 9457, section 4.2.1).
fn nobody() -> Problem {
    Problem {
        kind: "about:blank".to_owned(),
        title: "Unauthorized".to_owned(),
        status: 401,
        detail: None,
        retry_after: None,
        attempts_left: None,
    }
}

/// Answers a user: in a task of its own, so that whoever hangs up has changed nothing.
pub(crate) async fn answer(
    desk: Arc<Desk>,
    user: UserHash,
    request: Vec<u8>,
) -> Result<Vec<u8>, Problem> {
    let work = async move {
        let asked = Asked { desk, user };
        let paid = tokio::time::timeout(LEDGER, asked.pay(&request));
        let paid = paid
            .await
            .map_err(|_| ProblemType::Unavailable.problem().after(1))?;
        let (issuer, paid) = paid?;
        asked.answer(issuer, paid).await
    };
    let done = tokio::spawn(work).await;
    done.unwrap_or_else(|_| Err(ProblemType::Internal.problem()))
}

/// The issuer, which takes no other edition while a request of this one is answered.
type Held = OwnedRwLockReadGuard<Option<Issuer>, Issuer>;

struct Asked {
    desk: Arc<Desk>,
    user: UserHash,
}

/// What is to be answered, and how the audit file tells of it.
struct Due {
    paid: Paid<Admitted>,
    tokens: u32,
    again: bool,
}

impl Asked {
    /// Header, window, budget, quota.
    async fn pay(&self, request: &[u8]) -> Result<(Held, Due), Problem> {
        let parts = &self.desk.parts;
        let issuer = Arc::clone(&self.desk.issuer).read_owned().await;
        let issuer = OwnedRwLockReadGuard::try_map(issuer, Option::as_ref);
        let issuer = issuer.map_err(|_| ProblemType::Unavailable.problem().after(5))?;
        let request = UncheckedRequest::from_bytes(request, issuer.maximum());
        let request = request.map_err(|_| ProblemType::Malformed)?;
        let (ledger, now) = (&*parts.ledger, parts.effects.now());
        let leasing = {
            let mut rng = parts.effects.rng();
            issuer.lease(&mut *rng, ledger, &request, now)
        };
        let leased = leasing.await.map_err(problem)?;
        let now: Seconds = parts.effects.now();
        let unspent = issuer
            .check(self.user.as_bytes(), leased, now)
            .map_err(problem)?;
        let (paid, again) = match unspent.spend(ledger, now).await {
            Ok(paid) => (paid, false),
            Err(Refused::Again(paid)) => (paid, true),
            Err(refused) => return Err(problem(refused.into())),
        };
        let tokens = request.count();
        Ok((
            issuer,
            Due {
                paid,
                tokens,
                again,
            },
        ))
    }

    /// Writes the line, and evaluates.
    async fn answer(self, issuer: Held, due: Due) -> Result<Vec<u8>, Problem> {
        self.audit(&due).await?;
        let computed = self.desk.parts.pool.run(move || {
            let answer = issuer.answer(due.paid).map_err(problem)?;
            Ok(answer.to_bytes())
        });
        computed.await?
    }

    async fn audit(&self, due: &Due) -> Result<(), Problem> {
        let (parts, tenant) = (&self.desk.parts, self.desk.served.tenant.name());
        let decision = Decision {
            what: "issue",
            tenant: tenant.as_str(),
            user: hidden(&parts.audit_key, self.user.as_bytes()),
            tokens: due.tokens,
            again: due.again,
        };
        let tenant = tenant.as_str().to_owned();
        metrics::counter!("milagro_tokens_issued_total", "tenant" => tenant)
            .increment(due.tokens.into());
        let written = parts.audit.note(parts.effects.now(), &decision).await;
        written.map(|_| ()).map_err(|error| {
            tracing::error!(kind = ?error.kind(), "the audit file cannot be written");
            ProblemType::Unavailable.problem().after(1)
        })
    }
}

/// What a user, who is known here, learns.
fn problem(refusal: IssueRefusal) -> Problem {
    match refusal {
        IssueRefusal::UnknownKey | IssueRefusal::Closed => ProblemType::Epoch.problem(),
        IssueRefusal::TooMany => ProblemType::TooLarge.problem(),
        // Not `rate`, after which clients ask again at once.
        IssueRefusal::Quota | IssueRefusal::Budget => {
            ProblemType::Refused.problem().saying(refusal)
        }
        IssueRefusal::Elements(_) => ProblemType::Malformed.problem(),
        IssueRefusal::Ledger => ProblemType::Unavailable.problem().after(1),
        IssueRefusal::KeyMissing | IssueRefusal::OtherLedger => {
            ProblemType::Unavailable.problem().after(5)
        }
        _ => ProblemType::Internal.problem(),
    }
}
