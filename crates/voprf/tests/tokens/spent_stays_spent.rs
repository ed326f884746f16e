//! A use is spent once, and stays spent: under every order of threads, under many threads, and through a
//! process that is killed a thousand times.

mod killed;

use alloc::sync::Arc;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use milagro_ledger::{LocalLedger, Refused, Unspent};
use milagro_voprf::tokens::RedemptionRequest;
use milagro_voprf::tokens::client::Token;
use milagro_voprf::tokens::redeemer::Redeemer;

use super::support::flaky::Flaky;
use super::support::toy::{Book, Lock, Toy};
use super::support::{
    DAY, NOON, ORIGIN, Outcome, Service, binding, ledger, outcome, redeem, redemption, spend,
    station,
};

/// Two redemptions of one use: a token on rain, and a copy of it on snow.
struct Rivals {
    redeemer: Redeemer,
    rain: RedemptionRequest,
    snow: RedemptionRequest,
}

impl Rivals {
    fn new() -> Self {
        let service = Service::new(1, 1);
        let token = service.token();
        let copy = Token::from_bytes(&token.to_bytes()).unwrap();
        Self {
            redeemer: service.redeemer(),
            rain: spend(token, b"rain"),
            snow: spend(copy, b"snow"),
        }
    }

    fn rain<L: LocalLedger>(&self, ledger: &L) -> Outcome {
        redeem(
            &self.redeemer,
            ledger,
            &redemption(&self.rain, b"rain"),
            NOON,
        )
    }

    fn snow<L: LocalLedger>(&self, ledger: &L) -> Outcome {
        redeem(
            &self.redeemer,
            ledger,
            &redemption(&self.snow, b"snow"),
            NOON,
        )
    }

    /// Rain whose work fails, so that the first gives its use back.
    fn rain_for_nothing<L: LocalLedger>(&self, ledger: &L) -> Outcome {
        let unspent = self
            .redeemer
            .check(&redemption(&self.rain, b"rain"), NOON)
            .unwrap();
        match unspent.spend_local(ledger, NOON) {
            Ok(paid) => {
                paid.give_back_local(ledger);
                Outcome::Over
            }
            Err(Refused::Again(_)) => Outcome::Again,
            Err(_) => Outcome::Exhausted,
        }
    }
}

type Explored = Toy<shuttle::sync::Mutex<Book>>;
type Task = fn(&Rivals, &Explored) -> Outcome;

fn explored<L: Lock<Book>>() -> Toy<L> {
    Toy::new(ORIGIN.minus(DAY))
}

/// Runs these at once. Whatever they do: rain and snow are never both sold, a first time is at most one, and
/// whoever was told that it is spent is right.
fn contend(rivals: &Arc<Rivals>, tasks: &[Task]) {
    let ledger = Arc::new(explored());
    let start = |task: &Task| {
        let (task, rivals, ledger) = (*task, Arc::clone(rivals), Arc::clone(&ledger));
        shuttle::thread::spawn(move || task(&rivals, &ledger))
    };
    let running: Vec<_> = tasks.iter().map(start).collect();
    let outcomes: Vec<_> = running
        .into_iter()
        .map(|task| task.join().unwrap())
        .collect();
    let firsts = outcomes
        .iter()
        .filter(|outcome| **outcome == Outcome::First)
        .count();
    assert!(firsts <= 1, "{outcomes:?}");
    let told = firsts == 1 || outcomes.contains(&Outcome::Again);
    let (rain, snow) = (rivals.rain(&*ledger), rivals.snow(&*ledger));
    if told {
        let sold = [Outcome::Again, Outcome::Exhausted];
        assert!(
            sold.contains(&rain) && sold.contains(&snow) && rain != snow,
            "{outcomes:?}"
        );
    } else {
        assert_eq!(
            (rain, snow),
            (Outcome::First, Outcome::Exhausted),
            "{outcomes:?}"
        );
    }
}

#[test]
fn under_every_order_of_two_redemptions() {
    let rivals = Arc::new(Rivals::new());
    let pairs: [[Task; 2]; 3] = [
        [Rivals::rain, Rivals::rain],
        [Rivals::rain, Rivals::snow],
        [Rivals::rain, Rivals::rain_for_nothing],
    ];
    for pair in pairs {
        let rivals = Arc::clone(&rivals);
        shuttle::check_dfs(move || contend(&rivals, &pair), None);
    }
}

