//! A replica that makes the next list while another looks for what there is to say.

use alloc::sync::Arc;
use std::sync::Mutex;

use milagro_ledger::memory::MemoryRecords;
use milagro_ledger::records::{Entry, Page, Put, Record, Version};
use milagro_ledger::{Answer, Kind, Records, Unavailable};
use milagro_mpin::Identity;

use crate::kinds::{CHANGE, LIST};
use crate::service::Service;
use crate::tests::world::{Extras, World, device};

/// Records in which another replica does something just before a call is answered, once.
struct Overtaken {
    records: MemoryRecords,
    by: Mutex<Option<By>>,
}

/// What it does, and before which call.
enum By {
    /// It settles, before the next look for notes.
    Settling(Arc<Service>),
    /// It removes somebody and settles, before the next list is written.
    Removing(Arc<Service>, Identity),
}

impl Overtaken {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            records: MemoryRecords::new(1 << 27),
            by: Mutex::new(None),
        })
    }

    fn next(&self, by: By) {
        *self.by.lock().unwrap() = Some(by);
    }

    fn is_done(&self) -> bool {
        self.by.lock().unwrap().is_none()
    }
}

impl Records for Overtaken {
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>> {
        self.records.get(kind, keys)
    }

    fn put<'a>(&'a self, entry: Entry<'a>) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(async move {
            let is_list = |by: &mut By| entry.kind == LIST && matches!(by, By::Removing(..));
            let by = self.by.lock().unwrap().take_if(is_list);
            if let Some(By::Removing(by, subject)) = by {
                by.remove(&subject).await.unwrap();
                by.settle().await.unwrap();
            }
            self.records.put(entry).await
        })
    }

    fn delete<'a>(
        &'a self,
        kind: Kind,
        key: &'a [u8],
        expected: Version,
    ) -> Answer<'a, Result<Put, Unavailable>> {
        self.records.delete(kind, key, expected)
    }

    fn list<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a [u8],
        after: &'a [u8],
        limit: u16,
    ) -> Answer<'a, Result<Page, Unavailable>> {
        Box::pin(async move {
            let is_look = |by: &mut By| kind == CHANGE && matches!(by, By::Settling(_));
            let by = self.by.lock().unwrap().take_if(is_look);
            if let Some(By::Settling(by)) = by {
                by.settle().await.unwrap();
            }
            self.records.list(kind, prefix, after, limit).await
        })
    }
}

#[tokio::test]
async fn a_list_says_what_was_removed_before_it_was_asked_for() {
    let records = Overtaken::new();
    let shared: Arc<dyn Records> = Arc::<Overtaken>::clone(&records);
    let world = World::over(shared).await;
    let one = world.registrar(Extras::default()).await;
    let other = world.registrar(Extras::default()).await;
    let subject = device(&world, &one, "alice").await;
    let before = one.settle().await.unwrap();
    one.remove(&subject).await.unwrap();
    records.next(By::Settling(other));
    // The other has taken the note up, and this one finds none.
    let list = one.settle().await.unwrap();
    assert!(records.is_done());
    assert_eq!(list.mark().sequence, before.mark().sequence + 1);
    assert!(list.list().contains(&subject));
}

/// One replica is about to say that somebody is restored, and the other finds that the last list says the removal already.
#[tokio::test]
async fn a_removal_outlives_a_list_that_was_begun_before() {
    let records = Overtaken::new();
    let shared: Arc<dyn Records> = Arc::<Overtaken>::clone(&records);
    let world = World::over(shared).await;
    let one = world.registrar(Extras::default()).await;
    let other = world.registrar(Extras::default()).await;
    let subject = device(&world, &one, "alice").await;
    one.remove(&subject).await.unwrap();
    one.settle().await.unwrap();
    one.restore(&subject).await.unwrap();
    records.next(By::Removing(Arc::clone(&other), subject.clone()));
    let list = one.settle().await.unwrap();
    assert!(records.is_done());
    assert!(list.list().contains(&subject));
    assert!(other.settle().await.unwrap().list().contains(&subject));
}
