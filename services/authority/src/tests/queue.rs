//! Grants that are answered together: each as if it had come alone, and none is lost.

use alloc::sync::Arc;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::time::Duration;

use futures_util::future::join_all;
use milagro_base::Seconds;
use milagro_dta::grants::{ClientKey, Grant, RegistrarKey};
use milagro_dta::issue::ClientSecret;
use milagro_ledger::conformance::{FaultyRecords, Loss};
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{
    Account, Answer, Charge, InPlace, Ledger, LedgerId, Unavailable, Usage, Verdict,
};
use milagro_mpin::{Identity, TrustDomainId};
use milagro_wire::bounded::Blob;
use milagro_wire::forms::ShareRequest;
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::{Busy, Effects, Pool};
use tempfile::TempDir;

use crate::service::Service;
use crate::service::answers::Said;
use crate::service::parts::Parts;
use crate::service::queue::Waiting;
use crate::tests::effects::{NOW, rng};
use crate::tests::shares::{authority, configured, parts};

/// A ledger that counts its calls, and can lose what it has answered.
struct Counting {
    inner: InPlace<MemoryLedger>,
    calls: AtomicUsize,
    loses: AtomicBool,
}

impl Ledger for Counting {
    fn id(&self) -> LedgerId {
        self.inner.id()
    }

    fn charge<'a>(&'a self, now: Seconds, charges: &'a [Charge]) -> Answer<'a, Vec<Verdict>> {
        Box::pin(async move {
            self.calls.fetch_add(1, Ordering::SeqCst);
            let verdicts = self.inner.charge(now, charges).await;
            if self.loses.load(Ordering::SeqCst) {
                return vec![Verdict::Unknown; charges.len()];
            }
            verdicts
        })
    }

    fn refund<'a>(&'a self, charges: &'a [Charge]) -> Answer<'a, Result<(), Unavailable>> {
        self.inner.refund(charges)
    }

    fn clear<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<(), Unavailable>> {
        self.inner.clear(accounts)
    }

    fn usage<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<Vec<Usage>, Unavailable>> {
        self.inner.usage(accounts)
    }
}

/// A service, and who signs for it.
pub(super) struct Desk {
    pub(super) service: Arc<Service>,
    registrar: RegistrarKey,
    domain: TrustDomainId,
    ledger: Arc<Counting>,
    pub(super) records: Arc<FaultyRecords>,
    _directory: TempDir,
}

/// A pause that is long enough for everybody who asks at once.
pub(super) const TOGETHER: Waiting = Waiting {
    grants: 2_000,
    batch: 64,
    time: Duration::from_millis(200),
};

impl Desk {
    async fn open(waiting: Waiting, change: impl FnOnce(&mut Parts)) -> Self {
        Self::with_rate(1_500, waiting, change).await
    }

    pub(super) async fn with_rate(
        rate: u32,
        waiting: Waiting,
        change: impl FnOnce(&mut Parts),
    ) -> Self {
        let ledger = Arc::new(Counting {
            inner: InPlace(MemoryLedger::init(&mut rng(), 10_000, NOW)),
            calls: AtomicUsize::new(0),
            loses: AtomicBool::new(false),
        });
        let (registrar, records) = (
            RegistrarKey::random(&mut rng()),
            Arc::new(FaultyRecords::new(16 << 20)),
        );
        let share = authority(&*ledger).await;
        let domain = *share.domain().id();
        let own: Arc<dyn Ledger> = Arc::<Counting>::clone(&ledger);
        let (mut parts, directory) = parts(own, Arc::clone(&records));
        parts.pool = Pool::new(1, 4);
        change(&mut parts);
        let mut configured = configured(share, &registrar);
        configured.grants_per_minute = NonZeroU32::new(rate).unwrap();
        let service = Service::new(parts, vec![configured]).await.unwrap();
        Self {
            service: Arc::new(service.with_waiting(waiting)),
            registrar,
            domain,
            ledger,
            records,
            _directory: directory,
        }
    }

