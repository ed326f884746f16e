//! One member: looks at the board, writes its log, posts, and looks again.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use milagro_dta::ceremony::{Board, Plan, Seat, Seed, advance};
use milagro_dta::{AuthorityId, MemberKey, Mpin, Roster, Threshold};
use milagro_mpin::rand_core::UnwrapErr;

use super::board::{Folder, write};
use super::{DEAD, Outcome};

/// Takes part until there is a result. With `die`, is killed once the log has so many messages and another
/// is to be sent: before it is written, after it, or after it was sent.
pub(crate) fn run(folder: &Path, number: u16, die: Option<usize>) -> Outcome<()> {
    let plan = plan(folder)?;
    let own = folder.join(format!("member-{number}"));
    let key = MemberKey::from_bytes(&array(&fs::read(own.join("key"))?)?)?;
    let seed = seed(&own)?;
    let seat = Seat::take(&plan, &key, &seed, None)?;
    let mut log = log(&own)?;
    let folder = Folder::new(folder.join("board"));
    // Whatever was written may not have gone out.
    for message in &log {
        folder.post(message)?;
    }
    let mut board = Board::new(&plan);
    let mut told = String::new();
    loop {
        for message in folder.messages()? {
            // What is no message of this plan does not get onto the board.
            let _ = board.add(&message);
        }
        let progress = advance(&seat, &log, &board)?;
        let words = progress.to_string();
        if words != told {
            for line in words.lines() {
                println!("member {number}: {line}");
            }
            told = words;
        }
        if let Some(message) = progress.send {
            let dies = |moment| die == Some(log.len()) && log.len() % 3 == moment;
            if dies(0) {
                std::process::exit(DEAD);
            }
            write(&own.join("log"), &format!("{:04}", log.len()), &message)?;
            if dies(1) {
                std::process::exit(DEAD);
            }
            folder.post(&message)?;
            if dies(2) {
                std::process::exit(DEAD);
            }
            log.push(message);
        } else if let Some(outcome) = progress.result {
            // Here the share is sealed (`vault::seal`); then seed and log go.
            write(&own, "domain", &outcome.domain.to_bytes())?;
            fs::remove_file(own.join("seed"))?;
            fs::remove_dir_all(own.join("log"))?;
            return Ok(());
        } else {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The plan, from configuration. In earnest its digest is compared by telephone.
fn plan(folder: &Path) -> Outcome<Plan<Mpin>> {
    let roster = Roster::from_bytes(&fs::read(folder.join("roster"))?)?;
    let session = array(&fs::read(folder.join("session"))?)?;
    let threshold = Threshold::new(2, 3)?;
    debug_assert!(threshold.ids().eq((1..=3).filter_map(AuthorityId::new)));
    Ok(Plan::found(session, "council", threshold, roster)?)
}

/// The seed of this session, drawn before anything else and kept until the end.
fn seed(own: &Path) -> Outcome<Seed> {
    if let Ok(bytes) = fs::read(own.join("seed")) {
        return Ok(Seed::from_bytes(&array(&bytes)?));
    }
    let seed = Seed::random(&mut UnwrapErr(getrandom::SysRng));
    write(own, "seed", seed.as_bytes())?;
    Ok(seed)
}

/// All that this member has written, in order.
fn log(own: &Path) -> Outcome<Vec<Vec<u8>>> {
    let mut log = Vec::new();
    while let Ok(message) = fs::read(own.join("log").join(format!("{:04}", log.len()))) {
        log.push(message);
    }
    Ok(log)
}

fn array(bytes: &[u8]) -> Outcome<[u8; 32]> {
    Ok(bytes.try_into()?)
}
