//! Clients that hang up and replies that are lost: nothing is paid twice.

use core::pin::pin;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker};

use milagro_base::Seconds;
use milagro_ledger::{
    Account, Answer, Charge, Ledger, LedgerId, LocalLedger, Paid, Refused, Unavailable, Unspent,
    Usage, Verdict,
};

use super::fixture::{End, NOW, World, alice, factors, rng};
use crate::client::token::Token;
use crate::proof::encoding::LoginProof;

fn guess(world: &World, token: &Token, typed: &str) -> LoginProof {
    let secret = token.unlock(&factors(typed)).unwrap();
    world.prove(&secret, None)
}

fn used(world: &World) -> u64 {
    let account = world.verifier.attempts_of(&alice());
    world.ledger.usage(&[account]).unwrap()[0].used
}

/// A ledger whose answers are lost, or that is not asked at all, now and then.
struct Lossy<'a> {
    inner: &'a dyn LocalLedger,
    lost: AtomicUsize,
    reaches: bool,
}

impl<'a> Lossy<'a> {
    fn new(inner: &'a dyn LocalLedger, lost: usize, reaches: bool) -> Self {
        Self {
            inner,
            lost: AtomicUsize::new(lost),
            reaches,
        }
    }
}

impl LocalLedger for Lossy<'_> {
    fn id(&self) -> LedgerId {
        self.inner.id()
    }

    fn charge(&self, now: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        let lost = self
            .lost
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        if lost.is_ok() {
            if self.reaches {
                let _lost = self.inner.charge(now, charges);
            }
            return vec![Verdict::Unknown; charges.len()];
        }
        self.inner.charge(now, charges)
    }

    fn refund(&self, charges: &[Charge]) -> Result<(), Unavailable> {
        self.inner.refund(charges)
    }

    fn clear(&self, accounts: &[Account]) -> Result<(), Unavailable> {
        self.inner.clear(accounts)
    }

    fn usage(&self, accounts: &[Account]) -> Result<Vec<Usage>, Unavailable> {
        self.inner.usage(accounts)
    }
}

fn insist<T>(mut unspent: Unspent<T>, ledger: &Lossy<'_>) -> Paid<T> {
    loop {
        match unspent.spend_local(ledger, NOW) {
            Ok(paid) => return paid,
            Err(Refused::Unknown(again)) => unspent = again,
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn hung_up_client_pays_nothing_twice() {
    for reaches in [false, true] {
        // Replies lost in both spends: asked again, counted once, and one login.
        let world = World::without_permits();
        let token = world.token(&alice(), &factors("1234"));
        let proof = guess(&world, &token, "1234");
        let lossy = Lossy::new(&world.ledger, 3, reaches);
        let arrival = World::arrival(NOW);
        let admitted = world.verifier.admit(&mut rng(), &proof, arrival).unwrap();
        let paid = insist(admitted, &lossy);
        assert_eq!(used(&world), 1);
        let login = world.verifier.check(&mut rng(), paid, NOW).unwrap();
        lossy.lost.store(3, Ordering::Relaxed);
        let login = insist(login, &lossy);
        assert_eq!(login.identity(), &alice());
        assert_eq!(used(&world), 0);
        assert_eq!(world.log_in(&proof).unwrap_err(), End::Exhausted);

        // A full queue after the attempt was paid: it comes back, and the same message can come again.
        let proof = guess(&world, &token, "1234");
        let paid = world.paid(&proof, World::arrival(NOW)).unwrap();
        assert_eq!(used(&world), 1);
        paid.give_back_local(&world.ledger);
        assert_eq!(used(&world), 0);
        assert!(world.log_in(&proof).is_ok());

        // The client hangs up after the check of a wrong PIN: it stays counted, once.
        let wrong = guess(&world, &token, "1235");
        let arrival = World::arrival(NOW);
        let admitted = world.verifier.admit(&mut rng(), &wrong, arrival).unwrap();
        let lossy = Lossy::new(&world.ledger, 2, reaches);
        let paid = insist(admitted, &lossy);
        drop(world.verifier.check(&mut rng(), paid, NOW));
        assert_eq!(used(&world), 1);

        // It hangs up after the check of the right one, before the challenge is used: the device asks again.
        let proof = guess(&world, &token, "1234");
        let paid = world.paid(&proof, World::arrival(NOW)).unwrap();
        drop(world.verifier.check(&mut rng(), paid, NOW).unwrap());
        assert!(world.log_in(&proof).is_ok());
    }
}

/// A ledger that counts when it is first polled, and never answers.
struct Silent<'a>(&'a dyn LocalLedger);

impl Ledger for Silent<'_> {
    fn id(&self) -> LedgerId {
        self.0.id()
    }

    fn charge<'a>(&'a self, now: Seconds, charges: &'a [Charge]) -> Answer<'a, Vec<Verdict>> {
        Box::pin(async move {
            let _lost = self.0.charge(now, charges);
            core::future::pending().await
        })
    }

    fn refund<'a>(&'a self, charges: &'a [Charge]) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(async move { self.0.refund(charges) })
    }

    fn clear<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(async move { self.0.clear(accounts) })
    }

    fn usage<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<Vec<Usage>, Unavailable>> {
        Box::pin(async move { self.0.usage(accounts) })
    }
}

/// The future of a request is polled once and dropped, as a server does when its client hangs up.
fn hang_up<T>(unspent: Unspent<T>, world: &World) {
    let silent = Silent(&world.ledger);
    let mut spend = pin!(unspent.spend(&silent, NOW));
    let mut context = Context::from_waker(Waker::noop());
    assert!(matches!(spend.as_mut().poll(&mut context), Poll::Pending));
}

#[test]
fn a_request_dropped_between_the_moves_costs_one_attempt() {
    let world = World::without_permits();
    let token = world.token(&alice(), &factors("1234"));
    let proof = guess(&world, &token, "1234");

    // In the first spend: the attempt is counted, the challenge still good, and the login that follows pays for itself.
    let admitted = world
        .verifier
        .admit(&mut rng(), &proof, World::arrival(NOW))
        .unwrap();
    hang_up(admitted, &world);
    assert_eq!(used(&world), 1);
    assert!(world.log_in(&proof).is_ok());
    assert_eq!(used(&world), 1);

    // In the second: the challenge is used, nobody is logged in, and the attempt is counted once.
    let proof = guess(&world, &token, "1234");
    let paid = world.paid(&proof, World::arrival(NOW)).unwrap();
    hang_up(world.verifier.check(&mut rng(), paid, NOW).unwrap(), &world);
    assert_eq!(used(&world), 2);
    assert_eq!(world.log_in(&proof).unwrap_err(), End::Exhausted);
    assert_eq!(used(&world), 2);
}
