//! Faulty ledgers, each found by the rule that is named for its fault.

use milagro_base::Seconds;
use milagro_ledger::conformance::Rule;

use crate::conformance::check;
use crate::faults::Planted;
use crate::model::Model;

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

#[test]
fn finds_half_of_a_claim() {
    assert!(broken(Planted::HalfOfAClaim).contains(&Rule::Claim));
}

#[test]
fn finds_a_claim_that_is_forgotten_early() {
    assert!(broken(Planted::FifteenClaims).contains(&Rule::Claims));
}

#[test]
fn finds_a_time_that_was_cut() {
    assert!(broken(Planted::TimeOf32Bits).contains(&Rule::Grants));
}

#[test]
fn finds_a_birth_that_goes_back() {
    assert_eq!(broken(Planted::BirthGoesBack), [Rule::Restore]);
}

#[test]
fn finds_a_refund_that_is_not_atomic() {
    assert_eq!(broken(Planted::RefundNotAtomic), [Rule::RaceRefund]);
}

#[test]
fn finds_a_refund_of_another_amount() {
    assert!(broken(Planted::RefundOfAnyAmount).contains(&Rule::Refund));
}

#[test]
fn finds_a_clear_that_clears_all_or_none() {
    assert!(broken(Planted::ClearsAllOrNone).contains(&Rule::ClearSpan));
}

#[test]
fn finds_a_claim_that_stands_twice_in_a_batch() {
    assert!(broken(Planted::TwiceInABatch).contains(&Rule::RefundAgain));
}

#[test]
fn finds_a_long_batch_whose_end_is_lost() {
    assert_eq!(broken(Planted::EndOfALongBatchLost), [Rule::Batch]);
}

#[test]
fn finds_a_known_claim_that_is_never_over() {
    assert!(broken(Planted::KnownBeforeOver).contains(&Rule::Floor));
}

#[test]
fn finds_one_floor_for_all_kinds() {
    assert!(broken(Planted::OneFloor).contains(&Rule::FloorKinds));
}