    pub(super) fn grant(&self, number: usize, client: &ClientKey) -> Vec<u8> {
        let grant = Grant::<ClientSecret> {
            domain: self.domain,
            subject: Identity::raw(format!("user {number}").as_bytes()).unwrap(),
            client: client.public().unwrap(),
            from: NOW,
            until: NOW.plus(Seconds::hours(1)),
        };
        grant.sign(&mut rng(), &self.registrar).unwrap().to_bytes()
    }

    /// One grant.
    pub(super) async fn ask(&self, grant: &[u8]) -> Said {
        let grant = Blob::new(grant).unwrap();
        self.service.queue().ask(0, ShareRequest { grant }).await
    }

    /// Many at the same time.
    pub(super) async fn ask_all(&self, grants: &[Vec<u8>]) -> Vec<Option<ProblemType>> {
        let said = join_all(grants.iter().map(|grant| self.ask(grant))).await;
        said.into_iter().map(verdict).collect()
    }

    pub(super) fn calls(&self) -> usize {
        self.ledger.calls.swap(0, Ordering::SeqCst)
    }

    pub(super) fn lines(&self) -> u64 {
        self.service.parts().audit.head().lines
    }
}

/// `None` for a share.
fn verdict(said: Said) -> Option<ProblemType> {
    said.err().map(|problem| problem.known().unwrap())
}

/// The same with a signature that is none.
pub(super) fn poisoned(mut grant: Vec<u8>) -> Vec<u8> {
    *grant.last_mut().unwrap() ^= 1;
    grant
}

pub(super) fn client() -> ClientKey {
    ClientKey::random(&mut rng())
}

#[tokio::test]
async fn neighbours_have_their_own_verdicts() {
    let desk = Desk::open(TOGETHER, |_| {}).await;
    let (mine, theirs) = (client(), client());
    let twice = desk.grant(0, &mine);
    let said = desk
        .ask_all(&[
            twice.clone(),
            desk.grant(0, &theirs),
            poisoned(desk.grant(1, &mine)),
            // Two subjects with one client key.
            desk.grant(2, &mine),
            twice[..100].to_vec(),
            twice,
        ])
        .await;
    let refused = Some(ProblemType::Refused);
    let malformed = Some(ProblemType::Malformed);
    assert_eq!(said, [None, refused, refused, None, malformed, None]);
    // One call for those who may be booked; one of them had a line for a refusal, three for shares.
    assert_eq!((desk.calls(), desk.lines()), (1, 4));
    assert_eq!(desk.records.memory().len(), 2);
}

#[tokio::test]
async fn of_a_thousand_that_wait_one_is_poisoned() {
    let desk = Desk::open(TOGETHER, |_| {}).await;
    let key = client();
    let grants = (0..1_000).map(|number| match desk.grant(number, &key) {
        grant if number == 500 => poisoned(grant),
        grant => grant,
    });
    let said = desk.ask_all(&grants.collect::<Vec<_>>()).await;
    for (number, said) in said.into_iter().enumerate() {
        assert_eq!(said, (number == 500).then_some(ProblemType::Refused));
    }
    // 64 in a batch, but where the machine is so busy that a pause is too short.
    assert!((16..100).contains(&desk.calls()));
    assert_eq!((desk.lines(), desk.records.memory().len()), (999, 999));
    assert_eq!(desk.service.queue().entered(), 0);
}

#[tokio::test]
async fn a_queue_that_is_full_says_when_to_come_again() {
    let waiting = Waiting {
        grants: 3,
        ..TOGETHER
    };
    let desk = Desk::open(waiting, |_| {}).await;
    let key = client();
    let grants: Vec<_> = (0..5).map(|number| desk.grant(number, &key)).collect();
    let said = join_all(grants.iter().map(|grant| desk.ask(grant))).await;
    let busy: Vec<Problem> = said.into_iter().filter_map(Result::err).collect();
    assert_eq!(busy.len(), 2);
    for problem in busy {
        assert_eq!(problem.known(), Some(ProblemType::Busy));
        assert_eq!((problem.status, problem.retry_after), (503, Some(1)));
    }
    // Nothing was booked for them, and there is room again.
    assert_eq!(desk.records.memory().len(), 3);
    assert_eq!(desk.ask_all(&grants[3..]).await, [None, None]);
}

