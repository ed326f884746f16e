//! A redeemer in a process of its own, over a ledger in a file, killed a thousand times at moments that it
//! does not choose.
//!
//! Each use is offered on rain and, from a copy of its token, on snow. The process writes down what it was
//! told, line by line; what it has written is compared with what the others were told. Then nothing that was
//! spent is ever a first time again, and nobody is sold snow for what was sold for rain.

use alloc::collections::BTreeMap;
use core::time::Duration;
use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use milagro_voprf::rand_core::Rng as _;
use milagro_voprf::tokens::RedemptionRequest;
use milagro_voprf::tokens::client::Token;
use milagro_voprf::tokens::keys::{KeyRing, PortableKey};
use milagro_voprf::tokens::redeemer::Redeemer;
use milagro_voprf::tokens::schedule::{Draft, KeySchedule};

use super::super::support::toy::{Book, Toy};
use super::super::support::{
    DAY, LEDGER, NOON, ORIGIN, Outcome, Service, binding, plan, redeem, redemption, rng, slots,
    station,
};

const KILLS: usize = 1_000;
/// Tokens, of 64 uses each.
const TOKENS: usize = 64;
/// Where the process finds its files; without it, it is none.
const FOLDER: &str = "MILAGRO_TEST_REDEEMER";
/// The first use that it tries.
const START: &str = "MILAGRO_TEST_START";
const PAYLOADS: [&[u8]; 2] = [b"rain", b"snow"];

type InFile = Toy<std::sync::Mutex<Book>>;

/// Everything that the process needs, in a folder that goes with it.
struct Folder(PathBuf);

impl Folder {
    /// Keys, schedule, and for each use the two redemptions.
    fn fill() -> Self {
        let name = format!(
            "milagro-voprf-{}-{:x}",
            std::process::id(),
            rng().next_u64()
        );
        let folder = Self(env::temp_dir().join(name));
        fs::create_dir(&folder.0).unwrap();
        let plan = plan(64);
        let key = <PortableKey>::generate(&mut rng(), &plan, slots(&plan, 1)[0]).unwrap();
        let portable = key.to_bytes();
        let (mut draft, mut keys) = (Draft::new(plan), KeyRing::new());
        draft.add(&key).unwrap();
        keys.insert(key);
        let service = Service {
            schedule: draft.publish(),
            keys: keys.into(),
        };
        let station = station();
        let mut requests = Vec::new();
        for token in service.tokens(TOKENS, NOON) {
            let copy = Token::from_bytes(&token.to_bytes()).unwrap();
            let mut rest = Some((token, copy));
            while let Some((token, copy)) = rest {
                let rain = token.redeem(&binding(&station, PAYLOADS[0]));
                let snow = copy.redeem(&binding(&station, PAYLOADS[1]));
                requests.extend(rain.request.to_bytes());
                requests.extend(snow.request.to_bytes());
                rest = rain.rest.zip(snow.rest);
            }
        }
        fs::write(folder.0.join("requests"), requests).unwrap();
        fs::write(folder.0.join("schedule"), service.schedule.to_bytes()).unwrap();
        fs::write(folder.0.join("key"), &*portable).unwrap();
        folder
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.0);
    }
}

/// The redeemer of a folder.
struct Station {
    redeemer: Redeemer,
    requests: Vec<u8>,
    ledger: InFile,
}

impl Station {
    fn open(folder: &Path) -> Self {
        let read = |name| fs::read(folder.join(name)).unwrap();
        let schedule = KeySchedule::from_bytes(&read("schedule")).unwrap();
        let key = <PortableKey>::from_bytes(&read("key"), schedule.plan()).unwrap();
        let mut keys = KeyRing::new();
        keys.insert(key);
        Self {
            redeemer: Redeemer::new(station(), schedule, keys.into(), LEDGER).unwrap(),
            requests: read("requests"),
            ledger: Toy::open(&folder.join("ledger"), ORIGIN.minus(DAY)),
        }
    }

    fn uses(&self) -> usize {
        self.requests.len() / (2 * RedemptionRequest::LEN)
    }

    fn redeem(&self, usage: usize, payload: usize) -> Outcome {
        let first = RedemptionRequest::LEN * (2 * usage + payload);
        let bytes = &self.requests[first..first + RedemptionRequest::LEN];
        let request = RedemptionRequest::from_bytes(bytes).unwrap();
        let redemption = redemption(&request, PAYLOADS[payload]);
        redeem(&self.redeemer, &self.ledger, &redemption, NOON)
    }
}

/// The process. Run as a test it does nothing.
#[test]
fn a_redeemer_in_a_process_of_its_own() {
    let (Some(folder), Ok(start)) = (env::var_os(FOLDER), env::var(START)) else {
        return;
    };
    let (station, start) = (
        Station::open(Path::new(&folder)),
        start.parse::<usize>().unwrap(),
    );
    let mut out = std::io::stdout().lock();
    let uses = station.uses();
    for place in start.. {
        // Odd uses are offered on snow first.
        for turn in [place % 2, (place + 1) % 2] {
            let outcome = station.redeem(place % uses, turn);
            writeln!(out, "told {} {turn} {outcome:?}", place % uses).unwrap();
            out.flush().unwrap();
        }
    }
}

/// What everybody was told of one use.
#[derive(Default)]
struct Told {
    /// On which of the two it was sold.
    sold: Option<usize>,
    first: bool,
}

impl Told {
    fn hear(&mut self, payload: usize, outcome: &str) {
        match outcome {
            "First" => {
                assert!(
                    !core::mem::replace(&mut self.first, true),
                    "a first time twice"
                );
                assert_eq!(*self.sold.get_or_insert(payload), payload, "sold twice");
            }
            // Of a process that was killed before it could say so, or of itself.
            "Again" => assert_eq!(*self.sold.get_or_insert(payload), payload, "sold twice"),
            "Exhausted" => assert_eq!(*self.sold.get_or_insert(1 - payload), 1 - payload),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn through_a_thousand_kills() {
    let folder = Folder::fill();
    let mut told = BTreeMap::<usize, Told>::new();
    let mut rng = rng();
    let uses = 64 * TOKENS;
    let mut lines = 0;
    for kill in 0..KILLS {
        // Mostly uses that nobody has tried, or that were being tried when the last process died.
        let start = kill * 4;
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .arg("tokens::spent_stays_spent::killed::a_redeemer_in_a_process_of_its_own")
            .env(FOLDER, folder.path())
            .env(START, start.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = said.find(|line| line.as_ref().unwrap().starts_with("told "));
        thread::sleep(Duration::from_micros(rng.next_u64() % 2_000));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in first.into_iter().chain(said) {
            // The last line may be cut.
            let line = line.unwrap();
            let words: Vec<_> = line.split(' ').collect();
            let &["told", place, payload, outcome] = &words[..] else {
                continue;
            };
            let known = ["First", "Again", "Exhausted", "Over", "Unknown"];
            if known.contains(&outcome) {
                lines += 1;
                let (place, payload) = (place.parse().unwrap(), payload.parse().unwrap());
                told.entry(place).or_default().hear(payload, outcome);
            }
        }
    }
    assert!(lines >= KILLS, "{lines} lines");

    // The last process is not killed: all that was sold is sold, and on the same.
    let station = Station::open(folder.path());
    assert_eq!(station.uses(), uses);
    for (place, told) in &told {
        let sold = told.sold.unwrap();
        assert_eq!(station.redeem(*place, sold), Outcome::Again, "use {place}");
        assert_eq!(
            station.redeem(*place, 1 - sold),
            Outcome::Exhausted,
            "use {place}"
        );
    }
}
