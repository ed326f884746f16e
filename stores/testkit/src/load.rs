//! What every store is put under.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "for tests, which may panic"
)]

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::env;
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::{Account, Charge, Claim, Kind, Ledger, Life, Verdict};
use rand_core::{Rng as _, UnwrapErr};

/// The machine's clock.
#[must_use]
pub fn clock() -> Seconds {
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    Seconds::new(time.unwrap_or_default().as_secs())
}

/// Randomness.
#[must_use]
pub const fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// An account of this name that has a span around `now`.
#[must_use]
pub fn span(now: Seconds, name: u64) -> Account {
    let life = Life::Span {
        from: Some(now.plus(Seconds::hours(1))),
        until: now.plus(Seconds::hours(2)),
    };
    named(Kind::CHALLENGE, name, life)
}

/// A lasting account of this name.
#[must_use]
pub fn lasting(name: u64) -> Account {
    named(Kind::ATTEMPT_LONG, name, Life::Lasting)
}

/// One of three, under a new claim.
#[must_use]
pub fn one_of_three(account: Account) -> Charge {
    Charge {
        account,
        amount: NonZeroU32::MIN,
        limit: LIMIT,
        claim: Claim::fresh(&mut rng()),
    }
}

/// A charge of an account that began a minute ago: a ledger that is restored now cannot know it.
#[must_use]
pub fn before(now: Seconds) -> Charge {
    let life = Life::Span {
        from: Some(now.minus(Seconds::minutes(1))),
        until: now.plus(Seconds::hours(2)),
    };
    one_of_three(named(Kind::CHALLENGE, u64::MAX, life))
}

/// Whether one was granted, and had not been before.
#[must_use]
pub const fn is_new(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Granted(grant) if !grant.again)
}

