//! The moves of a server, paid for in a ledger.

use milagro_base::Seconds;
use milagro_curve::rand_core::CryptoRng;
use milagro_ledger::{LocalLedger, Refused};
use milagro_mpin::full::AdmittedHello;
use milagro_mpin::server::{Attempts, Reason};

use super::ledger::Forgetful;
use crate::exchange::Session;
use crate::login::{AwaitAttempt, AwaitName, Due, LoggedIn, LoginError, ProofArrival};
use crate::tests::fixture::{NOW, rng};
use crate::tests::seeded::Seeded;

pub(super) fn arrival(now: Seconds) -> ProofArrival<'static> {
    ProofArrival {
        attempts: Attempts::PerIdentityStrangersCanLockOut,
        pinned: None,
        now,
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(in crate::tests) enum Stop {
    Login(LoginError),
    /// The ledger refused: exhausted, over, or elsewhere.
    Unpaid(&'static str),
}

impl From<LoginError> for Stop {
    fn from(error: LoginError) -> Self {
        Self::Login(error)
    }
}

impl<T> From<Refused<T>> for Stop {
    fn from(refused: Refused<T>) -> Self {
        Self::Unpaid(match refused {
            Refused::Exhausted => "exhausted",
            Refused::Over => "over",
            Refused::Full => "full",
            Refused::Conflict => "conflict",
            Refused::Again(_) => "again",
            Refused::Unknown(_) => "unknown",
            Refused::Elsewhere(_) => "elsewhere",
            _ => "other",
        })
    }
}

pub(super) type Answer = Result<(AwaitName, Vec<u8>), Stop>;

type Attempt<'a> = Result<Due<AwaitAttempt<'a>, AdmittedHello>, LoginError>;

/// All moves of a server from a proof to its answer, paid for in a ledger. The generator does not repeat itself: what
/// is claimed in the ledger is to be this call's own.
pub(super) fn answer(due: Attempt<'_>, ledger: &dyn LocalLedger, now: Seconds) -> Answer {
    answer_with(&mut rng(), due, ledger, now)
}

/// The same answer every time, without a ledger that minds.
pub(super) fn answer_again(due: Attempt<'_>) -> Answer {
    answer_with(&mut Seeded(4), due, &Forgetful, NOW)
}

fn answer_with<R: CryptoRng>(
    rng: &mut R,
    due: Attempt<'_>,
    ledger: &dyn LocalLedger,
    now: Seconds,
) -> Answer {
    let due = due?;
    let paid = due.unspent.spend_local(ledger, now)?;
    let due = due.state.check(rng, paid, now)?;
    let sent = due.state.answer(due.unspent.spend_local(ledger, now)?);
    Ok((sent.state, sent.flight))
}

/// The moves from the name to the session. The generator does not repeat itself: the claim in the ledger is to be
/// this call's own.
pub(in crate::tests) fn session(
    waiting: AwaitName,
    ledger: &dyn LocalLedger,
    flight: &[u8],
    now: Seconds,
) -> Result<Session<LoggedIn>, Stop> {
    let due = waiting.receive(&mut rng(), flight, now)?;
    let paid = due.unspent.spend_local(ledger, now)?;
    Ok(due.state.finish(paid, now, |_| true)?)
}

/// The reason of a refusal by the server.
pub(super) fn reason<T>(result: Result<T, Stop>) -> Option<Reason> {
    match result {
        Err(Stop::Login(LoginError::Rejected(rejected))) => Some(rejected.reason()),
        _ => None,
    }
}
