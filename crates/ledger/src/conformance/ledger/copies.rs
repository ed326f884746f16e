//! Several handles, restarts and copies of one ledger.

use alloc::format;
use alloc::sync::Arc;

use milagro_base::Seconds;

use crate::account::Life;
use crate::charge::{Charge, Verdict};
use crate::conformance::check::{
    Checked, again, exhausted, expect, expect_granted, expect_refused, holds, same,
};
use crate::conformance::fixture::{Fixture, KINDS, start, with_claim};
use crate::conformance::harness::LedgerHarness;
use crate::ledger::Ledger;
use crate::rules::{self, KEPT, SKEW};

/// One charge of each sort that a ledger has to know again.
struct Known {
    span: Charge,
    open: Charge,
    lasting: Charge,
    public: Charge,
}

impl Known {
    async fn charge(ledger: &dyn Ledger, fixture: &Fixture) -> Checked<Self> {
        let [span, open, lasting] = fixture.lives().map(|life| fixture.account(life));
        let public = fixture.one_of(fixture.account(Life::Lasting), 1);
        let known = Self {
            span: fixture.one_of(span, 1),
            open: fixture.one_of(open, 1),
            lasting: fixture.one_of(lasting, 1),
            public: with_claim(public, fixture.public()),
        };
        for one in [known.span, known.open, known.lasting, known.public] {
            expect_granted(ledger, fixture.now, one).await?;
        }
        Ok(known)
    }

    /// All is known, their claims too.
    async fn are_known(&self, ledger: &dyn Ledger, fixture: &Fixture) -> Checked {
        let now = fixture.now;
        for one in [self.span, self.open, self.lasting, self.public] {
            expect(ledger, now, one, again(1, None)).await?;
            let other = fixture.one_of(one.account, 1);
            expect(ledger, now, other, exhausted(1, Some(now))).await?;
        }
        Ok(())
    }
}

pub(super) async fn reopen(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let id = ledger.id();
    let known = Known::charge(&*ledger, &fixture).await?;
    jump(&*ledger, &fixture).await?;
    let public = known.public;
    expect(&*ledger, fixture.now, public, again(1, None)).await?;
    drop(ledger);
    for _ in 0..2 {
        let ledger = opened("reopen", harness.reopen().await)?;
        same("name after a restart", &ledger.id(), &id)?;
        known.are_known(&*ledger, &fixture).await?;
        floor_stands(&*ledger, &fixture).await?;
        let unborn = Life::Span {
            from: Some(rules::birth(fixture.made())),
            until: fixture.now.plus(Seconds::hours(1)),
        };
        let unborn = fixture.one_of(fixture.account(unborn), 1);
        expect(&*ledger, fixture.now, unborn, Verdict::Over).await?;
        let new = fixture.one_of(fixture.account(fixture.span()), 1);
        expect_granted(&*ledger, fixture.now, new).await?;
        // That somebody was answered `again` is remembered too.
        holds("refund", &public, ledger.refund(&[public]).await.is_ok())?;
        expect(&*ledger, fixture.now, public, again(1, None)).await?;
    }
    Ok(())
}

pub(super) async fn handles(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let other = opened("open", harness.open().await)?;
    same("names of two handles", &other.id(), &ledger.id())?;
    let known = Known::charge(&*ledger, &fixture).await?;
    known.are_known(&*other, &fixture).await?;
    known.are_known(&*ledger, &fixture).await?;
    jump(&*other, &fixture).await?;
    floor_stands(&*ledger, &fixture).await?;
    let refund = other.refund(&[known.lasting]).await;
    holds("refund", &refund, refund.is_ok())?;
    expect_granted(&*ledger, fixture.now, known.lasting).await?;
    let clear = ledger.clear(&[known.lasting.account]).await;
    holds("clear", &clear, clear.is_ok())?;
    expect_granted(&*other, fixture.now, known.lasting).await
}

