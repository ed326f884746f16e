//! The project's own wire formats.

use serde_json::Value;

use crate::tweak::{every_change_is_noticed, file, label, none};

/// A file with only these cases, by their place.
fn with(path: &str, places: &[usize]) -> Value {
    let mut value = file(path);
    let cases = value["cases"].as_array().unwrap();
    let kept: Vec<_> = places.iter().map(|place| cases[*place].clone()).collect();
    value["cases"] = kept.into();
    value
}

fn noticed(path: &str, places: &[usize]) {
    every_change_is_noticed(&with(path, places), "/cases", label, none);
}

#[test]
fn transcripts() {
    noticed("wire/transcript.json", &[1, 2]);
}

#[test]
fn names() {
    noticed("wire/names.json", &[0, 2, 3, 4, 5, 6, 8, 9, 11]);
}

#[test]
fn factors() {
    noticed("wire/factors.json", &[0, 1]);
}

#[test]
fn logins() {
    noticed("wire/login.json", &[3, 7, 8]);
}

#[test]
fn full() {
    noticed("wire/full.json", &[0]);
}

#[test]
fn shares() {
    noticed("wire/issue.json", &[0]);
}

#[test]
fn permits() {
    noticed("wire/permits.json", &[1]);
}

#[test]
fn tokens() {
    noticed("wire/tokens.json", &[0]);
}

#[test]
fn ceremonies() {
    noticed("wire/ceremony.json", &[1]);
}

#[test]
fn pre_shared_keys() {
    noticed("wire/psk.json", &[0]);
}

#[test]
fn peers() {
    noticed("wire/peer.json", &[0]);
}