#[test]
fn under_many_orders_of_four_redemptions() {
    let rivals = Arc::new(Rivals::new());
    let tasks: [Task; 4] = [
        Rivals::rain,
        Rivals::rain_for_nothing,
        Rivals::snow,
        Rivals::rain_for_nothing,
    ];
    let (one, other) = (Arc::clone(&rivals), rivals);
    shuttle::check_random(move || contend(&one, &tasks), 500);
    shuttle::check_pct(move || contend(&other, &tasks), 500, 3);
}

/// A thousand redemptions in one batch, by one call of the ledger; then the same again, by another.
#[test]
fn a_thousand_in_one_batch_by_one_call_of_the_ledger() {
    let service = Service::new(1, 1);
    let (redeemer, ledger) = (service.redeemer(), Flaky::new(ledger()));
    let requests: Vec<_> = service
        .tokens(1_000, NOON)
        .into_iter()
        .map(|token| spend(token, b"rain"))
        .collect();
    let mut redemptions: Vec<_> = requests
        .iter()
        .map(|request| redemption(request, b"rain"))
        .collect();
    redemptions[500].payload = b"snow";
    for (expected, calls) in [(Outcome::First, 1), (Outcome::Again, 2)] {
        let checked = redeemer.check_all(&redemptions, NOON);
        assert_eq!(checked.len(), 1_000);
        let refused: Vec<_> = checked.iter().map(Result::is_err).collect();
        let unspent = checked.into_iter().flatten().collect();
        let spent = Unspent::spend_all_local(unspent, &ledger, NOON);
        assert!(spent.iter().all(|one| outcome(one) == expected));
        assert_eq!((spent.len(), ledger.calls()), (999, calls));
        assert!(refused[500]);
    }
}

/// One token twice in a batch is one of each.
#[test]
fn a_batch_spends_no_use_twice() {
    let service = Service::new(2, 1);
    let (redeemer, ledger) = (service.redeemer(), ledger());
    let token = service.token();
    let copy = Token::from_bytes(&token.to_bytes()).unwrap();
    let station = station();
    let rain = token.redeem(&binding(&station, b"rain"));
    let other = rain
        .rest
        .unwrap()
        .redeem(&binding(&station, b"rain"))
        .request;
    let snow = spend(copy, b"snow");
    let redemptions = [
        redemption(&rain.request, b"rain"),
        redemption(&snow, b"snow"),
        redemption(&rain.request, b"rain"),
        redemption(&other, b"rain"),
    ];
    let checked = redeemer.check_all(&redemptions, NOON);
    let unspent = checked.into_iter().map(Result::unwrap).collect();
    let outcomes = Unspent::spend_all_local(unspent, &ledger, NOON);
    let outcomes: Vec<_> = outcomes.iter().map(outcome).collect();
    assert_eq!(
        outcomes,
        [
            Outcome::First,
            Outcome::Exhausted,
            Outcome::Again,
            Outcome::First
        ]
    );
}

/// Many tokens of several uses, each tried by all threads over two redeemers: each use is a first time once.
#[test]
fn under_load() {
    const THREADS: usize = 16;
    let service = Service::new(3, 1);
    let (redeemers, ledger) = ([(); 2].map(|()| service.redeemer()), ledger());
    let station = station();
    let mut requests = Vec::new();
    for token in service.tokens(30, NOON) {
        let mut rest = Some(token);
        while let Some(token) = rest {
            let spending = token.redeem(&binding(&station, b"rain"));
            requests.push(spending.request);
            rest = spending.rest;
        }
    }
    assert_eq!(requests.len(), 90);
    let firsts: Vec<_> = requests.iter().map(|_| AtomicUsize::new(0)).collect();
    let attempt = |me: usize| {
        for (request, firsts) in requests.iter().zip(&firsts) {
            let redeemer = &redeemers[me % 2];
            match redeem(redeemer, &ledger, &redemption(request, b"rain"), NOON) {
                Outcome::First => firsts.fetch_add(1, Ordering::Relaxed),
                other => {
                    assert_eq!(other, Outcome::Again);
                    0
                }
            };
        }
    };
    thread::scope(|scope| {
        for me in 0..THREADS {
            let attempt = &attempt;
            scope.spawn(move || attempt(me));
        }
    });
    assert!(
        firsts
            .iter()
            .all(|firsts| firsts.load(Ordering::Relaxed) == 1)
    );
}
