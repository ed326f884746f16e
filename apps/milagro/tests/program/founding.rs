//! Three processes with separate directories found a domain, and one is killed in each round.

use std::fs;
use std::path::Path;

use crate::people::{Council, Registrar, agreed, enrol};
use crate::process::{Place, Running, bad, until};

/// Join, commit, open, dispute, confirm.
const ROUNDS: usize = 5;

/// How many messages lie in a directory.
fn count(board: &Path) -> usize {
    let entries = fs::read_dir(board).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names.filter(|name| name.len() == 64).count()
}

/// Everybody carries everything to everybody.
fn carry(boards: &[std::path::PathBuf]) {
    for from in boards {
        for entry in fs::read_dir(from).expect("a directory") {
            let entry = entry.expect("an entry");
            if entry.file_name().len() != 64 {
                continue;
            }
            for to in boards {
                let (path, draft) = (to.join(entry.file_name()), to.join(".carried"));
                if !path.exists() {
                    fs::copy(entry.path(), &draft).expect("copied");
                    fs::rename(draft, path).expect("moved");
                }
            }
        }
    }
}

#[test]
fn over_directories_that_are_carried_by_hand() {
    let council = Council::new();
    let boards: Vec<_> = council
        .members
        .iter()
        .map(|member| member.path("board"))
        .collect();
    for board in &boards {
        fs::create_dir(board).expect("a directory");
        fs::write(board.join("read me"), "anybody can write here").expect("written");
        fs::write(board.join("00".repeat(32)), "no message of this name").expect("written");
    }
    let start = |place: usize| {
        let board = boards[place].to_str().expect("UTF-8");
        council.members[place].start(council.run(board))
    };
    let mut running: Vec<Option<Running>> = (0..3).map(|place| Some(start(place))).collect();
    for round in 0..ROUNDS {
        // One file lies there that is no message; those of the rounds before were carried.
        for board in &boards {
            until("a message of the round", || count(board) > 3 * round + 1);
        }
        let place = round % 3;
        running[place].take().expect("it runs").kill();
        running[place] = Some(start(place));
        carry(&boards);
    }
    let running = running.into_iter().flatten();
    let result = agreed(running.map(Running::json).collect());
    serves(&council, &result);
    // The session is over, and its number is used up.
    let again = council.members[0].output(council.run(boards[0].to_str().expect("UTF-8")));
    let (code, words) = bad(&again);
    assert_eq!(
        (code, words.contains("the session is over")),
        (6, true),
        "{words}"
    );
}

#[test]
fn over_a_board_that_is_killed_too() {
    let council = Council::new();
    let place = Place::new();
    let mut board = place.start(["board", "--listen", "127.0.0.1:0"]);
    let address = board.address();
    let listen = address.strip_prefix("http://").expect("no TLS").to_owned();
    let start = |number: usize| council.members[number].start(council.run(&address));
    // Two run all the time; the third looks once in a round, so that the others wait for it.
    let mut running = [Some(start(0)), Some(start(1))];
    let mut once = council.run(&address);
    *once.last_mut().expect("seconds") = "0";
    for round in 0..ROUNDS {
        until("two messages of the round", || {
            messages(&address) == 3 * round + 2
        });
        let killed = round % 2;
        running[killed].take().expect("it runs").kill();
        if round == 2 {
            board.kill();
            board = place.start(["board", "--listen", &listen]);
            assert_eq!(board.address(), address);
        }
        if round + 1 < ROUNDS {
            let (code, words) = bad(&council.members[2].output(&once));
            assert_eq!(code, 7, "{words}");
        }
        running[killed] = Some(start(killed));
    }
    let last = council.members[2].json(&once);
    let mut results: Vec<_> = running.into_iter().flatten().map(Running::json).collect();
    results.push(last);
    serves(&council, &agreed(results));
}

/// How many messages a board has.
fn messages(address: &str) -> usize {
    let runtime = crate::people::runtime();
    let _once = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let patience = milagro_wire::client::Patience::default();
    let endpoint =
        milagro_wire::client::Endpoint::new(address, reqwest::ClientBuilder::new(), patience);
    let client = milagro_wire::client::BoardClient::new(endpoint.expect("an address"));
    let page = runtime.block_on(client.names(None)).expect("names");
    page.names.into_vec().len()
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
