//! Three processes with separate directories found a domain, and one is killed in each round.

use std::fs;
use std::path::{Path, PathBuf};

use milagro_wire::client::{BoardClient, Endpoint, Patience};
use milagro_wire::name::Name;

use crate::people::{Council, Registrar, agreed, enrol, runtime};
use crate::process::{Place, Running, bad, until};

/// Join, commit, open, dispute, confirm.
const ROUNDS: usize = 5;

/// How many messages lie in a directory.
fn count(board: &Path) -> usize {
    let entries = fs::read_dir(board).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names.filter(|name| name.len() == 64).count()
}

/// Everybody carries to everybody what lies there now, and nothing that is put up meanwhile: else somebody would be a round
/// ahead.
fn carry(boards: &[PathBuf]) {
    let entries = boards
        .iter()
        .flat_map(|board| fs::read_dir(board).expect("a directory"));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let messages: Vec<PathBuf> = paths
        .filter(|path| path.file_name().is_some_and(|name| name.len() == 64))
        .collect();
    for from in messages {
        for to in boards {
            let (path, draft) = (
                to.join(from.file_name().expect("a name")),
                to.join(".carried"),
            );
            if !path.exists() {
                fs::copy(&from, &draft).expect("copied");
                fs::rename(draft, path).expect("moved");
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
            until("a message of the round", || {
                running.iter_mut().flatten().for_each(Running::expect_alive);
                count(board) > 3 * round + 1
            });
        }
        let place = round % 3;
        running[place].take().expect("it runs").kill();
        running[place] = Some(start(place));
        carry(&boards);
    }
    let running = running.into_iter().flatten();
    let result = agreed(&running.map(Running::json).collect::<Vec<_>>());
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
fn over_boards_that_are_killed_too() {
    let council = Council::new();
    let places: Vec<Place> = (0..3).map(|_| Place::new()).collect();
    let listen = |place: usize, at: &str| {
        let mut board = places[place].start(["board", "--listen", at]);
        let address = board.address();
        (Some(board), address)
    };
    let (mut boards, addresses): (Vec<_>, Vec<_>) =
        (0..3).map(|place| listen(place, "127.0.0.1:0")).unzip();
    let start = |place: usize| council.members[place].start(council.run(&addresses[place]));
    let mut running: Vec<Option<Running>> = (0..3).map(|place| Some(start(place))).collect();
    for round in 0..ROUNDS {
        for address in &addresses {
            until("a message of the round", || {
                names(address).len() > 3 * round
            });
        }
        // A member, and the board of another one, which asks until it is there again.
        let (place, other) = (round % 3, (round + 1) % 3);
        running[place].take().expect("it runs").kill();
        boards[other].take().expect("it runs").kill();
        let at = addresses[other].strip_prefix("http://").expect("no TLS");
        boards[other] = listen(other, at).0;
        running[place] = Some(start(place));
        carry_over_http(&addresses);
    }
    let running = running.into_iter().flatten();
    serves(
        &council,
        &agreed(&running.map(Running::json).collect::<Vec<_>>()),
    );
}

fn board(address: &str) -> BoardClient {
    let _once = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let endpoint = Endpoint::new(address, reqwest::ClientBuilder::new(), Patience::default());
    BoardClient::new(endpoint.expect("an address"))
}

/// What lies on a board.
fn names(address: &str) -> Vec<Name> {
    let page = runtime()
        .block_on(board(address).names(None))
        .expect("names");
    assert!(!page.more);
    page.names.into_vec()
}

fn carry_over_http(addresses: &[String]) {
    let runtime = runtime();
    let mut messages = Vec::new();
    for from in addresses {
        for name in names(from) {
            let message = runtime.block_on(board(from).get(name)).expect("an answer");
            messages.push(message.expect("a message"));
        }
    }
    for message in messages {
        for to in addresses {
            runtime.block_on(board(to).put(&message)).expect("put up");
        }
    }
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
