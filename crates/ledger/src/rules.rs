//! The constants that every ledger keeps to.

use milagro_base::Seconds;

use crate::kind::Kind;

/// How far the clocks of two machines may be apart: one minute.
///
/// The life of what a machine issues begins this much before its clock's time and ends this much later.
pub const SKEW: Seconds = Seconds::minutes(1);

/// How long a record outlives `until`: 48 hours. A clock that ran ahead by less opens nothing and stops
/// nothing.
pub const KEPT: Seconds = Seconds::hours(48);

/// How many claims are remembered for each account: the last 16 that were granted.
pub const CLAIMS: usize = 16;

/// The floor that belongs to the latest time that a ledger has seen: what was worthless by then may be
/// forgotten, so a charge of it is [`Verdict::Over`](crate::Verdict::Over).
#[must_use]
pub const fn floor(latest: Seconds) -> Seconds {
    latest.minus(KEPT)
}

/// When a ledger is born that is made or restored: [`SKEW`] after the latest time that anybody saw who had to do
/// with it. What can have been charged by then is [`Verdict::Over`](crate::Verdict::Over).
#[must_use]
pub const fn birth(latest: Seconds) -> Seconds {
    latest.plus(SKEW)
}

/// The kinds whose lasting accounts count as used up when a ledger is restored, since what was charged to them
/// after the copy was made is not known: guesses, shares and budgets. [`Kind::ATTEMPT_LONG`] is none of them,
/// since nobody could clear it again.
pub const USED_UP: [Kind; 4] = [
    Kind::ATTEMPT,
    Kind::ATTEMPT_STALE,
    Kind::SHARE,
    Kind::KEY_BUDGET,
];
