//! Three processes make a key together over a shared folder, and one of them is killed and started again in
//! every round.
//!
//! `cargo run -p milagro-dta --example council`
//!
//! The folder is the board: a file for each message, named after its hash. Anybody could fill it with
//! anything. Beside it, each member has a folder of its own with its key, its seed and its log.

#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::format_collect,
    clippy::unnecessary_wraps,
    reason = "an example that people read, not a library"
)]
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "an example that tells what happens")]

#[path = "council/board.rs"]
mod board;
#[path = "council/member.rs"]
mod member;

use std::error::Error;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use milagro_dta::sharing::Bls12381G1;
use milagro_dta::{AuthorityId, MemberKey, Roster};
use milagro_mpin::rand_core::{Rng as _, UnwrapErr};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// How long the whole may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// The exit code of a member that plays dead.
const DEAD: i32 = 9;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = env::args().collect();
    match arguments.as_slice() {
        [_, member, folder, number, dies] if member == "member" => {
            let die = dies.parse().ok();
            member::run(Path::new(folder), number.parse()?, die)
        }
        _ => council(),
    }
}

/// Makes keys and a roster, starts the members, and starts again whoever dies.
fn council() -> Outcome<()> {
    let folder = env::temp_dir().join(format!("milagro-council-{}", std::process::id()));
    prepare(&folder)?;
    let mut deaths = 0;
    // Member 1 dies in rounds 0 and 3, member 2 in 1 and 4, member 3 in 2, each time in another moment.
    let mut plans = [vec![0_usize, 3], vec![1, 4], vec![2]];
    let mut running: Vec<(usize, Child)> = Vec::new();
    for (place, plan) in plans.iter_mut().enumerate() {
        running.push((place, start(&folder, place, plan)?));
    }
    let start_time = Instant::now();
    while !running.is_empty() {
        if start_time.elapsed() > PATIENCE {
            return Err("the members do not come to an end".into());
        }
        thread::sleep(Duration::from_millis(20));
        let mut still = Vec::new();
        for (place, mut child) in running {
            match child.try_wait()? {
                None => still.push((place, child)),
                Some(status) if status.success() => {}
                Some(status) if status.code() == Some(DEAD) => {
                    deaths += 1;
                    println!("member {} was killed, and is started again", place + 1);
                    let plan = plans.get_mut(place).ok_or("no such member")?;
                    still.push((place, start(&folder, place, plan)?));
                }
                Some(status) => return Err(format!("member {}: {status}", place + 1).into()),
            }
        }
        running = still;
    }
    let mut results = Vec::new();
    for number in 1..=3 {
        results.push(fs::read(
            folder.join(format!("member-{number}")).join("domain"),
        )?);
    }
    fs::remove_dir_all(&folder)?;
    match results.as_slice() {
        [first, rest @ ..] if rest.iter().all(|other| other == first) => {
            println!("All three have the same domain, {deaths} deaths later.");
            Ok(())
        }
        _ => Err("the members have different domains".into()),
    }
}

/// Starts a member that dies when its log has so many messages as the head of its plan says.
fn start(folder: &Path, place: usize, dies: &mut Vec<usize>) -> Outcome<Child> {
    let die = if dies.is_empty() {
        "never".into()
    } else {
        dies.remove(0).to_string()
    };
    let child = Command::new(env::current_exe()?)
        .args(["member".as_ref(), folder.as_os_str()])
        .args([(place + 1).to_string(), die])
        .spawn()?;
    Ok(child)
}

fn prepare(folder: &Path) -> Outcome<()> {
    let rng = &mut UnwrapErr(getrandom::SysRng);
    fs::create_dir_all(folder.join("board"))?;
    let mut members = Vec::new();
    for number in 1..=3 {
        let own = folder.join(format!("member-{number}"));
        fs::create_dir_all(own.join("log"))?;
        let key = MemberKey::<Bls12381G1>::random(rng);
        fs::write(own.join("key"), *key.to_bytes())?;
        let id = AuthorityId::new(number).ok_or("1 to 255")?;
        members.push((id, key.public()));
    }
    fs::write(folder.join("roster"), Roster::new(members)?.to_bytes())?;
    let mut session = [0; 32];
    rng.fill_bytes(&mut session);
    fs::write(folder.join("session"), session)?;
    // Somebody has left things there that are no messages.
    let board = folder.join("board");
    fs::write(board.join("read me"), "anybody can write here")?;
    fs::write(board.join("00".repeat(32)), vec![1; 300])?;
    Ok(())
}