#[tokio::test]
async fn who_was_let_in_waits_for_a_pool_that_is_full() {
    let waiting = Waiting {
        grants: 3,
        time: Duration::from_millis(1),
        ..TOGETHER
    };
    let desk = Desk::open(waiting, |parts| parts.pool = Pool::new(1, 0)).await;
    let pool = desk.service.parts().pool.clone();
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let (begin, begun) = tokio::sync::oneshot::channel();
    let work = move || begin.send(()).is_ok() && held.recv().is_err();
    let work = tokio::spawn({
        let pool = pool.clone();
        async move { pool.run(work).await }
    });
    begun.await.unwrap();
    let key = client();
    let grants: Vec<_> = (0..4).map(|number| desk.grant(number, &key)).collect();
    let released = async {
        while desk.service.queue().entered() < 3 {
            tokio::task::yield_now().await;
        }
        // Long enough for the batch to come to the pool; where the machine is too busy, less is tried.
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(pool.run(|| ()).await, Err(Busy::Full));
        // Who comes now is told so at the door, and nothing of those who wait is booked.
        let late = desk.ask_all(&grants[3..]).await;
        assert_eq!(late, [Some(ProblemType::Busy)]);
        assert_eq!((desk.calls(), desk.service.queue().entered()), (0, 3));
        drop(hold);
    };
    // One of them goes away while it waits.
    let gone = tokio::time::timeout(Duration::from_millis(20), desk.ask(&grants[2]));
    let (said, gone, ()) = tokio::join!(desk.ask_all(&grants[..2]), gone, released);
    assert!(gone.is_err());
    assert_eq!(said, [None, None]);
    assert_eq!(work.await.unwrap(), Ok(true));
    desk.service.drain().await;
    // All three are booked, logged and noted.
    assert_eq!((desk.lines(), desk.records.memory().len()), (3, 3));
}

/// What should not happen: the clock panics on the thread that computes.
#[tokio::test]
async fn a_batch_that_is_lost_takes_nobody_with_it() {
    let breaks = Arc::new(AtomicBool::new(true));
    let own = Arc::clone(&breaks);
    let clock = move || {
        assert!(
            !own.swap(false, Ordering::SeqCst),
            "a clock that breaks once"
        );
        NOW
    };
    let desk = Desk::open(TOGETHER, |parts| parts.effects = Effects::new(clock, rng)).await;
    let key = client();
    let grants: Vec<_> = (0..3).map(|number| desk.grant(number, &key)).collect();
    let lost = Some(ProblemType::Internal);
    assert_eq!(desk.ask_all(&grants).await, [lost; 3]);
    assert!(!breaks.load(Ordering::SeqCst));
    assert_eq!((desk.lines(), desk.service.queue().entered()), (0, 0));
    // Its thread and its places are free again.
    assert_eq!(desk.ask_all(&grants).await, [None; 3]);
    assert_eq!(desk.lines(), 3);
}

#[tokio::test]
async fn whoever_hangs_up_changes_nothing() {
    let desk = Desk::open(TOGETHER, |_| {}).await;
    let key = client();
    let (gone, stays) = (desk.grant(0, &key), desk.grant(1, &key));
    let hung_up = tokio::time::timeout(Duration::from_millis(1), desk.ask(&gone));
    let (hung_up, stayed) = tokio::join!(hung_up, desk.ask(&stays));
    assert!(hung_up.is_err());
    stayed.unwrap();
    desk.service.drain().await;
    // It was decided, logged and noted all the same, in the same batch.
    assert_eq!((desk.calls(), desk.lines()), (1, 2));
    assert_eq!(desk.records.memory().len(), 2);
}

