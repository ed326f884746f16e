//! Counting: limits, batches, what verdicts say.

use alloc::vec;
use alloc::vec::Vec;

use milagro_base::Seconds;

use crate::account::{Account, Life};
use crate::charge::{Charge, Usage, Verdict};
use crate::conformance::check::{
    Checked, answered, charge, exhausted, expect, expect_refused, granted, same_each,
};
use crate::conformance::fixture::{Fixture, KINDS, amount, start};
use crate::conformance::harness::LedgerHarness;
use crate::ledger::Ledger;

pub(super) async fn verdicts(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let verdicts = charge(&*ledger, fixture.now, &[]).await?;
    same_each("verdicts of no charge", &verdicts, &[])?;
    let [first, second, third] = fixture.lives().map(|life| fixture.account(life));
    let charges = [
        fixture.one_of(first, 1),
        fixture.one_of(second, 0),
        fixture.one_of(third, 1),
    ];
    let verdicts = charge(&*ledger, fixture.now, &charges).await?;
    let expected = [granted(1, None), exhausted(0, None), granted(1, None)];
    same_each("verdicts", &verdicts, &expected)
}

pub(super) async fn limit(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let now = fixture.now;
    for life in fixture.lives() {
        for limit in [1, 2, 3, 16, 17, 40] {
            let account = fixture.account(life);
            for used in 0..limit {
                let previous = (used > 0).then_some(now);
                let one = fixture.one_of(account, limit);
                expect(&*ledger, now, one, granted(used + 1, previous)).await?;
            }
            for _ in 0..3 {
                let one = fixture.one_of(account, limit);
                expect(&*ledger, now, one, exhausted(limit, Some(now))).await?;
            }
        }
        amounts(harness, life).await?;
    }
    Ok(())
}

/// Amounts above one, limits that change, and numbers of more than 32 bits.
async fn amounts(harness: &dyn LedgerHarness, life: Life) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let now = fixture.now;
    let account = fixture.account(life);
    for (some, limit, verdict) in [
        (11, 10, exhausted(0, None)),
        (7, 10, granted(7, None)),
        (4, 10, exhausted(7, Some(now))),
        (3, 10, granted(10, Some(now))),
        (1, 10, exhausted(10, Some(now))),
        (1, 2, exhausted(10, Some(now))),
        (1, 11, granted(11, Some(now))),
        (u32::MAX, u64::from(u32::MAX), exhausted(11, Some(now))),
    ] {
        let some = fixture.some_of(account, amount(some), limit);
        expect(&*ledger, now, some, verdict).await?;
    }
    let account = fixture.account(life);
    let most = u64::from(u32::MAX);
    for (used, previous) in [(most, None), (2 * most, Some(now)), (3 * most, Some(now))] {
        let some = fixture.some_of(account, amount(u32::MAX), u64::MAX);
        expect(&*ledger, now, some, granted(used, previous)).await?;
    }
    let some = fixture.some_of(account, amount(u32::MAX), 4 * most - 1);
    expect(&*ledger, now, some, exhausted(3 * most, Some(now))).await
}

pub(super) async fn batch(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let accounts = crowd(&fixture);
    // Every seventh asks for too much, and takes nobody along.
    let charges: Vec<Charge> = accounts
        .iter()
        .zip(0..)
        .map(|(account, place)| fixture.one_of(*account, u64::from(place % 7 != 3)))
        .collect();
    let verdict = |one: &Charge| match one.limit {
        0 => exhausted(0, None),
        _ => granted(1, None),
    };
    let expected: Vec<Verdict> = charges.iter().map(verdict).collect();
    let verdicts = charge(&*ledger, fixture.now, &charges).await?;
    same_each("verdicts of a batch", &verdicts, &expected)?;

    let once_more: Vec<Charge> = charges
        .iter()
        .map(|one| fixture.one_of(one.account, one.limit))
        .collect();
    let last = |one: &Charge| match one.limit {
        0 => exhausted(0, None),
        _ => exhausted(1, Some(fixture.now)),
    };
    let expected: Vec<Verdict> = charges.iter().map(last).collect();
    let verdicts = charge(&*ledger, fixture.now, &once_more).await?;
    same_each("verdicts of the batch after", &verdicts, &expected)?;
    long_batch(&*ledger, &fixture).await
}

