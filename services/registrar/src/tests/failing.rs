//! Records that fail at each step of an enrolment and of a removal, before a call took effect and after it.

use alloc::sync::Arc;
use core::future::Future;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use milagro_dta::grants::ClientKey;
use milagro_ledger::memory::MemoryRecords;
use milagro_ledger::records::{Entry, Page, Put, Record, Version};
use milagro_ledger::{Answer, Kind, Records, Unavailable};
use milagro_wire::forms::registrar::SubjectState;
use milagro_wire::problem::ProblemType;

use crate::tests::world::{Extras, World, device, enrol, refusal, rng};

/// Of all calls, does not answer the one whose turn it is.
struct Failing {
    records: MemoryRecords,
    /// Calls until that one.
    left: AtomicUsize,
    /// Whether that one takes effect all the same.
    done: AtomicBool,
}

impl Failing {
    fn never() -> Self {
        Self {
            records: MemoryRecords::new(1 << 27),
            left: AtomicUsize::new(usize::MAX),
            done: AtomicBool::new(false),
        }
    }

    fn arm(&self, left: usize, done: bool) {
        self.done.store(done, Ordering::SeqCst);
        self.left.store(left, Ordering::SeqCst);
    }

    /// Whether it has failed; from now on it does not.
    fn disarm(&self) -> bool {
        self.left.swap(usize::MAX, Ordering::SeqCst) > usize::MAX / 2
    }

    async fn through<T>(
        &self,
        call: impl Future<Output = Result<T, Unavailable>>,
    ) -> Result<T, Unavailable> {
        let fails = self.left.fetch_sub(1, Ordering::SeqCst) == 0;
        if fails && !self.done.load(Ordering::SeqCst) {
            return Err(Unavailable);
        }
        let done = call.await;
        if fails { Err(Unavailable) } else { done }
    }
}

impl Records for Failing {
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>> {
        Box::pin(self.through(self.records.get(kind, keys)))
    }

    fn put<'a>(&'a self, entry: Entry<'a>) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(self.through(self.records.put(entry)))
    }

    fn delete<'a>(
        &'a self,
        kind: Kind,
        key: &'a [u8],
        expected: Version,
    ) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(self.through(self.records.delete(kind, key, expected)))
    }

    fn list<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a [u8],
        after: &'a [u8],
        limit: u16,
    ) -> Answer<'a, Result<Page, Unavailable>> {
        Box::pin(self.through(self.records.list(kind, prefix, after, limit)))
    }
}

#[tokio::test]
async fn nothing_is_half_enrolled() {
    let records = Arc::new(Failing::never());
    let shared: Arc<dyn Records> = Arc::<Failing>::clone(&records);
    let world = World::over(shared).await;
    let service = world.registrar(Extras::default()).await;
    for done in [false, true] {
        for turn in 0.. {
            let user = format!("user-{done}-{turn}");
            let code = service.code(&user).await.unwrap().code;
            let key = ClientKey::random(&mut rng());
            records.arm(turn, done);
            let first = enrol(&world, &service, &key, &code).await;
            if !records.disarm() {
                // That was the last step: it asks more than once.
                assert!(first.is_ok() && turn > 4, "{turn}");
                break;
            }
            // The same device asks again, and it is one device.
            let again = enrol(&world, &service, &key, &code).await.unwrap();
            if let Ok(first) = first {
                assert_eq!(first.subject, again.subject);
            }
            let devices = service.devices(&user).await.unwrap().subjects.into_vec();
            let [device] = devices.as_slice() else {
                panic!("{done} {turn}: {devices:?}")
            };
            assert_eq!(device.identity().unwrap(), again.subject);
            assert_eq!(device.state, SubjectState::Started);
            // The code has done what it was for once the device has logged in.
            service.logged_in(&again.subject).await.unwrap();
            let thief = ClientKey::random(&mut rng());
            let late = enrol(&world, &service, &thief, &code).await;
            assert_eq!(refusal(late), ProblemType::Refused, "{done} {turn}");
        }
    }
}

#[tokio::test]
async fn no_removal_is_forgotten() {
    let records = Arc::new(Failing::never());
    let shared: Arc<dyn Records> = Arc::<Failing>::clone(&records);
    let world = World::over(shared).await;
    let service = world.registrar(Extras::default()).await;
    for done in [false, true] {
        for turn in 0.. {
            let subject = device(&world, &service, &format!("user-{done}-{turn}")).await;
            service.logged_in(&subject).await.unwrap();
            records.arm(turn, done);
            let removed = async {
                service.remove(&subject).await?;
                service.push().await
            };
            let removed = removed.await;
            if !records.disarm() {
                assert!(removed.is_ok() && turn > 4, "{turn}");
                break;
            }
            // Asked again, it ends well, and every authority has it.
            service.remove(&subject).await.unwrap();
            let pushed = service.push().await.unwrap();
            assert_eq!(pushed.taken, 3, "{done} {turn}: {pushed:?}");
            let list = service.list().await.unwrap().unwrap();
            assert!(list.list().contains(&subject), "{done} {turn}");
        }
    }
}
