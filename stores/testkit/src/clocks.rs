//! Clocks that run ahead and come back.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "for tests, which may panic"
)]

use core::pin::Pin;

use alloc::boxed::Box;
use alloc::sync::Arc;
use milagro_base::Seconds;
use milagro_ledger::{Account, Charge, Kind, Ledger, Verdict};

use crate::load::{ask, clock, lasting, named, one_of_three, span};

/// Opens a ledger once more.
pub type Open<'o> = &'o dyn Fn() -> Pin<Box<dyn Future<Output = Arc<dyn Ledger>> + 'o>>;

/// The clock of a caller jumps ahead and back, further each time. What was used up stays so, before and after the
/// ledger is opened again; hours do no harm, and what days make worthless is over for good.
///
/// # Panics
/// If not.
pub async fn jumps(open: Open<'_>) {
    let now = clock();
    let untouched = named(Kind::LOGIN_CODE, 1, span(now, 1).life());
    let mut ledger = open().await;
    use_up(&*ledger, now, untouched).await;
    for (name, ahead, is_over) in [
        (1, Seconds::minutes(1), false),
        (2, Seconds::hours(5), false),
        (3, Seconds::hours(47), false),
        (4, Seconds::hours(51), true),
    ] {
        let (used, fresh, held) = (span(now, name), span(now, 100 + name), lasting(name));
        use_up(&*ledger, now, used).await;
        use_up(&*ledger, now, held).await;
        let then = now.plus(ahead);
        let charge = one_of_three(span(then, 200 + name));
        assert!(is_granted(ask(&*ledger, then, charge).await), "{ahead:?}");
        for _opened in 0..2 {
            let verdict = ask(&*ledger, now, one_of_three(used)).await;
            assert_eq!(is_exhausted(verdict), !is_over, "{ahead:?}: {verdict:?}");
            assert_eq!(verdict == Verdict::Over, is_over, "{ahead:?}: {verdict:?}");
            let verdict = ask(&*ledger, now, one_of_three(fresh)).await;
            assert_eq!(is_granted(verdict), !is_over, "{ahead:?}: {verdict:?}");
            // Lasting accounts and other kinds know nothing of it.
            for account in [held, untouched] {
                let verdict = ask(&*ledger, now, one_of_three(account)).await;
                assert!(is_exhausted(verdict), "{ahead:?}: {verdict:?}");
            }
            ledger = open().await;
        }
    }
}

/// Charges an account until it is used up.
async fn use_up(ledger: &dyn Ledger, now: Seconds, account: Account) {
    let charges: [Charge; 3] = core::array::from_fn(|_charge| one_of_three(account));
    for charge in charges {
        assert!(is_granted(ask(ledger, now, charge).await));
    }
    assert!(is_exhausted(ask(ledger, now, one_of_three(account)).await));
}

const fn is_granted(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Granted(grant) if !grant.again)
}

const fn is_exhausted(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Exhausted { used: 3, .. })
}
