//! Saying what was seen where something else was expected.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Debug;

use milagro_base::Seconds;

use crate::charge::{Charge, Grant, Verdict};
use crate::ledger::{Ledger, Unavailable};

/// What was seen, if a rule is broken.
pub(super) type Checked<T = ()> = Result<T, String>;

/// Nothing but this may be seen.
pub(super) fn same<T: Debug + PartialEq>(what: &str, seen: &T, expected: &T) -> Checked {
    if seen == expected {
        Ok(())
    } else {
        Err(format!("{what}: {seen:?} instead of {expected:?}"))
    }
}

/// Nothing but these may be seen, one by one.
pub(super) fn same_each<T: Debug + PartialEq>(what: &str, seen: &[T], expected: &[T]) -> Checked {
    for (place, (seen, expected)) in seen.iter().zip(expected).enumerate() {
        if seen != expected {
            return Err(format!(
                "{what}, number {place}: {seen:?} instead of {expected:?}"
            ));
        }
    }
    same(what, &seen.len(), &expected.len())
}

/// This must hold.
pub(super) fn holds(what: &str, seen: &impl Debug, holds: bool) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(format!("{what}: {seen:?}"))
    }
}

/// A store that is there answers.
pub(super) fn answered<T>(what: &str, answer: Result<T, Unavailable>) -> Checked<T> {
    answer.map_err(|Unavailable| format!("{what}: unavailable"))
}

/// Charges, and asks again for what is unknown, as a caller would.
pub(super) async fn charge(
    ledger: &dyn Ledger,
    now: Seconds,
    charges: &[Charge],
) -> Checked<Vec<Verdict>> {
    let mut verdicts = ledger.charge(now, charges).await;
    for _ in 0..RETRIES {
        same("number of verdicts", &verdicts.len(), &charges.len())?;
        if !verdicts.contains(&Verdict::Unknown) {
            return Ok(verdicts);
        }
        for (verdict, charge) in verdicts.iter_mut().zip(charges) {
            if *verdict == Verdict::Unknown {
                let answer = ledger.charge(now, core::slice::from_ref(charge)).await;
                *verdict = answer.first().copied().unwrap_or(Verdict::Unknown);
            }
        }
    }
    Err(format!("unknown after {RETRIES} calls"))
}

/// Charges one.
pub(super) async fn charge_one(ledger: &dyn Ledger, now: Seconds, one: Charge) -> Checked<Verdict> {
    let verdicts = charge(ledger, now, &[one]).await?;
    verdicts
        .first()
        .copied()
        .ok_or_else(|| String::from("no verdict"))
}

/// Charges one and expects this.
pub(super) async fn expect(
    ledger: &dyn Ledger,
    now: Seconds,
    one: Charge,
    verdict: Verdict,
) -> Checked {
    let seen = charge_one(ledger, now, one).await?;
    same("verdict", &seen, &verdict)
}

/// Charges one and expects that it is not granted as a new one.
pub(super) async fn expect_refused(ledger: &dyn Ledger, now: Seconds, one: Charge) -> Checked {
    let seen = charge_one(ledger, now, one).await?;
    let granted = matches!(seen, Verdict::Granted(_));
    holds("must not be granted", &(seen, one.account.life()), !granted)
}

/// Charges one and expects that it is granted as a new one.
pub(super) async fn expect_granted(ledger: &dyn Ledger, now: Seconds, one: Charge) -> Checked {
    let seen = charge_one(ledger, now, one).await?;
    let granted = matches!(seen, Verdict::Granted(Grant { again: false, .. }));
    holds("must be granted", &(seen, one.account.life()), granted)
}

/// A grant of a new claim.
pub(super) const fn granted(used: u64, previous: Option<Seconds>) -> Verdict {
    Verdict::Granted(Grant {
        used,
        previous,
        again: false,
    })
}

/// A grant of a known claim.
pub(super) const fn again(used: u64, previous: Option<Seconds>) -> Verdict {
    Verdict::Granted(Grant {
        used,
        previous,
        again: true,
    })
}

/// A refusal by the limit.
pub(super) const fn exhausted(used: u64, last: Option<Seconds>) -> Verdict {
    Verdict::Exhausted { used, last }
}

/// How often an unknown charge is asked for.
const RETRIES: usize = 20;
