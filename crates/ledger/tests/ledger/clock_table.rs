//! Clocks that are ahead and come back, forgetting, empty and restored ledgers: what each verdict is then.

use core::num::NonZeroU32;

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::rand_core::UnwrapErr;
use milagro_ledger::rules::{KEPT, SKEW};
use milagro_ledger::{Account, Charge, Claim, Kind, Life, LocalLedger, Verdict};

const NOW: Seconds = Seconds::new(1_800_000_000);

/// What the protocols give a challenge of now: five minutes, and the clocks' difference at both ends.
const CHALLENGE: Life = Life::Span {
    from: Some(NOW.minus(SKEW)),
    until: NOW.plus(Seconds::minutes(5)).plus(SKEW),
};

/// A rate of this hour.
const RATE: Life = Life::Span {
    from: None,
    until: NOW.plus(Seconds::hours(1)),
};

/// What has happened to the ledger since a challenge, a rate and an attempt of now were charged.
#[derive(Clone, Copy, Debug)]
enum Event {
    Nothing,
    /// A clock was ahead by this, and what could be forgotten was forgotten.
    Ahead(Seconds),
    /// A clock was behind by this.
    Behind(Seconds),
    /// The ledger is gone, and an empty one is in its place, made this much later.
    Empty(Seconds),
    /// A copy from before the charges is in its place, restored this much later.
    OldCopy(Seconds),
    /// A copy from after the charges is in its place, restored this much later.
    Copy(Seconds),
}

/// One letter for each verdict: granted, exhausted, over.
const TABLE: [(Event, &str, &str); 15] = [
    // Used before: challenge, rate, attempt. New: challenge, rate, attempt.
    (Event::Nothing, "EEE", "GGG"),
    (Event::Behind(Seconds::hours(1)), "EEE", "GGG"),
    (Event::Behind(Seconds::days(9)), "EEE", "GGG"),
    // Less than 48 hours and the life itself: nothing is opened, nothing is stopped.
    (Event::Ahead(Seconds::hours(1)), "EEE", "GGG"),
    (Event::Ahead(KEPT), "EEE", "GGG"),
    (Event::Ahead(KEPT.plus(Seconds::new(359))), "EEE", "GGG"),
    // The challenge is worthless by more than 48 hours: nothing is opened, and the new one is stopped too.
    (Event::Ahead(KEPT.plus(Seconds::new(360))), "OEE", "OGG"),
    (Event::Ahead(KEPT.plus(Seconds::hours(1))), "OOE", "OOG"),
    (Event::Ahead(Seconds::MAX), "OOE", "OOG"),
    // Where nothing is known of the past, nothing of the past is opened. Rates and attempts start anew.
    (Event::Empty(Seconds::ZERO), "OGG", "OGG"),
    (Event::Empty(Seconds::minutes(4)), "OGG", "OGG"),
    (Event::OldCopy(Seconds::ZERO), "OGG", "OGG"),
    (Event::OldCopy(Seconds::minutes(4)), "OGG", "OGG"),
    // What a copy knows of guesses counts as used up, also below the limit.
    (Event::Copy(Seconds::ZERO), "OEE", "OGG"),
    (Event::Copy(Seconds::minutes(4)), "OEE", "OGG"),
];

struct Table {
    ledger: MemoryLedger,
    used: [Account; 3],
}

impl Table {
    fn of(event: Event) -> Self {
        let rng = &mut UnwrapErr(SysRng);
        let ledger = MemoryLedger::init(rng, 100, NOW.minus(Seconds::hours(1)));
        let used = accounts(1);
        let old = ledger.snapshot();
        assert_eq!(charge(&ledger, used), "GGG");
        let copy = ledger.snapshot();
        let ledger = match event {
            Event::Nothing => ledger,
            Event::Ahead(by) => seen(ledger, NOW.plus(by)),
            Event::Behind(by) => seen(ledger, NOW.minus(by)),
            Event::Empty(later) => MemoryLedger::init(rng, 100, NOW.plus(later)),
            Event::OldCopy(later) => MemoryLedger::restore(rng, old, NOW.plus(later)),
            Event::Copy(later) => MemoryLedger::restore(rng, copy, NOW.plus(later)),
        };
        Self { ledger, used }
    }
}

/// Somebody charges something of each kind at this time, and all that can be forgotten is.
fn seen(ledger: MemoryLedger, now: Seconds) -> MemoryLedger {
    for kind in [Kind::CHALLENGE, Kind::ISSUANCE, Kind::ATTEMPT] {
        let account = Account::new(kind, &[9; 32], Life::Lasting);
        let _verdicts = ledger.charge(now, &[one(account)]);
    }
    ledger.forget();
    ledger
}

fn accounts(name: u8) -> [Account; 3] {
    [
        Account::new(Kind::CHALLENGE, &[name; 32], CHALLENGE),
        Account::new(Kind::ISSUANCE, &[name; 32], RATE),
        Account::new(Kind::ATTEMPT, &[name; 32], Life::Lasting),
    ]
}

fn one(account: Account) -> Charge {
    Charge {
        account,
        amount: NonZeroU32::MIN,
        limit: 1,
        claim: Claim::fresh(&mut UnwrapErr(SysRng)),
    }
}

fn charge(ledger: &MemoryLedger, accounts: [Account; 3]) -> String {
    let verdicts = ledger.charge(NOW, &accounts.map(one));
    let letter = |verdict: &Verdict| match verdict {
        Verdict::Granted(_) => 'G',
        Verdict::Exhausted { .. } => 'E',
        Verdict::Over => 'O',
        _ => '?',
    };
    verdicts.iter().map(letter).collect()
}

#[test]
fn clock_table() {
    for (event, used, new) in TABLE {
        let table = Table::of(event);
        assert_eq!(charge(&table.ledger, table.used), used, "used, {event:?}");
        assert_eq!(charge(&table.ledger, accounts(2)), new, "new, {event:?}");
        // And once more, now that the clock has been seen.
        let ledger = seen(table.ledger, NOW);
        assert_eq!(charge(&ledger, table.used).find('G'), None, "{event:?}");
        assert_eq!(charge(&ledger, accounts(2)).find('G'), None, "{event:?}");
    }
}

#[test]
fn a_new_ledger_opens_when_no_clock_can_have_charged_before() {
    let ledger = MemoryLedger::init(&mut UnwrapErr(SysRng), 100, NOW);
    for (issued, verdict) in [
        (NOW, "O"),
        (NOW.plus(SKEW), "O"),
        (NOW.plus(SKEW).plus(SKEW), "O"),
        (NOW.plus(SKEW).plus(SKEW).plus(Seconds::new(1)), "G"),
    ] {
        let life = Life::Span {
            from: Some(issued.minus(SKEW)),
            until: issued.plus(Seconds::minutes(6)),
        };
        let account = Account::new(Kind::CHALLENGE, &issued_bytes(issued), life);
        let accounts = [account; 3];
        assert_eq!(&charge(&ledger, accounts)[..1], verdict, "{issued:?}");
    }
    // Where all keys are of this moment, nothing has to be waited for.
    let ledger = MemoryLedger::init(&mut UnwrapErr(SysRng), 100, Seconds::ZERO);
    assert_eq!(charge(&ledger, accounts(1)), "GGG");
}

fn issued_bytes(issued: Seconds) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&issued.to_bytes());
    bytes
}