/// 64 tasks of this process, over these handles, all charge 100 accounts (half of them lasting) until nothing more is
/// granted. How much was granted of each.
///
/// # Panics
/// If a task does.
pub async fn crowd(handles: &[Arc<dyn Ledger>], start: Seconds) -> Vec<u64> {
    let granted: Arc<Vec<AtomicU64>> = Arc::new((0..ACCOUNTS).map(|_| AtomicU64::new(0)).collect());
    let tasks = (0..64_u64)
        .zip(handles.iter().cycle())
        .map(|(task, ledger)| {
            let (ledger, granted) = (Arc::clone(ledger), Arc::clone(&granted));
            tokio::spawn(async move {
                for round in 0..ACCOUNTS {
                    // Each in an order of its own.
                    let name = (round * 7 + task * 13) % ACCOUNTS;
                    let account = if name.is_multiple_of(2) {
                        lasting(name)
                    } else {
                        span(start, name)
                    };
                    let verdict = ask(&*ledger, start, one_of_three(account)).await;
                    let counter = granted.iter().zip(0..).find(|(_, place)| *place == name);
                    if matches!(verdict, Verdict::Granted(_)) {
                        counter.unwrap().0.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        });
    let tasks: Vec<_> = tasks.collect();
    for task in tasks {
        task.await.unwrap();
    }
    granted
        .iter()
        .map(|count| count.load(Ordering::Relaxed))
        .collect()
}

/// Two processes with 64 tasks each: this test binary once more, with a test named `child` that calls [`child`] with
/// its handles. Exactly three of each account are granted.
///
/// # Panics
/// If not.
pub fn two_processes(address: &str, start: Seconds) {
    let run = |_number| {
        Command::new(env::current_exe().unwrap())
            .args([
                "--exact",
                "drill::child",
                "--include-ignored",
                "--nocapture",
            ])
            .env(ADDRESS, address)
            .env(START, start.get().to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..2).map(run).collect();
    let mut granted = BTreeMap::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "a child failed");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        for line in text
            .lines()
            .filter_map(|line| line.strip_prefix("granted "))
        {
            let (name, count) = line.split_once(' ').unwrap();
            *granted.entry(name.to_owned()).or_insert(0) += count.parse::<u64>().unwrap();
        }
    }
    assert_eq!(granted.len(), 100, "not all accounts were charged");
    for (name, count) in granted {
        assert_eq!(count, LIMIT, "account {name}");
    }
}

/// Where a child finds its server, and the time that it charges at; `None` in a process that is no child.
#[must_use]
pub fn child() -> Option<Child> {
    let start = env::var(START).ok()?.parse().ok()?;
    Some(Child {
        address: env::var(ADDRESS).ok()?,
        start: Seconds::new(start),
    })
}

/// What a child is told.
#[derive(Clone, Debug)]
pub struct Child {
    /// Where its server is.
    pub address: String,
    /// The time that it charges at.
    pub start: Seconds,
}

impl Child {
    /// Charges, and prints what was granted.
    pub async fn run(&self, handles: &[Arc<dyn Ledger>]) {
        for (name, count) in crowd(handles, self.start).await.into_iter().enumerate() {
            #[expect(clippy::print_stdout, reason = "it is read by the parent")]
            {
                println!("granted {name} {count}");
            }
        }
    }
}

/// Claims and what was said of them, while a server is killed again and again.
#[derive(Debug)]
pub struct Kills {
    said: Vec<(Charge, Verdict)>,
    now: Seconds,
}

impl Kills {
    /// Charges with 16 tasks while `kill` runs to its end on a thread of its own.
    ///
    /// # Panics
    /// If `kill` does.
    pub async fn survive(ledger: Arc<dyn Ledger>, kill: impl FnOnce() + Send + 'static) -> Self {
        let now = clock();
        let (next, over) = (
            Arc::new(AtomicU64::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let tasks = (0..16).map(|_| {
            let (ledger, next, over) = (Arc::clone(&ledger), Arc::clone(&next), Arc::clone(&over));
            tokio::spawn(async move {
                let mut said = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    // Every account is asked for five times.
                    let name = next.fetch_add(1, Ordering::Relaxed) / 5;
                    let account = if name.is_multiple_of(2) {
                        lasting(name)
                    } else {
                        span(now, name)
                    };
                    let charge = one_of_three(account);
                    said.push((charge, ask(&*ledger, now, charge).await));
                }
                said
            })
        });
        let tasks: Vec<_> = tasks.collect();
        tokio::task::spawn_blocking(kill).await.unwrap();
        over.store(true, Ordering::Relaxed);
        let mut said = Vec::new();
        for task in tasks {
            said.extend(task.await.unwrap());
        }
        Self { said, now }
    }

    /// Nothing granted is forgotten, nothing is granted twice, claims are answered alike. How many were granted.
    ///
    /// # Panics
    /// If not.
    pub async fn check(&self, ledger: &dyn Ledger) -> usize {
        let mut granted: BTreeMap<[u8; 32], Vec<Verdict>> = BTreeMap::new();
        let mut asked: BTreeMap<[u8; 32], u64> = BTreeMap::new();
        let mut answers = Vec::new();
        for chunk in self.said.chunks(256) {
            let charges: Vec<Charge> = chunk.iter().map(|(charge, _)| *charge).collect();
            answers.extend(ask_all(ledger, self.now, &charges).await);
        }
        for ((charge, verdict), again) in self.said.iter().zip(answers) {
            *asked.entry(*charge.account.hash()).or_default() += 1;
            match (verdict, again) {
                (Verdict::Granted(before), Verdict::Granted(grant)) => {
                    assert!(grant.again, "granted twice: {before:?}, {grant:?}");
                    assert_eq!((grant.used, grant.previous), (before.used, before.previous));
                    granted
                        .entry(*charge.account.hash())
                        .or_default()
                        .push(*verdict);
                }
                (Verdict::Exhausted { .. }, Verdict::Exhausted { .. }) => {}
                other => panic!("not answered alike: {other:?}"),
            }
        }
        let mut count = 0;
        for (account, asked) in asked {
            let verdicts = granted.remove(&account).unwrap_or_default();
            assert_eq!(
                u64::try_from(verdicts.len()).unwrap(),
                asked.min(LIMIT),
                "of {asked}"
            );
            count += verdicts.len();
        }
        count
    }
}

/// How often a server is killed: `MILAGRO_KILLS`, or 20 times.
#[must_use]
pub fn kills() -> u32 {
    let kills = env::var("MILAGRO_KILLS").ok();
    kills.and_then(|kills| kills.parse().ok()).unwrap_or(20)
}

/// A random moment of the first half second.
#[must_use]
pub fn moment() -> Duration {
    Duration::from_millis(20 + u64::from(rng().next_u32() % 480))
}

/// Thirty thousand charges in one call, three for each account in turn: each is granted, in order. Then once more with
/// other claims, and none is.
///
/// # Panics
/// If not.
pub async fn big_batch(ledger: &dyn Ledger) {
    let now = clock();
    let batch = || -> Vec<Charge> {
        let names = (0..30_000).map(|number| number % 10_000);
        names.map(|name| one_of_three(lasting(name))).collect()
    };
    let charges = batch();
    let verdicts = ask_all(ledger, now, &charges).await;
    for (verdict, number) in verdicts.iter().zip(0_u64..) {
        let used = number / 10_000 + 1;
        let right = matches!(verdict, Verdict::Granted(grant) if grant.used == used);
        assert!(right, "{number}: {verdict:?}");
    }
    for verdict in ask_all(ledger, now, &batch()).await {
        assert!(
            matches!(verdict, Verdict::Exhausted { used: 3, .. }),
            "{verdict:?}"
        );
    }
    let accounts: Vec<Account> = charges.iter().map(|charge| charge.account).collect();
    let usages = ledger.usage(&accounts).await.unwrap();
    assert!(usages.len() == accounts.len() && usages.iter().all(|usage| usage.used == 3));
    ledger.refund(&charges).await.unwrap();
    let usages = ledger.usage(&accounts).await.unwrap();
    assert!(usages.iter().all(|usage| usage.used == 0));
}

/// Asks until there is an answer.
///
/// # Panics
/// If there is none for a minute.
pub async fn ask(ledger: &dyn Ledger, now: Seconds, charge: Charge) -> Verdict {
    let verdicts = ask_all(ledger, now, &[charge]).await;
    verdicts.first().copied().unwrap()
}

/// Asks until there is an answer to all: a machine that is busy needs more than one call's patience.
///
/// # Panics
/// If there is none for a minute.
pub async fn ask_all(ledger: &dyn Ledger, now: Seconds, charges: &[Charge]) -> Vec<Verdict> {
    let start = Instant::now();
    loop {
        let verdicts = ledger.charge(now, charges).await;
        if !verdicts.contains(&Verdict::Unknown) {
            return verdicts;
        }
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "no answer for a minute"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// An account of this kind, name and life.
#[must_use]
pub fn named(kind: Kind, name: u64, life: Life) -> Account {
    let mut digest = [0; 32];
    for (to, from) in digest.iter_mut().zip(name.to_be_bytes()) {
        *to = from;
    }
    Account::new(kind, &digest, life)
}

const ACCOUNTS: u64 = 100;
const LIMIT: u64 = 3;
const ADDRESS: &str = "MILAGRO_TEST_ADDRESS";
const START: &str = "MILAGRO_TEST_START";
