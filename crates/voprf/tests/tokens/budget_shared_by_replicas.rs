//! One budget for a primary key, however many servers lease blocks of it.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::num::NonZeroU32;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker};
use std::thread;

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{
    Account, Answer, Charge, Ledger, LedgerId, LocalLedger, Unavailable, Usage, Verdict,
};
use milagro_voprf::tokens::client::TokenKey;
use milagro_voprf::tokens::issuer::{IssueRefusal, Issuer, QueryBudget, UncheckedRequest};
use milagro_voprf::tokens::keys::{KeyRing, TokenPrimary};
use milagro_voprf::tokens::schedule::{Draft, PinnedSchedule};

use super::support::flaky::{Flaky, Loss};
use super::support::{LEDGER, NOON, Service, draw, ledger, plan, quota, rng, slots};

fn budget(limit: u64, block: u32) -> QueryBudget {
    QueryBudget::new(limit).in_blocks_of(NonZeroU32::new(block).unwrap())
}

/// Draws one token for a user whom nobody has seen before.
fn draw_one<L: LocalLedger>(
    issuer: &Issuer,
    key: &TokenKey,
    ledger: &L,
    user: u64,
) -> Result<(), IssueRefusal> {
    let request = key.draw(&mut rng(), 1).unwrap().request.to_bytes();
    draw(issuer, ledger, &user.to_be_bytes(), &request, NOON).map(drop)
}

/// How many tokens these servers give in turn until all of them refuse.
fn drain<L: LocalLedger>(issuers: &[Issuer], key: &TokenKey, ledger: &L, first_user: u64) -> u64 {
    let (mut drawn, mut refused) = (0, 0);
    for (issuer, user) in issuers.iter().cycle().zip(first_user..) {
        match draw_one(issuer, key, ledger, user) {
            Ok(()) => (drawn, refused) = (drawn + 1, 0),
            Err(refusal) => {
                assert_eq!(refusal, IssueRefusal::Budget);
                refused += 1;
            }
        }
        if refused == issuers.len() {
            break;
        }
    }
    drawn
}

#[test]
fn replicas_together_give_what_the_budget_says() {
    let ledger = ledger();
    for (limit, block) in [(100, 10), (100, 7), (23, 50), (5, 1)] {
        let service = Service::new(1, 1);
        let issuers = [(); 3].map(|()| service.issuer(quota(10), budget(limit, block)));
        assert_eq!(
            drain(&issuers, &service.key(NOON), &ledger, 0),
            limit,
            "{limit} by {block}"
        );
    }
}

#[test]
fn a_server_that_dies_loses_its_block_and_no_more() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let key = service.key(NOON);
    let issuer = || service.issuer(quota(10), budget(100, 10));
    for user in 0..3 {
        assert_eq!(draw_one(&issuer(), &key, &ledger, user), Ok(()));
    }
    assert_eq!(drain(&[issuer()], &key, &ledger, 10), 70);
}

#[test]
fn threads_of_two_replicas_give_what_the_budget_says() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let issuers = [(); 2].map(|()| service.issuer(quota(10), budget(200, 16)));
    let key = service.key(NOON);
    let given: u64 = thread::scope(|scope| {
        let drawer = |place: u64| {
            let issuer = &issuers[usize::from(place % 2 == 1)];
            let (key, ledger) = (&key, &ledger);
            scope.spawn(move || {
                let users = place * 1_000..place * 1_000 + 60;
                let given = users.filter(|user| draw_one(issuer, key, ledger, *user).is_ok());
                u64::try_from(given.count()).unwrap()
            })
        };
        let drawers: Vec<_> = (0..4).map(drawer).collect();
        drawers
            .into_iter()
            .map(|drawer| drawer.join().unwrap())
            .sum()
    });
    let rest = drain(&issuers, &key, &ledger, 1_000_000);
    assert_eq!(given + rest, 200);
}

#[test]
fn a_lease_whose_answer_is_lost_is_asked_for_again() {
    for loss in [Loss::Request, Loss::Reply] {
        let (service, ledger) = (Service::new(1, 1), Flaky::new(ledger()));
        let (issuer, key) = (service.issuer(quota(10), budget(10, 10)), service.key(NOON));
        ledger.lose(loss);
        assert_eq!(
            draw_one(&issuer, &key, &ledger, 0),
            Err(IssueRefusal::Ledger)
        );
        assert_eq!(drain(&[issuer], &key, &ledger, 1), 10, "{loss:?}");
    }
}

/// A ledger that takes charges and never answers.
struct Silent<'a>(&'a MemoryLedger);

impl Ledger for Silent<'_> {
    fn id(&self) -> LedgerId {
        self.0.id()
    }

    fn charge<'a>(&'a self, now: Seconds, charges: &'a [Charge]) -> Answer<'a, Vec<Verdict>> {
        let _lost = self.0.charge(now, charges);
        Box::pin(core::future::pending())
    }

    fn refund<'a>(&'a self, _: &'a [Charge]) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(core::future::pending())
    }

    fn clear<'a>(&'a self, _: &'a [Account]) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(core::future::pending())
    }

    fn usage<'a>(&'a self, _: &'a [Account]) -> Answer<'a, Result<Vec<Usage>, Unavailable>> {
        Box::pin(core::future::pending())
    }
}

