//! Taking back and forgetting.

use alloc::vec;
use alloc::vec::Vec;

use milagro_base::Seconds;

use crate::account::{Account, Life};
use crate::charge::{Charge, Usage};
use crate::conformance::check::{
    Checked, again, answered, charge, exhausted, expect, expect_granted, expect_refused, granted,
    same_each,
};
use crate::conformance::fixture::{Fixture, KINDS, amount, start, with_claim};
use crate::conformance::harness::LedgerHarness;
use crate::ledger::Ledger;
use crate::rules;

pub(super) async fn refund(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let now = fixture.now;
    for life in fixture.lives() {
        let account = fixture.account(life);
        let two = fixture.some_of(account, amount(2), 5);
        let three = with_claim(fixture.some_of(account, amount(3), 5), fixture.public());
        let unknown = fixture.some_of(account, amount(2), 5);
        expect(&*ledger, now, two, granted(2, None)).await?;
        expect(&*ledger, now, three, granted(5, Some(now))).await?;
        // Another claim, another amount, another account: nothing.
        let more = Charge {
            amount: amount(3),
            ..two
        };
        let elsewhere = with_claim(fixture.one_of(fixture.account(life), 1), two.claim);
        answered("refund", ledger.refund(&[unknown, more, elsewhere]).await)?;
        expect(&*ledger, now, unknown, exhausted(5, Some(now))).await?;
        // Once, however often it is asked for, and the claim is as good as new.
        answered("refund", ledger.refund(&[two]).await)?;
        answered("refund", ledger.refund(&[two, two]).await)?;
        expect(&*ledger, now, two, granted(5, Some(now))).await?;
        // A fresh claim that was asked for again is still its owner's.
        expect(&*ledger, now, two, again(5, Some(now))).await?;
        answered("refund", ledger.refund(&[two, three]).await)?;
        let nothing = answered("usage", ledger.usage(&[account]).await)?;
        same_each("usage after all", &nothing, &[Usage::default()])?;
        expect(&*ledger, now, two, granted(2, None)).await?;
        refund_of_many(&*ledger, &fixture, fixture.account(life)).await?;
    }
    answered("refund of nothing", ledger.refund(&[]).await)
}

/// Whatever is given back is as if it had never been: by how much, and when.
async fn refund_of_many(ledger: &dyn Ledger, fixture: &Fixture, account: Account) -> Checked {
    let time = |after| fixture.now.plus(Seconds::new(after));
    let ones = [(); 4].map(|()| fixture.one_of(account, 4));
    for (one, after) in ones.iter().zip(0..) {
        expect_granted(ledger, time(after), *one).await?;
    }
    let [first, second, third, fourth] = ones;
    answered("refund", ledger.refund(&[second, fourth]).await)?;
    expect(ledger, time(9), first, again(1, None)).await?;
    expect(ledger, time(9), third, again(2, Some(time(0)))).await?;
    let seen = answered("usage", ledger.usage(&[account]).await)?;
    let third = Usage {
        used: 2,
        last: Some(time(2)),
    };
    same_each("usage after a refund", &seen, &[third])?;
    let fifth = fixture.one_of(account, 2);
    expect(ledger, time(9), fifth, exhausted(2, Some(time(2)))).await?;
    // Also where more was charged than is remembered.
    let many = [(); rules::CLAIMS].map(|()| fixture.one_of(account, 18));
    for one in many {
        expect_granted(ledger, time(20), one).await?;
    }
    answered("refund", ledger.refund(&many).await)?;
    let last = fixture.one_of(account, 0);
    expect(ledger, time(21), last, exhausted(2, Some(time(2)))).await?;
    let other = fixture.one_of(account, 3);
    expect(ledger, time(22), other, granted(3, Some(time(2)))).await
}