#[tokio::test]
async fn the_end_waits_for_all_and_lets_nobody_in() {
    let waiting = Waiting {
        batch: 2,
        ..TOGETHER
    };
    let desk = Desk::open(waiting, |_| {}).await;
    let key = client();
    let grants: Vec<_> = (0..7).map(|number| desk.grant(number, &key)).collect();
    let draining = async {
        tokio::task::yield_now().await;
        assert_eq!(desk.service.queue().entered(), 7);
        let late = desk.grant(7, &key);
        let (said, ()) = tokio::join!(
            async {
                tokio::task::yield_now().await;
                desk.ask(&late).await
            },
            desk.service.drain()
        );
        assert_eq!(verdict(said), Some(ProblemType::Busy));
        (desk.lines(), desk.records.memory().len())
    };
    let (said, at_the_end) = tokio::join!(desk.ask_all(&grants), draining);
    assert_eq!(said, [None; 7]);
    assert_eq!(at_the_end, (7, 7));
    let busy = Some(ProblemType::Busy);
    assert_eq!(desk.ask_all(&grants[..1]).await, [busy]);
}

#[tokio::test]
async fn what_the_ledger_does_not_say_goes_to_nobody_else() {
    let desk = Desk::open(TOGETHER, |_| {}).await;
    let (mine, theirs) = (client(), client());
    let all =
        |key: &ClientKey| -> Vec<_> { (0..3).map(|number| desk.grant(number, key)).collect() };
    let (grants, stolen) = (all(&mine), all(&theirs));
    desk.ledger.loses.store(true, Ordering::SeqCst);
    let said = desk.ask_all(&grants).await;
    assert_eq!(said, [Some(ProblemType::Unavailable); 3]);
    assert_eq!((desk.lines(), desk.records.memory().len()), (3, 0));
    desk.ledger.loses.store(false, Ordering::SeqCst);
    let said = desk.ask_all(&stolen).await;
    assert_eq!(said, [Some(ProblemType::Refused); 3]);
    assert_eq!(desk.ask_all(&grants).await, [None; 3]);
}

#[tokio::test]
async fn a_log_that_fails_for_one_fails_for_no_other() {
    for loss in Loss::ALL {
        let desk = Desk::open(TOGETHER, |_| {}).await;
        let (mine, theirs) = (client(), client());
        let grants: Vec<_> = (0..4).map(|number| desk.grant(number, &mine)).collect();
        desk.records.lose_write(2, loss);
        let said = desk.ask_all(&grants).await;
        let lost = said.iter().position(Option::is_some).unwrap();
        for (place, said) in said.into_iter().enumerate() {
            let expected = (place == lost).then_some(ProblemType::Unavailable);
            assert_eq!(said, expected, "{place}");
        }
        // There is a line for each share that went out. The fourth is booked for its client.
        assert_eq!(desk.lines(), 3);
        let stolen = desk.grant(lost, &theirs);
        let refused = Some(ProblemType::Refused);
        assert_eq!(desk.ask_all(&[stolen]).await, [refused]);
        let again = desk.ask_all(&grants[lost..=lost]).await;
        assert_eq!((again, desk.records.memory().len()), (vec![None], 4));
    }
}

#[tokio::test]
async fn a_batch_that_comes_after_too_many_waits_for_the_next_minute() {
    let desk = Desk::with_rate(2, TOGETHER, |_| {}).await;
    let key = client();
    let grants: Vec<_> = (0..4).map(|number| desk.grant(number, &key)).collect();
    // Whoever came together is answered together.
    assert_eq!(desk.ask_all(&grants[..3]).await, [None; 3]);
    assert_eq!((desk.calls(), desk.lines()), (1, 3));
    let said = desk.ask(&grants[3]).await.unwrap_err();
    assert_eq!(said.known(), Some(ProblemType::Rate));
    assert!(
        said.retry_after
            .is_some_and(|seconds| (1..=31).contains(&seconds))
    );
    assert_eq!((desk.calls(), desk.lines()), (0, 3));
}