pub(super) async fn restore(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let id = ledger.id();
    let known = Known::charge(&*ledger, &fixture).await?;
    let guesses = rules::USED_UP.map(|kind| {
        let account = fixture.account_of(kind, Life::Lasting);
        fixture.one_of(account, 1)
    });
    for one in guesses {
        expect_granted(&*ledger, fixture.now, one).await?;
    }
    // One clock was ahead before the copy was made.
    let ahead = fixture.now.plus(Seconds::minutes(30));
    let account = fixture.account_of(KINDS[2], Life::Lasting);
    expect_granted(&*ledger, ahead, fixture.one_of(account, 1)).await?;
    let backup = harness.back_up().await;
    backup.map_err(|problem| format!("back up: {problem}"))?;
    let lost = fixture.one_of(fixture.account(fixture.span()), 1);
    expect_granted(&*ledger, fixture.now, lost).await?;
    drop(ledger);

    let now = fixture.now.plus(Seconds::minutes(10));
    let ledger = opened("restore", harness.restore(now).await)?;
    holds("name after a restore", &id, ledger.id() != id)?;
    for charge in [lost, known.span] {
        expect_refused(&*ledger, now, charge).await?;
        expect_refused(&*ledger, now, fixture.one_of(charge.account, 1)).await?;
    }
    let until = now.plus(Seconds::hours(9));
    for latest in [now, ahead] {
        let from = Some(rules::birth(latest));
        let unborn = fixture.account(Life::Span { from, until });
        expect(&*ledger, now, fixture.one_of(unborn, 1), Verdict::Over).await?;
    }
    for charge in [known.open, known.lasting, known.public] {
        expect(&*ledger, now, charge, again(1, None)).await?;
        let other = fixture.one_of(charge.account, 1);
        expect(&*ledger, now, other, exhausted(1, Some(fixture.now))).await?;
    }
    // Guesses and budgets may have been charged more since.
    for one in guesses {
        let other = fixture.one_of(one.account, u64::MAX);
        expect_refused(&*ledger, now, other).await?;
        expect_refused(&*ledger, now, one).await?;
        let refund = ledger.refund(&[one]).await;
        holds("refund", &refund, refund.is_ok())?;
        expect_refused(&*ledger, now, other).await?;
    }
    let from = Some(rules::birth(ahead).plus(SKEW));
    let born = fixture.account(Life::Span { from, until });
    expect_granted(&*ledger, now, fixture.one_of(born, 1)).await?;
    drop(ledger);
    restored_floor(harness).await?;
    restored_back(harness).await
}

/// A clock that is behind takes no birth back, and each restore gives a new name.
async fn restored_back(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let id = ledger.id();
    let backup = harness.back_up().await;
    backup.map_err(|problem| format!("back up: {problem}"))?;
    drop(ledger);
    let behind = fixture.made().minus(Seconds::days(1));
    let ledger = opened("restore", harness.restore(behind).await)?;
    holds("name after a restore", &id, ledger.id() != id)?;
    let unborn = Life::Span {
        from: Some(rules::birth(fixture.made())),
        until: fixture.now.plus(Seconds::hours(1)),
    };
    let unborn = fixture.one_of(fixture.account(unborn), 1);
    expect(&*ledger, fixture.now, unborn, Verdict::Over).await
}

/// A copy's floor is not lost with its birth.
async fn restored_floor(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    jump(&*ledger, &fixture).await?;
    let backup = harness.back_up().await;
    backup.map_err(|problem| format!("back up: {problem}"))?;
    drop(ledger);
    let ledger = opened("restore", harness.restore(fixture.now).await)?;
    floor_stands(&*ledger, &fixture).await
}

/// Lets the clock of the second kind run ahead.
async fn jump(ledger: &dyn Ledger, fixture: &Fixture) -> Checked {
    let ahead = fixture.now.plus(KEPT).plus(Seconds::hours(1));
    let far = Life::Span {
        from: None,
        until: ahead.plus(Seconds::hours(1)),
    };
    let account = fixture.account_of(KINDS[1], far);
    expect_granted(ledger, ahead, fixture.one_of(account, 1)).await
}

/// What was worthless 48 hours before that is over, and may have been charged.
async fn floor_stands(ledger: &dyn Ledger, fixture: &Fixture) -> Checked {
    let account = fixture.account_of(KINDS[1], fixture.open_span());
    expect(
        ledger,
        fixture.now,
        fixture.one_of(account, 1),
        Verdict::Over,
    )
    .await
}

fn opened<E: core::fmt::Display>(
    what: &str,
    handle: Result<Arc<dyn Ledger>, E>,
) -> Checked<Arc<dyn Ledger>> {
    handle.map_err(|problem| format!("{what}: {problem}"))
}
