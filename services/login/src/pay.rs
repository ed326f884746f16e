//! Paying, and asking again with the same claims where the ledger did not answer.

use core::time::Duration;

use milagro_ledger::{Paid, Refused, Unspent};
use milagro_wire::problem::{Problem, ProblemType};

use crate::service::Service;

/// How often the ledger is asked.
const TRIES: u32 = 3;

/// Why something is not paid.
#[derive(Debug)]
pub(crate) enum NotPaid {
    /// As often as it may be.
    Exhausted,
    /// Expired, or not known to be unused.
    Over,
    /// The ledger does not answer, or has no room.
    Problem(Problem),
}

/// Pays now, by the service's clock.
pub(crate) async fn pay<T>(service: &Service, mut unspent: Unspent<T>) -> Result<Paid<T>, NotPaid> {
    for tried in 1..=TRIES {
        match unspent.spend(service.ledger(), service.now()).await {
            Ok(paid) => return Ok(paid),
            Err(Refused::Exhausted) => return Err(NotPaid::Exhausted),
            Err(Refused::Over) => return Err(NotPaid::Over),
            Err(Refused::Unknown(again)) => unspent = again,
            Err(_) => break,
        }
        tokio::time::sleep(Duration::from_millis(20) * tried).await;
    }
    let unavailable = ProblemType::Unavailable.problem().after(1);
    Err(NotPaid::Problem(unavailable))
}
