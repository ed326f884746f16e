//! The checks of records.

mod entries;
mod keys;
mod sharing;

use crate::conformance::harness::RecordsHarness;
use crate::conformance::report::{Report, Rule};

/// Checks records against every rule, each with records of their own.
pub async fn records(harness: &dyn RecordsHarness) -> Report {
    let mut report = Report::default();
    report.add(Rule::Get, entries::get(harness).await);
    report.add(Rule::Put, entries::put(harness).await);
    report.add(Rule::Delete, entries::delete(harness).await);
    report.add(Rule::Versions, entries::versions(harness).await);
    report.add(Rule::Kinds, keys::kinds(harness).await);
    report.add(Rule::List, keys::list(harness).await);
    report.add(Rule::Bounds, keys::bounds(harness).await);
    report.add(Rule::Until, entries::until(harness).await);
    report.add(Rule::RecordsReopen, sharing::reopen(harness).await);
    report.add(Rule::RecordsHandles, sharing::handles(harness).await);
    report.add(Rule::RacePut, sharing::race_put(harness).await);
    report.add(Rule::RaceDelete, sharing::race_delete(harness).await);
    report
}
