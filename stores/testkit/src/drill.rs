//! What every store is put through that is a server: the same for all of them.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "for tests, which may panic and print figures"
)]

use alloc::sync::Arc;
use core::time::Duration;
use std::sync::Mutex;
use std::{fs, io, thread};

use milagro_base::Seconds;
use milagro_ledger::records::{Entry, Put};
use milagro_ledger::{Account, Charge, Claim, Kind, Ledger, Records, Unavailable};

use crate::cuts::Cuts;
use crate::directory::Directory;
use crate::load::{self, Kills};
use crate::process::wait_until;
use crate::{faults, hang_ups};

/// A server that a test starts and stops.
pub trait Machine: Sized + Send + Sync + 'static {
    /// A new server with an empty database, in a directory that is there.
    ///
    /// # Errors
    /// The system's; when it does not come up.
    fn start_in(directory: Directory) -> io::Result<Self>;
    /// Its port.
    fn port(&self) -> u16;
    /// Where to connect.
    fn url(&self) -> String;
    /// Kills it without a warning.
    fn kill(&mut self);
    /// Stops it in its tracks, or lets it go on.
    ///
    /// # Errors
    /// The system's.
    fn freeze(&self, frozen: bool) -> io::Result<()>;
    /// Starts it again on the same port.
    ///
    /// # Errors
    /// The system's; when it does not come up.
    fn restart(&mut self) -> io::Result<()>;
}

/// A store on such servers.
pub trait Store: 'static {
    /// Its servers.
    type Machine: Machine;
    /// What it is in a process.
    type Handle: Ledger + 'static;

    /// Makes a ledger that was born an hour ago, whose calls last so long at most.
    fn init(url: &str, patience: Duration) -> impl Future<Output = Self::Handle> + Send;
    /// Opens the ledger that is there.
    fn open(url: &str, patience: Duration) -> impl Future<Output = Self::Handle> + Send;
    /// Whether it has closed.
    fn is_closed(handle: &Self::Handle) -> bool;
}

fn start<S: Store>() -> S::Machine {
    S::Machine::start_in(Directory::new("server").unwrap()).unwrap()
}

/// A server that is killed and comes back after five seconds.
///
/// # Panics
/// If a rule is broken.
pub async fn killed_for_five_seconds<S: Store>() {
    let server = start::<S>();
    let ledger = S::init(&server.url(), SHORT).await;
    let server = Arc::new(Mutex::new(server));
    let (down, up) = (Arc::clone(&server), Arc::clone(&server));
    let go = move || down.lock().unwrap().kill();
    let come_back = move || up.lock().unwrap().restart().unwrap();
    faults::absence(Arc::new(ledger), go, come_back).await;
}

/// It takes what is sent, and does not answer for five seconds.
///
/// # Panics
/// If a rule is broken.
pub async fn frozen_for_five_seconds<S: Store>() {
    let server = start::<S>();
    let ledger = S::init(&server.url(), SHORT).await;
    let server = Arc::new(server);
    let (down, up) = (Arc::clone(&server), Arc::clone(&server));
    let go = move || down.freeze(true).unwrap();
    let come_back = move || up.freeze(false).unwrap();
    faults::absence(Arc::new(ledger), go, come_back).await;
}

/// Connections that are cut while answers are on their way: what they have asked counts once.
///
/// # Panics
/// If a rule is broken.
pub async fn cut_connections<S: Store>() {
    let server = start::<S>();
    let direct = S::init(&server.url(), LONG).await;
    let cuts = Arc::new(Cuts::before(server.port()).await.unwrap());
    let url = server.url();
    let url = url.replace(&server.port().to_string(), &cuts.port().to_string());
    let ledger = Arc::new(S::open(&url, LONG).await);
    let counted = Arc::clone(&cuts);
    // However slow the machine is.
    let wait = move || drop(wait_until(Duration::from_secs(60), || counted.cut() > 30));
    let said = Kills::survive(ledger.clone(), wait).await;
    let granted = said.check(&direct).await;
    assert!(!S::is_closed(&ledger));
    assert!(cuts.cut() > 30, "only {} were cut", cuts.cut());
    println!("{} cuts, {granted} granted", cuts.cut());
}

/// The answer to a refund of a public claim is lost (the one with these bytes in it), and somebody else is granted the same
/// claim: it is not taken back from them. Nor does a clearing whose answer is lost clear what was charged after it.
///
/// # Panics
/// If a rule is broken.
pub async fn lost_refund<S: Store>(answer: [&[u8]; 2]) {
    let server = start::<S>();
    let direct = S::init(&server.url(), LONG).await;
    let cuts = Cuts::before(server.port()).await.unwrap();
    let url = server.url();
    let url = url.replace(&server.port().to_string(), &cuts.port().to_string());
    let now = load::clock();
    for (round, name) in (0..10).zip([0_usize, 1].into_iter().cycle()) {
        let ledger = Arc::new(S::open(&url, LONG).await);
        let charge = Charge {
            claim: Claim::public([round; 32]),
            ..load::one_of_three(load::lasting(u64::from(round)))
        };
        let is_new = load::is_new(load::ask(&direct, now, charge).await);
        assert!(is_new);
        // All is prepared by then.
        let _warm = ledger.usage(&[charge.account]).await;
        cuts.lose(answer.get(name).unwrap());
        let back = tokio::spawn(async move {
            match name {
                0 => ledger.refund(&[charge]).await,
                _ => ledger.clear(&[charge.account]).await,
            }
        });
        while used(&direct, charge.account).await > 0 {}
        assert!(load::is_new(load::ask(&direct, now, charge).await));
        let _whatever_it_says = back.await.unwrap();
        let used = used(&direct, charge.account).await;
        assert_eq!(used, 1, "taken back from somebody else");
    }
}

