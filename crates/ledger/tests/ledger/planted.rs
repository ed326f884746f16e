//! Eight faulty ledgers, each found by the rule that is named for its fault.

use milagro_base::Seconds;
use milagro_ledger::conformance::Rule;

use crate::conformance::check;
use crate::model::{Model, Planted};

/// The rules that a fault breaks, in order.
fn broken(fault: Planted) -> Vec<Rule> {
    let report = check(Model::init(Seconds::ZERO, Some(fault)));
    report.faults().iter().map(|fault| fault.rule).collect()
}

#[test]
fn finds_check_then_insert() {
    assert!(broken(Planted::CheckThenInsert).contains(&Rule::Race));
}

#[test]
fn finds_a_forgotten_floor() {
    assert!(broken(Planted::ForgottenFloor).contains(&Rule::Floor));
}

#[test]
fn finds_a_birth_that_is_ignored() {
    assert!(broken(Planted::BirthIgnored).contains(&Rule::Birth));
}

#[test]
fn finds_a_claim_that_is_ignored() {
    assert!(broken(Planted::ClaimIgnored).contains(&Rule::Claim));
}

#[test]
fn finds_a_batch_of_which_part_is_lost() {
    assert!(broken(Planted::PartOfABatchLost).contains(&Rule::Batch));
}

#[test]
fn finds_a_limit_off_by_one() {
    assert!(broken(Planted::OffByOne).contains(&Rule::Limit));
}

#[test]
fn finds_a_clear_that_leaks() {
    assert_eq!(broken(Planted::LeakyClear), [Rule::ClearOthers]);
}

#[test]
fn finds_a_refund_of_what_was_answered_again() {
    assert!(broken(Planted::RefundOfAgain).contains(&Rule::RefundAgain));
}