/// As when a client hangs up and its handler is dropped: many times, and nothing of the budget is lost by it.
#[test]
fn a_lease_that_is_given_up_half_way_is_not_lost() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let (issuer, key) = (service.issuer(quota(10), budget(10, 10)), service.key(NOON));
    let request = key.draw(&mut rng(), 1).unwrap().request.to_bytes();
    let request = UncheckedRequest::from_bytes(&request, 10).unwrap();
    let silent = Silent(&ledger);
    for _ in 0..20 {
        let mut lease = Box::pin(issuer.lease(&mut rng(), &silent, &request, NOON));
        let poll = lease.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(poll, Poll::Pending));
    }
    assert_eq!(drain(&[issuer], &key, &ledger, 0), 10);
}

/// Three hundred clients draw at once while a server has nothing left, and hang up: all that the ledger granted
/// for them is there when others draw.
#[test]
fn no_number_of_clients_who_hang_up_uses_up_a_budget() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let (issuer, key) = (service.issuer(quota(10), budget(900, 3)), service.key(NOON));
    let request = key.draw(&mut rng(), 1).unwrap().request.to_bytes();
    let request = UncheckedRequest::from_bytes(&request, 10).unwrap();
    let silent = Silent(&ledger);
    let mut hanging: Vec<_> = (0..300)
        .map(|_| Box::pin(issuer.lease(&mut rng(), &silent, &request, NOON)))
        .collect();
    for lease in &mut hanging {
        let poll = lease.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(poll, Poll::Pending));
    }
    drop(hanging);
    assert_eq!(drain(&[issuer], &key, &ledger, 0), 900);
}

/// A ledger that answers when it is let.
struct Slow<'a> {
    ledger: &'a MemoryLedger,
    calls: AtomicUsize,
    open: AtomicBool,
}

impl Ledger for Slow<'_> {
    fn id(&self) -> LedgerId {
        self.ledger.id()
    }

    fn charge<'a>(&'a self, now: Seconds, charges: &'a [Charge]) -> Answer<'a, Vec<Verdict>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Box::pin(core::future::poll_fn(move |_| {
            if self.open.load(Ordering::Relaxed) {
                Poll::Ready(self.ledger.charge(now, charges))
            } else {
                Poll::Pending
            }
        }))
    }

    fn refund<'a>(&'a self, _: &'a [Charge]) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(core::future::pending())
    }

    fn clear<'a>(&'a self, _: &'a [Account]) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(core::future::pending())
    }

    fn usage<'a>(&'a self, _: &'a [Account]) -> Answer<'a, Result<Vec<Usage>, Unavailable>> {
        Box::pin(core::future::pending())
    }
}

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn poll<F: Future>(future: &mut Pin<Box<F>>, woken: &Arc<Woken>) -> Poll<F::Output> {
    let waker = Waker::from(Arc::clone(woken));
    future.as_mut().poll(&mut Context::from_waker(&waker))
}

/// Three hundred clients come while nothing is left and the ledger is slow. A few blocks are asked for, not one
/// for each, and everybody else is woken when they are there.
#[test]
fn a_few_blocks_are_leased_for_a_crowd() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let (issuer, key) = (
        service.issuer(quota(10), budget(100_000, 1_000)),
        service.key(NOON),
    );
    let request = key.draw(&mut rng(), 1).unwrap().request.to_bytes();
    let request = UncheckedRequest::from_bytes(&request, 10).unwrap();
    let slow = Slow {
        ledger: &ledger,
        calls: AtomicUsize::new(0),
        open: AtomicBool::new(false),
    };
    let mut crowd: Vec<_> = (0..300)
        .map(|_| {
            let lease = Box::pin(issuer.lease(&mut rng(), &slow, &request, NOON));
            (lease, Arc::new(Woken::default()))
        })
        .collect();
    for (lease, woken) in &mut crowd {
        assert!(poll(lease, woken).is_pending());
    }
    assert_eq!(slow.calls.load(Ordering::Relaxed), 4);
    slow.open.store(true, Ordering::Relaxed);
    // The four that ask are woken by their ledger, the others by them.
    let mut leased = Vec::new();
    for (place, (lease, woken)) in crowd.iter_mut().enumerate() {
        assert_eq!(woken.0.load(Ordering::Relaxed), usize::from(place >= 4));
        leased.push(poll(lease, woken));
    }
    assert!(
        leased
            .iter()
            .all(|lease| matches!(lease, Poll::Ready(Ok(_))))
    );
    assert_eq!(slow.calls.load(Ordering::Relaxed), 4);
}

/// Each derived key is an answer of its primary key, and all of them count together.
#[test]
fn derived_keys_share_the_budget_of_their_primary_key_and_cost_one_each() {
    let primary = <TokenPrimary>::generate(&mut rng());
    let plan = plan(1);
    let (mut draft, mut keys) = (Draft::new(plan.clone()), KeyRing::new());
    for slot in slots(&plan, 3) {
        let key = primary.derive(&plan, slot).unwrap();
        draft.add(&key).unwrap();
        keys.insert(key);
    }
    let schedule = draft.publish();
    let issuer = Issuer::new(
        schedule.clone(),
        keys.into(),
        quota(10),
        budget(20, 5),
        LEDGER,
    )
    .unwrap();
    let pinned = PinnedSchedule::pin(schedule);
    let ledger = ledger();
    let day = super::support::DAY;
    let mut drawn = 0;
    for (user, now) in (0..30_u64).zip([NOON, NOON.plus(day)].into_iter().cycle()) {
        let key: TokenKey = TokenKey::from_schedule(&pinned, now).unwrap();
        let request = key.draw(&mut rng(), 1).unwrap().request.to_bytes();
        let outcome = draw(&issuer, &ledger, &user.to_be_bytes(), &request, now);
        drawn += u64::from(outcome.is_ok());
    }
    assert_eq!(drawn, 20 - 3);
}