pub(super) async fn refund_again(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let now = fixture.now;
    for life in fixture.lives() {
        let one = with_claim(fixture.one_of(fixture.account(life), 1), fixture.public());
        expect(&*ledger, now, one, granted(1, None)).await?;
        // Nobody was told yet.
        answered("refund", ledger.refund(&[one]).await)?;
        expect(&*ledger, now, one, granted(1, None)).await?;
        expect(&*ledger, now, one, again(1, None)).await?;
        answered("refund", ledger.refund(&[one]).await)?;
        let other = fixture.one_of(one.account, 1);
        expect(&*ledger, now, other, exhausted(1, Some(now))).await?;
        expect(&*ledger, now, one, again(1, None)).await?;
        // Nor among others, nor when it is known for long.
        let account = fixture.account(life);
        let public = with_claim(fixture.one_of(account, 9), fixture.public());
        let others = [(); 3].map(|()| fixture.one_of(account, 9));
        expect_granted(&*ledger, now, public).await?;
        expect(&*ledger, now, public, again(1, None)).await?;
        charge(&*ledger, now, &others).await?;
        answered("refund", ledger.refund(&others).await)?;
        answered("refund", ledger.refund(&[public]).await)?;
        expect(&*ledger, now, public, again(1, None)).await?;
        // Nor where one batch asked twice.
        let twice = with_claim(fixture.one_of(fixture.account(life), 1), fixture.public());
        let verdicts = charge(&*ledger, now, &[twice, twice]).await?;
        same_each(
            "verdicts of a batch",
            &verdicts,
            &[granted(1, None), again(1, None)],
        )?;
        answered("refund", ledger.refund(&[twice]).await)?;
        expect(&*ledger, now, twice, again(1, None)).await?;
    }
    Ok(())
}

pub(super) async fn clear(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let now = fixture.now;
    for kind in KINDS {
        let account = fixture.account_of(kind, Life::Lasting);
        let charges = [(); 20].map(|()| fixture.one_of(account, 20));
        let never = fixture.account_of(kind, Life::Lasting);
        charge(&*ledger, now, &charges).await?;
        expect_refused(&*ledger, now, fixture.one_of(account, 20)).await?;
        answered("clear", ledger.clear(&[never, account]).await)?;
        answered("clear", ledger.clear(&[account]).await)?;
        let seen = answered("usage", ledger.usage(&[account]).await)?;
        same_each("usage", &seen, &[Usage::default()])?;
        // Its claims are gone with it.
        for one in charges.iter().rev().take(1) {
            expect(&*ledger, now, *one, granted(1, None)).await?;
        }
    }
    answered("clear of nothing", ledger.clear(&[]).await)
}

pub(super) async fn clear_others(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let now = fixture.now;
    let accounts: Vec<Account> = KINDS
        .into_iter()
        .cycle()
        .take(300)
        .flat_map(|kind| fixture.lives().map(|life| fixture.account_of(kind, life)))
        .collect();
    let charges: Vec<Charge> = accounts
        .iter()
        .map(|account| fixture.one_of(*account, 1))
        .collect();
    charge(&*ledger, now, &charges).await?;
    let (cleared, others): (Vec<Account>, Vec<Account>) = accounts
        .into_iter()
        .partition(|account| account.life() == Life::Lasting && account.kind() == KINDS[1]);
    answered("clear", ledger.clear(&cleared).await)?;
    let usage = answered("usage", ledger.usage(&others).await)?;
    let once = Usage {
        used: 1,
        last: Some(now),
    };
    same_each("usage of others", &usage, &vec![once; others.len()])?;
    for other in others.iter().take(20) {
        expect(
            &*ledger,
            now,
            fixture.one_of(*other, 1),
            exhausted(1, Some(now)),
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn clear_span(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let now = fixture.now;
    for life in [fixture.span(), fixture.open_span()] {
        let one = fixture.one_of(fixture.account(life), 1);
        expect_granted(&*ledger, now, one).await?;
        answered("clear", ledger.clear(&[one.account]).await)?;
        let other = fixture.one_of(one.account, 1);
        expect(&*ledger, now, other, exhausted(1, Some(now))).await?;
        expect(&*ledger, now, one, again(1, None)).await?;
    }
    // Those beside it are.
    let sides = fixture
        .lives()
        .map(|life| fixture.one_of(fixture.account(life), 1));
    charge(&*ledger, now, &sides).await?;
    let accounts = sides.map(|one| one.account);
    answered("clear", ledger.clear(&accounts).await)?;
    let seen = answered("usage", ledger.usage(&accounts).await)?;
    let used: Vec<u64> = seen.iter().map(|usage| usage.used).collect();
    same_each("usage of two spans and what was cleared", &used, &[1, 1, 0])
}
