//! Two operators who send a tenant's redemptions to two ledgers at the same time.

use core::sync::atomic::{AtomicBool, Ordering};

use milagro_ledger::memory::MemoryRecords;
use milagro_ledger::records::{Entry, Page, Put, Record, Version};
use milagro_ledger::{Answer, Kind, LedgerId, Records, Unavailable};
use milagro_wire::server::locked::{OperatorKey, SecretError};
use tokio::sync::Barrier;

use crate::primary::{self, KeyError, Place, RedeemedAt, Safe};
use crate::tenant::Tenant;
use crate::testkit::{Size, settings};
use crate::tests::support::{NOW, ledger, rng};

/// Records as one of two operators sees them: after the first look each waits until the other has looked.
struct Looking<'a> {
    records: &'a MemoryRecords,
    both: &'a Barrier,
    looked: AtomicBool,
}

impl<'a> Looking<'a> {
    const fn new(records: &'a MemoryRecords, both: &'a Barrier) -> Self {
        Self {
            records,
            both,
            looked: AtomicBool::new(false),
        }
    }
}

impl Records for Looking<'_> {
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>> {
        Box::pin(async move {
            let found = self.records.get(kind, keys).await;
            if !self.looked.swap(true, Ordering::SeqCst) {
                self.both.wait().await;
            }
            found
        })
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
        self.records.list(kind, prefix, after, limit)
    }
}

struct Office {
    records: MemoryRecords,
    operator: OperatorKey,
    tenant: Tenant,
    own: LedgerId,
}

impl Office {
    fn new() -> Self {
        Self {
            records: MemoryRecords::new(1 << 20),
            operator: OperatorKey::random(&mut rng()),
            tenant: Tenant::new(&settings(Size::SMALL)).unwrap(),
            own: ledger().id(),
        }
    }

    fn safe<'a>(&'a self, records: &'a dyn Records) -> Safe<'a> {
        let key = &self.operator;
        Safe { records, key }
    }

    async fn say(
        &self,
        records: &dyn Records,
        ledger: LedgerId,
        moved: bool,
    ) -> Result<RedeemedAt, KeyError> {
        let place = Place {
            ledger,
            own: self.own,
            moved,
            now: NOW,
        };
        primary::redeem_at(&mut rng(), self.safe(records), &self.tenant, place).await
    }

    /// What two hear who say it at once, and what stands there afterwards.
    async fn both(
        &self,
        ledgers: [LedgerId; 2],
        moved: bool,
    ) -> ([Result<RedeemedAt, KeyError>; 2], RedeemedAt) {
        let barrier = Barrier::new(2);
        let [one, other] = [(); 2].map(|()| Looking::new(&self.records, &barrier));
        let (first, second) = tokio::join!(
            self.say(&one, ledgers[0], moved),
            self.say(&other, ledgers[1], moved),
        );
        let safe = self.safe(&self.records);
        let said = primary::redeemed_at(safe, self.tenant.name()).await;
        ([first, second], said.unwrap().unwrap())
    }
}

const EXISTS: KeyError = KeyError::Secret(SecretError::Exists);

/// One hears that it is so, the other that it is not.
fn one_of(heard: [Result<RedeemedAt, KeyError>; 2], said: RedeemedAt) {
    assert!(
        heard == [Ok(said), Err(EXISTS)] || heard == [Err(EXISTS), Ok(said)],
        "{heard:?}"
    );
}

#[tokio::test]
async fn of_two_ledgers_one_counts() {
    let office = Office::new();
    let (heard, said) = office.both([ledger().id(), ledger().id()], false).await;
    one_of(heard, said);
    // The ledger of the primary key is a ledger as well.
    let office = Office::new();
    let (heard, said) = office.both([office.own, ledger().id()], false).await;
    one_of(heard, said);
}

#[tokio::test]
async fn of_two_moves_one_is_made() {
    let office = Office::new();
    let before = office.say(&office.records, ledger().id(), false).await;
    let (heard, said) = office.both([ledger().id(), ledger().id()], true).await;
    one_of(heard, said);
    assert_ne!(said.ledger, before.unwrap().ledger);
}

#[tokio::test]
async fn two_who_say_the_same_hear_the_same() {
    let (office, there) = (Office::new(), ledger().id());
    let (heard, said) = office.both([there, there], false).await;
    assert_eq!(heard, [Ok(said); 2]);
    let (heard, moved) = office.both([office.own, office.own], true).await;
    assert_eq!(heard, [Ok(moved); 2]);
    assert_eq!(moved.ledger, office.own);
}
