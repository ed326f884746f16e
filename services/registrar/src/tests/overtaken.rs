//! A replica that makes the next list while another looks for what there is to say.

use alloc::sync::Arc;
use std::sync::Mutex;

use milagro_ledger::memory::MemoryRecords;
use milagro_ledger::records::{Entry, Page, Put, Record, Version};
use milagro_ledger::{Answer, Kind, Records, Unavailable};

use crate::kinds::CHANGE;
use crate::service::Service;
use crate::tests::world::{Extras, World, device};

/// Records in which a replica settles just before the next look for notes is answered.
struct Overtaken {
    records: MemoryRecords,
    by: Mutex<Option<Arc<Service>>>,
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
        self.records.put(entry)
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
            let by = self.by.lock().unwrap().take_if(|_| kind == CHANGE);
            if let Some(by) = by {
                by.settle().await.unwrap();
            }
            self.records.list(kind, prefix, after, limit).await
        })
    }
}

#[tokio::test]
async fn a_list_says_what_was_removed_before_it_was_asked_for() {
    let records = Arc::new(Overtaken {
        records: MemoryRecords::new(1 << 27),
        by: Mutex::new(None),
    });
    let shared: Arc<dyn Records> = Arc::<Overtaken>::clone(&records);
    let world = World::over(shared).await;
    let one = world.registrar(Extras::default()).await;
    let other = world.registrar(Extras::default()).await;
    let subject = device(&world, &one, "alice").await;
    let before = one.settle().await.unwrap();
    one.remove(&subject).await.unwrap();
    *records.by.lock().unwrap() = Some(other);
    // The other has taken the note up, and this one finds none.
    let list = one.settle().await.unwrap();
    assert!(records.by.lock().unwrap().is_none());
    assert_eq!(list.mark().sequence, before.mark().sequence + 1);
    assert!(list.list().contains(&subject));
}