/// More than a store puts into one question: each account twice, and then once more.
async fn long_batch(ledger: &dyn Ledger, fixture: &Fixture) -> Checked {
    let now = fixture.now;
    let accounts: Vec<Account> = (0..LONG).map(|_| fixture.account(Life::Lasting)).collect();
    let there = accounts.iter().map(|account| fixture.one_of(*account, 1));
    let back = accounts
        .iter()
        .rev()
        .map(|account| fixture.one_of(*account, 1));
    let charges: Vec<Charge> = there.chain(back).collect();
    let verdicts = charge(ledger, now, &charges).await?;
    let expected = [granted(1, None), exhausted(1, Some(now))];
    let expected: Vec<Verdict> = expected
        .into_iter()
        .flat_map(|verdict| vec![verdict; LONG])
        .collect();
    same_each("verdicts of a long batch", &verdicts, &expected)?;
    let once_more: Vec<Charge> = accounts
        .iter()
        .map(|account| fixture.one_of(*account, 1))
        .collect();
    let verdicts = charge(ledger, now, &once_more).await?;
    let exhausted = vec![exhausted(1, Some(now)); LONG];
    same_each("verdicts after a long batch", &verdicts, &exhausted)
}

pub(super) async fn order(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let now = fixture.now;
    for life in fixture.lives() {
        let (one, other) = (fixture.account(life), fixture.account(life));
        let charges: Vec<Charge> = [3, 4, 3, 2, 1, 1]
            .into_iter()
            .flat_map(|some| [one, other].map(|it| fixture.some_of(it, amount(some), 6)))
            .collect();
        let expected: Vec<Verdict> = [
            granted(3, None),
            exhausted(3, Some(now)),
            granted(6, Some(now)),
            exhausted(6, Some(now)),
            exhausted(6, Some(now)),
            exhausted(6, Some(now)),
        ]
        .into_iter()
        .flat_map(|verdict| [verdict; 2])
        .collect();
        let verdicts = charge(&*ledger, now, &charges).await?;
        same_each("verdicts in order", &verdicts, &expected)?;
    }
    // One account alone, more often than it allows.
    let account = fixture.account(Life::Lasting);
    let charges: Vec<Charge> = (0..CROWD).map(|_| fixture.one_of(account, 300)).collect();
    let expected: Vec<Verdict> = (0..u64::from(CROWD))
        .map(|used| match used {
            0 => granted(1, None),
            1..300 => granted(used + 1, Some(now)),
            _ => exhausted(300, Some(now)),
        })
        .collect();
    let verdicts = charge(&*ledger, now, &charges).await?;
    same_each("verdicts of one account", &verdicts, &expected)
}

pub(super) async fn grants(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let [first, later, back] = [0, 10, 4].map(|after| fixture.now.plus(Seconds::new(after)));
    for life in fixture.lives() {
        let account = fixture.account(life);
        for (now, verdict) in [
            (first, granted(1, None)),
            (later, granted(2, Some(first))),
            // A clock that goes back is not the ledger's to correct.
            (back, granted(3, Some(later))),
            (later, exhausted(3, Some(back))),
            (first, exhausted(3, Some(back))),
        ] {
            expect(&*ledger, now, fixture.one_of(account, 3), verdict).await?;
        }
    }
    // To the second, where numbers of 32 bits, of 53, and of 63 end.
    let account = fixture.account(Life::Lasting);
    let mut previous = None;
    for (end, used) in [32, 53, 63].into_iter().zip(1..) {
        let now = Seconds::new((1 << end) + 1);
        let verdict = granted(used, previous);
        expect(&*ledger, now, fixture.one_of(account, 9), verdict).await?;
        previous = Some(now);
    }
    let seen = answered("usage", ledger.usage(&[account]).await)?;
    let last = Usage {
        used: 3,
        last: previous,
    };
    same_each("usage", &seen, &[last])
}

pub(super) async fn usage(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let none = answered("usage of none", ledger.usage(&[]).await)?;
    same_each("usage of no account", &none, &[])?;
    let [one, other, third] = fixture.lives().map(|life| fixture.account(life));
    let later = fixture.now.plus(Seconds::new(7));
    let charges = [one, other].map(|account| fixture.some_of(account, amount(5), 5));
    charge(&*ledger, fixture.now, &charges).await?;
    charge(&*ledger, later, &[fixture.one_of(other, 6)]).await?;
    expect_refused(&*ledger, later, fixture.one_of(third, 0)).await?;
    let used = |used, last| Usage {
        used,
        last: Some(last),
    };
    let nothing = Usage::default();
    let (five, six) = (used(5, fixture.now), used(6, later));
    let seen = ledger.usage(&[third, other, one, other]).await;
    let expected = [nothing, six, five, six];
    same_each("usage", &answered("usage", seen)?, &expected)
}

/// 512 accounts of all kinds and lives.
fn crowd(fixture: &Fixture) -> Vec<Account> {
    let sorts = KINDS
        .into_iter()
        .flat_map(|kind| fixture.lives().map(|life| (kind, life)));
    let sorts: Vec<_> = sorts.collect();
    sorts
        .into_iter()
        .cycle()
        .zip(0..CROWD)
        .map(|((kind, life), _)| fixture.account_of(kind, life))
        .collect()
}

const CROWD: u16 = 512;
/// Accounts of a long batch.
const LONG: usize = 1300;
