//! The ledger and the records in memory.

use core::num::NonZeroU32;

use getrandom::SysRng;
use milagro_base::Seconds;
use rand_core::UnwrapErr;

use crate::account::{Account, Life};
use crate::charge::{Charge, Claim, Grant, Verdict};
use crate::kind::Kind;
use crate::ledger::LocalLedger;
use crate::memory::MemoryLedger;

const NOW: Seconds = Seconds::new(1_800_000_000);

fn ledger(capacity: u64) -> MemoryLedger {
    MemoryLedger::init(
        &mut UnwrapErr(SysRng),
        capacity,
        NOW.minus(Seconds::hours(1)),
    )
}

fn span(name: u8, until: Seconds) -> Account {
    let from = Some(NOW);
    Account::new(Kind::CHALLENGE, &[name; 32], Life::Span { from, until })
}

fn once(account: Account) -> Charge {
    Charge {
        account,
        amount: NonZeroU32::MIN,
        limit: 1,
        claim: Claim::fresh(&mut UnwrapErr(SysRng)),
    }
}

#[test]
fn a_limit_of_one_is_one() {
    let ledger = ledger(10);
    let account = span(1, NOW.plus(Seconds::new(10)));
    let verdicts = ledger.charge(NOW, &[once(account), once(account)]);
    let first = Grant {
        used: 1,
        previous: None,
        again: false,
    };
    let second = Verdict::Exhausted {
        used: 1,
        last: Some(NOW),
    };
    assert_eq!(verdicts, [Verdict::Granted(first), second]);
}

#[test]
fn what_is_worthless_for_48_hours_makes_room() {
    let ledger = ledger(2);
    let later = NOW.plus(Seconds::hours(1));
    let charges = [1, 2, 3].map(|name| once(span(name, later)));
    assert_eq!(ledger.charge(NOW, &charges)[2], Verdict::Full);
    let still = later.plus(Seconds::hours(48)).minus(Seconds::new(1));
    let far = NOW.plus(Seconds::days(9));
    assert_eq!(ledger.charge(still, &[once(span(4, far))]), [Verdict::Full]);
    // A drawer is forgotten whole, an hour at a time.
    let over = later.plus(Seconds::hours(49));
    let granted = ledger.charge(over, &[once(span(4, far))]);
    assert!(matches!(granted[..], [Verdict::Granted(_)]));
    assert_eq!(ledger.len(), 1);
    // And the clock that goes back brings nothing back.
    assert_eq!(ledger.charge(NOW, &[once(span(1, later))]), [Verdict::Over]);
}
