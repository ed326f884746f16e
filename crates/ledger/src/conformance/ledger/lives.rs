//! Lives, and clocks that jump.

use alloc::vec::Vec;

use milagro_base::Seconds;

use crate::account::Life;
use crate::charge::{Charge, Grant, Verdict};
use crate::conformance::check::{
    Checked, again, charge, charge_one, exhausted, expect, expect_granted, expect_refused, holds,
};
use crate::conformance::fixture::{Fixture, KINDS, start};
use crate::conformance::harness::LedgerHarness;
use crate::ledger::Ledger;
use crate::rules::{self, KEPT};

pub(super) async fn birth(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let now = fixture.now;
    let birth = rules::birth(fixture.made());
    let until = now.plus(Seconds::hours(1));
    for from in [
        Seconds::ZERO,
        fixture.made(),
        birth.minus(Seconds::new(1)),
        birth,
    ] {
        let account = fixture.account(from_to(from, until));
        for _ in 0..2 {
            expect(&*ledger, now, fixture.one_of(account, 1), Verdict::Over).await?;
        }
    }
    // A store with a clock of its own may be born a little later.
    for from in [birth.plus(PATIENCE), now, until] {
        expect_granted(
            &*ledger,
            now,
            fixture.one_of(fixture.account(from_to(from, until)), 1),
        )
        .await?;
    }
    for life in [fixture.open_span(), Life::Lasting] {
        expect_granted(&*ledger, now, fixture.one_of(fixture.account(life), 1)).await?;
    }
    Ok(())
}

pub(super) async fn floor(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let now = fixture.now;
    let until = now.plus(Seconds::hours(1));
    let over = until.plus(KEPT);
    let spans = [fixture.span(), fixture.open_span()];
    let spent = spans.map(|life| fixture.one_of(fixture.account(life), 1));
    let lasting = fixture.one_of(fixture.account(Life::Lasting), 1);
    for one in spent.into_iter().chain([lasting]) {
        expect_granted(&*ledger, now, one).await?;
    }
    let refused = async |now| {
        for one in spent {
            expect(&*ledger, now, fixture.one_of(one.account, 1), Verdict::Over).await?;
            expect(&*ledger, now, one, Verdict::Over).await?;
        }
        // Nobody can tell any more that this was never charged.
        for life in spans {
            let never = fixture.one_of(fixture.account(life), 1);
            expect(&*ledger, now, never, Verdict::Over).await?;
        }
        Checked::Ok(())
    };
    // Ahead: whole batches move the clock, so that a store has reason to forget.
    let far = over.plus(Seconds::days(1));
    for ahead in [over, over.plus(KEPT)] {
        let batch: Vec<Charge> = (0..64)
            .map(|_| fixture.one_of(fixture.account(from_to(now, far)), 1))
            .collect();
        charge(&*ledger, ahead, &batch).await?;
        refused(ahead).await?;
    }
    // Back, step by step.
    for back in [over.minus(Seconds::new(1)), until, now, fixture.made()] {
        refused(back).await?;
        let known = fixture.one_of(lasting.account, 1);
        expect(&*ledger, back, known, exhausted(1, Some(now))).await?;
    }
    // What is worth something is as before.
    let later = fixture.account(from_to(now, far));
    expect_granted(&*ledger, now, fixture.one_of(later, 1)).await
}

pub(super) async fn floor_kinds(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let now = fixture.now;
    let spent = KINDS.map(|kind| fixture.one_of(fixture.account_of(kind, fixture.span()), 1));
    for one in spent {
        expect_granted(&*ledger, now, one).await?;
    }
    let [ahead, others @ ..] = spent;
    let far = now.plus(Seconds::days(60));
    let jump = fixture.account_of(ahead.account.kind(), from_to(now, far));
    let month = now.plus(Seconds::days(30));
    expect_granted(&*ledger, month, fixture.one_of(jump, 1)).await?;
    expect(
        &*ledger,
        now,
        fixture.one_of(ahead.account, 1),
        Verdict::Over,
    )
    .await?;
    for other in others {
        expect(&*ledger, now, other, again(1, None)).await?;
        let once = fixture.one_of(other.account, 1);
        expect(&*ledger, now, once, exhausted(1, Some(now))).await?;
        let new = fixture.account_of(other.account.kind(), fixture.span());
        expect_granted(&*ledger, now, fixture.one_of(new, 1)).await?;
    }
    Ok(())
}

pub(super) async fn kept(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let now = fixture.now;
    let until = now.plus(Seconds::hours(1));
    let spans = [fixture.span(), fixture.open_span()];
    let spent = spans.map(|life| fixture.one_of(fixture.account(life), 1));
    for one in spent {
        expect_granted(&*ledger, now, one).await?;
    }
    // Worthless, and still known. A store with a clock of its own may be a little ahead of ours.
    for late in [until, until.plus(KEPT).minus(PATIENCE)] {
        for one in spent {
            let other = fixture.one_of(one.account, 1);
            expect(&*ledger, late, other, exhausted(1, Some(now))).await?;
            expect(&*ledger, late, one, again(1, None)).await?;
        }
    }
    // The clock was ahead by almost 49 hours, and nobody was stopped by that.
    for life in spans {
        expect_granted(&*ledger, now, fixture.one_of(fixture.account(life), 1)).await?;
    }
    Ok(())
}

pub(super) async fn ends(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let times = [
        Seconds::ZERO,
        Seconds::new(1),
        fixture.now,
        LATE,
        Seconds::MAX,
    ];
    for now in times {
        for until in times {
            let froms = times.into_iter().map(Some).chain([None]);
            for from in froms {
                twice(&*ledger, &fixture, now, Life::Span { from, until }).await?;
            }
        }
        twice(&*ledger, &fixture, now, Life::Lasting).await?;
    }
    // The last moment has been seen, so nothing that ends is known to be unused.
    let late = Life::Span {
        from: Some(LATE),
        until: LATE,
    };
    expect_refused(
        &*ledger,
        fixture.now,
        fixture.one_of(fixture.account(late), 1),
    )
    .await?;
    let lasting = fixture.account(Life::Lasting);
    expect_granted(&*ledger, Seconds::MAX, fixture.one_of(lasting, 1)).await
}

/// Whatever is said the first time, no second claim is granted.
async fn twice(ledger: &dyn Ledger, fixture: &Fixture, now: Seconds, life: Life) -> Checked {
    let account = fixture.account(life);
    let mut grants = 0;
    for _ in 0..2 {
        let verdict = charge_one(ledger, now, fixture.one_of(account, 1)).await?;
        grants += u8::from(matches!(verdict, Verdict::Granted(Grant { .. })));
    }
    holds("granted twice", &(now, life), grants < 2)
}

const fn from_to(from: Seconds, until: Seconds) -> Life {
    Life::Span {
        from: Some(from),
        until,
    }
}

/// Half the range of 64 bits, where signed numbers end.
const LATE: Seconds = Seconds::new(u64::MAX >> 1);

/// By how much a store's own clock may be off from that of the harness.
const PATIENCE: Seconds = Seconds::minutes(1);
