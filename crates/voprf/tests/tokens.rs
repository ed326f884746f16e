//! Tokens from draw to spend, and what goes wrong between.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

extern crate alloc;

mod tokens {
    mod budget_shared_by_replicas;
    mod bytes;
    mod client;
    mod dropped_and_listed_again;
    mod edges_with_skew;
    mod every_suite;
    mod header_before_elements;
    mod issue;
    mod lost_replies;
    mod malice;
    mod other_ledger;
    mod other_plan_other_key;
    mod pinning;
    mod redeem;
    mod refund_races;
    mod refused_draws_cost_nothing;
    mod repeating_generator;
    mod restored_ledger;
    mod rotation;
    mod schedules;
    mod spent_stays_spent;
    mod support;
    mod wallet;
}
