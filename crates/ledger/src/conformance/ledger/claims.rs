//! Claims: what is asked for again is not counted again.

use alloc::vec;
use alloc::vec::Vec;

use milagro_base::Seconds;

use crate::account::Life;
use crate::charge::{Charge, Claim, Verdict};
use crate::conformance::check::{
    Checked, again, answered, charge, exhausted, expect, expect_granted, granted, same_each,
};
use crate::conformance::fixture::{Fixture, amount, start, with_claim};
use crate::conformance::harness::LedgerHarness;
use crate::ledger::Ledger;
use crate::rules;

pub(super) async fn claim(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let now = fixture.now;
    for life in fixture.lives() {
        for claim in sorts(&fixture) {
            let mut one = with_claim(fixture.one_of(fixture.account(life), 2), claim);
            // Before it is granted it is nobody's.
            let nothing = fixture.one_of(one.account, 0);
            expect(
                &*ledger,
                now,
                with_claim(nothing, claim),
                exhausted(0, None),
            )
            .await?;
            expect(&*ledger, now, one, granted(1, None)).await?;
            expect(&*ledger, now, one, again(1, None)).await?;
            let other = fixture.one_of(one.account, 2);
            expect(&*ledger, now, other, granted(2, Some(now))).await?;
            // The limit no longer matters, and the answer is that of before.
            for limit in [2, 1, 0] {
                one.limit = limit;
                expect(&*ledger, now, one, again(1, None)).await?;
            }
            let third = fixture.one_of(one.account, 2);
            expect(&*ledger, now, third, exhausted(2, Some(now))).await?;
            // It is the claim of this account alone.
            let elsewhere = fixture.one_of(fixture.account(life), 1);
            let elsewhere = with_claim(elsewhere, claim);
            expect(&*ledger, now, elsewhere, granted(1, None)).await?;
        }
        // Within one batch too.
        let one = fixture.one_of(fixture.account(life), 1);
        let other = fixture.one_of(one.account, 1);
        let verdicts = charge(&*ledger, now, &[one, one, other]).await?;
        let expected = [granted(1, None), again(1, None), exhausted(1, Some(now))];
        same_each("verdicts of a batch", &verdicts, &expected)?;
    }
    alike(&*ledger, &fixture).await
}

/// Claims that differ in one bit are two.
async fn alike(ledger: &dyn Ledger, fixture: &Fixture) -> Checked {
    let now = fixture.now;
    let bytes = [0x5a; 32];
    let mut pairs = Vec::new();
    for place in 0..bytes.len() {
        let mut other = bytes;
        for byte in other.iter_mut().skip(place).take(1) {
            *byte ^= 1;
        }
        let one = fixture.one_of(fixture.account(Life::Lasting), 2);
        pairs.push([bytes, other].map(|claim| with_claim(one, Claim::public(claim))));
    }
    let firsts: Vec<Charge> = pairs.iter().map(|[one, _]| *one).collect();
    let others: Vec<Charge> = pairs.iter().map(|[_, other]| *other).collect();
    let verdicts = charge(ledger, now, &firsts).await?;
    same_each(
        "first of two claims",
        &verdicts,
        &vec![granted(1, None); firsts.len()],
    )?;
    let verdicts = charge(ledger, now, &others).await?;
    let second = granted(2, Some(now));
    same_each(
        "a claim that is alike",
        &verdicts,
        &vec![second; others.len()],
    )?;
    // Nor is one taken back for the other.
    answered("refund", ledger.refund(&others).await)?;
    let verdicts = charge(ledger, now, &firsts).await?;
    same_each(
        "first of two claims",
        &verdicts,
        &vec![again(1, None); firsts.len()],
    )
}

pub(super) async fn conflict(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let now = fixture.now;
    for life in fixture.lives() {
        for claim in sorts(&fixture) {
            let two = fixture.some_of(fixture.account(life), amount(2), 10);
            let two = with_claim(two, claim);
            expect(&*ledger, now, two, granted(2, None)).await?;
            for other in [1, 3, u32::MAX] {
                let mut other = fixture.some_of(two.account, amount(other), 10);
                other.claim = claim;
                expect(&*ledger, now, other, Verdict::Conflict).await?;
                other.limit = 0;
                expect(&*ledger, now, other, Verdict::Conflict).await?;
            }
            expect(&*ledger, now, two, again(2, None)).await?;
        }
    }
    Ok(())
}

pub(super) async fn claims(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let now = fixture.now;
    let later = now.plus(Seconds::new(5));
    for life in fixture.lives() {
        let account = fixture.account(life);
        // One more than is remembered, so that the first may be forgotten and no other.
        expect_granted(&*ledger, now, fixture.one_of(account, 100)).await?;
        let charges: Vec<Charge> = (0..rules::CLAIMS)
            .map(|_| fixture.one_of(account, 100))
            .collect();
        for one in &charges {
            expect_granted(&*ledger, now, *one).await?;
        }
        // Asking again takes no other's place, and each is answered as before.
        for _ in 0..2 {
            for (one, used) in charges.iter().zip(2..) {
                expect(&*ledger, later, *one, again(used, Some(now))).await?;
            }
        }
    }
    Ok(())
}

fn sorts(fixture: &Fixture) -> [Claim; 2] {
    [fixture.fresh(), fixture.public()]
}