/// The answer to a record that is new is lost (the one with these bytes in it), and somebody else deletes the record: it does
/// not come back, and nobody is told that it had not been written.
///
/// # Panics
/// If a rule is broken.
pub async fn lost_put<S: Store<Handle: Records>>(answer: &[u8]) {
    let server = start::<S>();
    let direct = S::init(&server.url(), LONG).await;
    let cuts = Cuts::before(server.port()).await.unwrap();
    let url = server.url();
    let url = url.replace(&server.port().to_string(), &cuts.port().to_string());
    for key in [b"a", b"b", b"c", b"d", b"e"] {
        let ledger = Arc::new(S::open(&url, LONG).await);
        let entry = Entry {
            kind: Kind::SHARE,
            key,
            value: b"value",
            expected: None,
            until: None,
        };
        // All is prepared by then.
        let warm = Entry {
            key: b"other",
            ..entry
        };
        let _written = ledger.put(warm).await;
        cuts.lose(answer);
        let made = tokio::spawn(async move { ledger.put(entry).await });
        let version = loop {
            let there = direct.get(Kind::SHARE, &[key]).await.unwrap();
            if let Some(record) = there.into_iter().flatten().next() {
                break record.version;
            }
        };
        let gone = direct.delete(Kind::SHARE, key, version).await;
        assert_eq!(gone, Ok(Put::Stored(version)));
        let said = made.await.unwrap();
        let right = [Ok(Put::Stored(version)), Err(Unavailable)];
        assert!(right.contains(&said), "{said:?}");
        let there = direct.get(Kind::SHARE, &[key]).await.unwrap();
        assert_eq!(there, [None], "it came back");
    }
}

async fn used(ledger: &dyn Ledger, account: Account) -> u64 {
    let usages = ledger.usage(&[account]).await.unwrap();
    usages.first().unwrap().used
}

/// Callers that hang up in the middle of a call. What the server and the ledger are then is for `after` to see.
///
/// # Panics
/// If a rule is broken.
pub async fn hang_ups<S: Store>(after: impl FnOnce(&S::Machine, &S::Handle)) {
    let server = start::<S>();
    let ledger = Arc::new(S::init(&server.url(), LONG).await);
    hang_ups::survive(Arc::clone(&ledger)).await;
    assert!(!S::is_closed(&ledger));
    after(&server, &ledger);
}

/// A disk of so many MiB that is full.
///
/// # Panics
/// If a rule is broken.
pub async fn full_disk<S: Store>(mebibytes: u32, ballast: usize) {
    let Some(directory) = Directory::small_disk("server", mebibytes).unwrap() else {
        return;
    };
    let file = directory.path().join("ballast");
    fs::write(&file, vec![0; ballast << 20]).unwrap();
    let server = S::Machine::start_in(directory).unwrap();
    let ledger = S::init(&server.url(), Duration::from_secs(1)).await;
    let server = Arc::new(Mutex::new(server));
    let stopped = Arc::clone(&server);
    let make_room = move || {
        fs::remove_file(file).unwrap();
        let mut server = stopped.lock().unwrap();
        // A server that cannot write its log stops.
        server.kill();
        server.restart().unwrap();
    };
    let granted = faults::full_disk(Arc::new(ledger), make_room).await;
    println!("{granted} granted before the disk was full");
}

/// A server that is killed at random moments: it forgets nothing. `before` is done to it before each kill.
///
/// # Panics
/// If a rule is broken.
pub async fn kills<S: Store>(before: impl Fn(&S::Machine) + Send + 'static) {
    let server = start::<S>();
    let ledger = Arc::new(S::init(&server.url(), LONG).await);
    let server = Arc::new(Mutex::new(server));
    let killed = Arc::clone(&server);
    let kill = move || {
        let mut server = killed.lock().unwrap();
        for _kill in 0..load::kills() {
            thread::sleep(load::moment());
            before(&server);
            server.kill();
            server.restart().unwrap();
        }
        thread::sleep(load::moment());
    };
    let kills = Kills::survive(ledger.clone(), kill).await;
    let granted = kills.check(&*ledger).await;
    assert!(!S::is_closed(&ledger));
    println!("{} kills, {granted} granted", load::kills());
}

/// Two processes of 64 tasks: each limit is exact. The test binary has a test `drill::child` that calls [`child`].
///
/// # Panics
/// If a rule is broken.
pub async fn crowd<S: Store>() {
    let server = start::<S>();
    drop(S::init(&server.url(), LONG).await);
    let (now, url) = (load::clock(), server.url());
    let parent = move || load::two_processes(&url, now);
    tokio::task::spawn_blocking(parent).await.unwrap();
}

/// One of the processes of [`crowd`].
///
/// # Panics
/// If a rule is broken.
pub async fn child<S: Store>() {
    let Some(child) = load::child() else {
        return;
    };
    let mut handles: Vec<Arc<dyn Ledger>> = Vec::new();
    for _handle in 0..2 {
        let handle = S::open(&child.address, Duration::from_secs(30)).await;
        handles.push(Arc::new(handle));
    }
    assert!(child.start > Seconds::ZERO);
    child.run(&handles).await;
}

const SHORT: Duration = Duration::from_millis(500);
const LONG: Duration = Duration::from_secs(5);
