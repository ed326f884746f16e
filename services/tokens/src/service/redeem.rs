//! Spending: windows, tags, and one call of the ledger for all.

use alloc::sync::Arc;

use milagro_ledger::{Refused, Unspent};
use milagro_voprf::tokens::RedemptionRequest;
use milagro_voprf::tokens::redeemer::{Redeemed, Redemption, Refusal};
use milagro_wire::bounded::List;
use milagro_wire::problem::{Problem, ProblemType};
use tokio::time::{Instant, timeout_at};

use crate::forms::{RedeemAnswer, RedeemItem, RedeemOutcome, RedeemRequest};
use crate::service::desk::{Desk, LEDGER};

/// Redeems what nameless clients send: nothing but the form is read, and nothing but charges is kept.
pub(crate) async fn redeem(
    desk: Arc<Desk>,
    request: RedeemRequest,
) -> Result<RedeemAnswer, Problem> {
    let items = request.redemptions.into_vec();
    if items.is_empty() {
        return Err(ProblemType::Malformed.problem());
    }
    // A client that hangs up loses its answer, and asks for the same again.
    let done = tokio::spawn(async move {
        // One end for both: whoever moves a tenant to another ledger waits for it.
        let until = Instant::now() + LEDGER;
        let checked = timeout_at(until, check(&desk, items)).await;
        let checked = checked.map_err(|_| ProblemType::Busy.problem().after(1))??;
        Ok(spend(&desk, checked, until).await)
    });
    let outcomes: Result<_, Problem> = done.await.map_err(|_| ProblemType::Internal)?;
    let outcomes = List::new(outcomes?).map_err(|_| ProblemType::Internal)?;
    Ok(RedeemAnswer { outcomes })
}

type Checked = Vec<Result<Unspent<Redeemed>, Refusal>>;

async fn check(desk: &Desk, items: Vec<RedeemItem>) -> Result<Checked, Problem> {
    let shown = desk.shown();
    let shown = shown.ok_or_else(|| ProblemType::Unavailable.problem().after(5))?;
    if shown.redeemer.is_none() {
        return Err(ProblemType::NotFound.problem());
    }
    let now = desk.parts.effects.now();
    let work = move || {
        let requests = items
            .iter()
            .map(|item| RedemptionRequest::from_bytes(item.request.as_bytes()));
        let requests = requests.collect::<Result<Vec<_>, _>>();
        let requests = requests.map_err(|_| ProblemType::Malformed)?;
        let redemptions: Vec<_> = items
            .iter()
            .zip(&requests)
            .map(|(item, request)| Redemption {
                request,
                context: item.context.as_bytes(),
                payload: item.payload.as_bytes(),
            })
            .collect();
        let redeemer = shown.redeemer.as_ref().ok_or(ProblemType::NotFound)?;
        Ok(redeemer.check_all(&redemptions, now))
    };
    let checked: Result<Checked, ProblemType> = desk.parts.pool.run(work).await?;
    Ok(checked?)
}

/// One call of the ledger, whatever their number.
async fn spend(desk: &Desk, checked: Checked, until: Instant) -> Vec<RedeemOutcome> {
    let mut outcomes = vec![RedeemOutcome::Refused; checked.len()];
    let (mut places, mut unspent) = (Vec::new(), Vec::new());
    for (outcome, checked) in outcomes.iter_mut().zip(checked) {
        if let Ok(checked) = checked {
            places.push(outcome);
            unspent.push(checked);
        }
    }
    let (ledger, now) = (&*desk.parts.ledger, desk.parts.effects.now());
    let spending = Unspent::spend_all(unspent, ledger, now);
    let Ok(spent) = timeout_at(until, spending).await else {
        // What is charged by now, if anything, says `again` to the same request.
        for place in places {
            *place = RedeemOutcome::Unknown;
        }
        count(desk, &outcomes);
        return outcomes;
    };
    for (place, spent) in places.into_iter().zip(spent) {
        *place = match spent {
            Ok(_) => RedeemOutcome::Spent,
            Err(Refused::Again(_)) => RedeemOutcome::Again,
            Err(Refused::Unknown(_) | Refused::Full | Refused::Elsewhere(_)) => {
                RedeemOutcome::Unknown
            }
            Err(_) => RedeemOutcome::Refused,
        };
    }
    count(desk, &outcomes);
    outcomes
}

/// How many there were of each, and nothing of any one.
fn count(desk: &Desk, outcomes: &[RedeemOutcome]) {
    let all = [
        (RedeemOutcome::Spent, "spent"),
        (RedeemOutcome::Again, "again"),
        (RedeemOutcome::Refused, "refused"),
        (RedeemOutcome::Unknown, "unknown"),
    ];
    for (outcome, word) in all {
        let number = outcomes.iter().filter(|one| **one == outcome).count();
        let tenant = desk.served.tenant.name().as_str().to_owned();
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        metrics::counter!("milagro_tokens_redeemed_total", "tenant" => tenant, "outcome" => word)
            .increment(number);
    }
}
