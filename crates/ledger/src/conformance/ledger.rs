//! The checks of ledgers.

mod claims;
mod copies;
mod counts;
mod lives;
mod races;
mod refunds;

use crate::conformance::harness::LedgerHarness;
use crate::conformance::report::{Report, Rule};

/// Checks a ledger against every rule, each with a ledger of its own.
pub async fn ledger(harness: &dyn LedgerHarness) -> Report {
    let mut report = Report::default();
    report.add(Rule::Verdicts, counts::verdicts(harness).await);
    report.add(Rule::Limit, counts::limit(harness).await);
    report.add(Rule::Batch, counts::batch(harness).await);
    report.add(Rule::Order, counts::order(harness).await);
    report.add(Rule::Grants, counts::grants(harness).await);
    report.add(Rule::Usage, counts::usage(harness).await);
    report.add(Rule::Claim, claims::claim(harness).await);
    report.add(Rule::Conflict, claims::conflict(harness).await);
    report.add(Rule::Claims, claims::claims(harness).await);
    report.add(Rule::Refund, refunds::refund(harness).await);
    report.add(Rule::RefundAgain, refunds::refund_again(harness).await);
    report.add(Rule::Clear, refunds::clear(harness).await);
    report.add(Rule::ClearOthers, refunds::clear_others(harness).await);
    report.add(Rule::ClearSpan, refunds::clear_span(harness).await);
    report.add(Rule::Birth, lives::birth(harness).await);
    report.add(Rule::Floor, lives::floor(harness).await);
    report.add(Rule::FloorKinds, lives::floor_kinds(harness).await);
    report.add(Rule::Kept, lives::kept(harness).await);
    report.add(Rule::Ends, lives::ends(harness).await);
    report.add(Rule::Reopen, copies::reopen(harness).await);
    report.add(Rule::Handles, copies::handles(harness).await);
    report.add(Rule::Restore, copies::restore(harness).await);
    report.add(Rule::Race, races::race(harness).await);
    report.add(Rule::RaceClaim, races::race_claim(harness).await);
    report.add(Rule::RaceBatches, races::race_batches(harness).await);
    report.add(Rule::RaceRefund, races::race_refund(harness).await);
    report
}
