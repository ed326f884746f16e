//! Ceremonies of which a process is killed in each round: every member has a board of its own, and what lies there is
//! carried to the others by hand, one round at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use milagro_wire::client::{BoardClient, Endpoint, Patience};
use milagro_wire::name::Name;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::people::{Planned, agreed, run_plan, runtime};
use crate::process::{Place, Running, until};

/// The boards of all members, in their order.
pub(crate) enum Boards {
    Directories(Vec<PathBuf>),
    /// Over HTTP; each is killed as well, and comes back under the same address.
    Http(Vec<Served>, Runtime),
}

/// A board that runs.
pub(crate) struct Served {
    place: Place,
    running: Option<Running>,
    address: String,
    /// Whoever carries asks by this.
    client: BoardClient,
}

impl Boards {
    /// Directories in which other things lie, too.
    pub(crate) fn directories(members: &[&Place], name: &str) -> Self {
        let boards = members.iter().map(|member| {
            let board = member.path(name);
            fs::create_dir(&board).expect("a directory");
            fs::write(board.join("read me"), "anybody can write here").expect("written");
            fs::write(board.join("00".repeat(32)), "no message of this name").expect("written");
            board
        });
        Self::Directories(boards.collect())
    }

    pub(crate) fn http(many: usize) -> Self {
        let boards = (0..many).map(|_| {
            let place = Place::new();
            let mut running = place.start(["board", "--listen", "127.0.0.1:0"]);
            let address = running.address();
            let running = Some(running);
            Served {
                place,
                running,
                client: client(&address),
                address,
            }
        });
        Self::Http(boards.collect(), runtime())
    }

    /// As `--board` takes it.
    pub(crate) fn at(&self, place: usize) -> &str {
        match self {
            Self::Directories(boards) => boards[place].to_str().expect("UTF-8"),
            Self::Http(boards, _) => &boards[place].address,
        }
    }

    /// How many messages lie there.
    fn count(&self, place: usize) -> usize {
        match self {
            // One file is no message.
            Self::Directories(boards) => messages(&boards[place]).len() - 1,
            Self::Http(boards, runtime) => runtime.block_on(boards[place].names()).len(),
        }
    }

    /// Ends the process of a board, and starts it again.
    fn kill(&mut self, place: usize) {
        if let Self::Http(boards, _) = self {
            let board = &mut boards[place];
            board.running.take().expect("it runs").kill();
            let at = board.address.strip_prefix("http://").expect("no TLS");
            let mut running = board.place.start(["board", "--listen", at]);
            assert_eq!(running.address(), board.address);
            board.running = Some(running);
        }
    }

    /// Everybody carries to everybody what lies there now, and nothing that is put up meanwhile: else somebody would be a
    /// round ahead.
    fn carry(&self) {
        match self {
            Self::Directories(boards) => {
                let all: Vec<PathBuf> = boards.iter().flat_map(|board| messages(board)).collect();
                for from in all {
                    for to in boards {
                        let path = to.join(from.file_name().expect("a name"));
                        if !path.exists() {
                            let draft = to.join(".carried");
                            fs::copy(&from, &draft).expect("copied");
                            fs::rename(draft, path).expect("moved");
                        }
                    }
                }
            }
            Self::Http(boards, runtime) => runtime.block_on(carry_between(boards)),
        }
    }
}

impl Served {
    /// What lies there.
    async fn names(&self) -> BTreeSet<Name> {
        let page = self.client.names(None).await.expect("names");
        assert!(!page.more);
        page.names.into_vec().into_iter().collect()
    }
}

async fn carry_between(boards: &[Served]) {
    let (mut there, mut all) = (Vec::new(), BTreeMap::new());
    for board in boards {
        let names = board.names().await;
        for name in names
            .iter()
            .filter(|name| !all.contains_key(*name))
            .copied()
            .collect::<Vec<_>>()
        {
            let message = board.client.get(name).await.expect("an answer");
            all.insert(name, message.expect("a message"));
        }
        there.push(names);
    }
    for (board, names) in boards.iter().zip(there) {
        for (_, message) in all.iter().filter(|(name, _)| !names.contains(*name)) {
            board.client.put(message).await.expect("put up");
        }
    }
}

/// The files that are named like messages.
fn messages(board: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(board).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.len() == 64);
    paths.filter(named).collect()
}

fn client(address: &str) -> BoardClient {
    let endpoint = Endpoint::new(address, crate::process::http(), Patience::default());
    BoardClient::new(endpoint.expect("an address"))
}

/// Holds a ceremony in which in each round one member is killed, and the board of the next. `rounds` says who speaks in
/// each. What all say, which is the same.
pub(crate) fn disturbed(
    members: &[&Place],
    planned: Planned<'_>,
    mut boards: Boards,
    rounds: &[&[usize]],
) -> Value {
    let start =
        |boards: &Boards, place: usize| members[place].start(run_plan(planned, boards.at(place)));
    let everybody = 0..members.len();
    let mut running: Vec<Option<Running>> =
        everybody.map(|place| Some(start(&boards, place))).collect();
    let mut carried = 0;
    for (round, speakers) in rounds.iter().enumerate() {
        for speaker in *speakers {
            until("a message of the round", || {
                running.iter_mut().flatten().for_each(Running::expect_alive);
                boards.count(*speaker) > carried
            });
        }
        let (place, next) = (round % members.len(), (round + 1) % members.len());
        running[place].take().expect("it runs").kill();
        boards.kill(next);
        running[place] = Some(start(&boards, place));
        boards.carry();
        carried += speakers.len();
    }
    let running = running.into_iter().flatten();
    agreed(&running.map(Running::json).collect::<Vec<_>>())
}
