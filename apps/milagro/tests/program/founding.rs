//! Three processes with separate directories found a domain, and one is killed in each round.

use crate::people::{Council, Planned, Registrar, enrol};
use crate::process::{Place, bad};
use crate::rounds::{Boards, disturbed};

/// Join, commit, open, dispute, confirm.
const ROUNDS: [&[usize]; 5] = [&[0, 1, 2]; 5];

fn members(council: &Council) -> Vec<&Place> {
    council.members.iter().collect()
}

fn planned(council: &Council) -> Planned<'_> {
    Planned {
        plan: council.plan.to_str().expect("UTF-8"),
        set: None,
    }
}

#[test]
fn over_directories_that_are_carried_by_hand() {
    let council = Council::new();
    let members = members(&council);
    let boards = Boards::directories(&members, "board");
    let board = boards.at(0).to_owned();
    let result = disturbed(&members, planned(&council), boards, &ROUNDS);
    serves(&council, &result);
    // The session is over, and its number is used up.
    let again = council.members[0].output(council.run(&board));
    let (code, words) = bad(&again);
    assert_eq!(
        (code, words.contains("the session is over")),
        (6, true),
        "{words}"
    );
}

#[test]
fn over_boards_that_are_killed_too() {
    let council = Council::new();
    let members = members(&council);
    let result = disturbed(&members, planned(&council), Boards::http(3), &ROUNDS);
    serves(&council, &result);
}

/// The three serve what they have founded, and a user gets a secret.
fn serves(council: &Council, result: &serde_json::Value) {
    let registrar = Registrar::of(result);
    let running: Vec<_> = council
        .members
        .iter()
        .map(|member| registrar.serve(member))
        .collect();
    let addresses: Vec<&str> = running
        .iter()
        .map(|(_, address)| address.as_str())
        .collect();
    enrol(&addresses, &registrar, b"alice");
    // Two are enough for the key, and for the booking of 2 of 3.
    enrol(&addresses[1..], &registrar, b"bob");
}
