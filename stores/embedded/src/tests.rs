//! The store over a disk that forgets what was not synchronised.

use alloc::sync::Arc;
use core::num::NonZeroU32;
use std::sync::Mutex;

use milagro_base::Seconds;
use milagro_ledger::{Account, Charge, Claim, Kind, Ledger as _, Life, Verdict};
use redb::{Builder, StorageBackend};

use crate::book::{Book, Room};
use crate::file::File;
use crate::meta::Meta;
use crate::store::EmbeddedStore;

/// A disk: what was written, and what of it would be there after a loss of power.
#[derive(Clone, Debug, Default)]
struct Disk(Arc<Mutex<Bytes>>);

#[derive(Clone, Debug, Default)]
struct Bytes {
    written: Vec<u8>,
    kept: Vec<u8>,
}

impl Disk {
    /// The disk after a loss of power at this moment.
    fn after_a_loss_of_power(&self) -> Self {
        let kept = self.0.lock().unwrap().kept.clone();
        Self(Arc::new(Mutex::new(Bytes {
            written: kept.clone(),
            kept,
        })))
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, std::io::Error> {
        Ok(u64::try_from(self.0.lock().unwrap().written.len()).unwrap())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        let disk = self.0.lock().unwrap();
        let start = usize::try_from(offset).unwrap();
        out.copy_from_slice(&disk.written[start..start + out.len()]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), std::io::Error> {
        let mut disk = self.0.lock().unwrap();
        disk.written.resize(usize::try_from(len).unwrap(), 0);
        Ok(())
    }

    fn sync_data(&self) -> Result<(), std::io::Error> {
        let mut disk = self.0.lock().unwrap();
        disk.kept = disk.written.clone();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        let mut disk = self.0.lock().unwrap();
        let start = usize::try_from(offset).unwrap();
        disk.written[start..start + data.len()].copy_from_slice(data);
        Ok(())
    }
}

fn charge(number: u8, claim: u8) -> Charge {
    Charge {
        account: Account::new(Kind::ATTEMPT, &[number; 32], Life::Lasting),
        amount: NonZeroU32::MIN,
        limit: 3,
        claim: Claim::public([claim; 32]),
    }
}

/// What the disk, read anew, says of a charge that is asked for again.
fn asked_again(disk: &Disk, charges: &[Charge]) -> Vec<Verdict> {
    let database = Builder::new()
        .create_with_backend(disk.after_a_loss_of_power())
        .unwrap();
    let transaction = database.begin_write().unwrap();
    let mut meta = Meta::read(&transaction).unwrap();
    let mut room = Room {
        accounts: 0,
        most: u64::MAX,
    };
    let mut book = Book {
        transaction: &transaction,
        meta: &mut meta,
        room: &mut room,
    };
    charges
        .iter()
        .map(|charge| book.charge(Seconds::new(2), charge).unwrap())
        .collect()
}

#[tokio::test]
async fn what_was_answered_is_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::default();
    let database = Builder::new().create_with_backend(disk.clone()).unwrap();
    let store = EmbeddedStore::start(File::over(database, folder.path())).unwrap();
    let mut granted = Vec::new();
    for number in 0..40 {
        let charge = charge(number % 20, number);
        assert!(matches!(
            store.charge(Seconds::new(1), &[charge]).await[0],
            Verdict::Granted(grant) if !grant.again
        ));
        granted.push(charge);
        // Power may fail right after any answer, and before the store is closed.
        for verdict in asked_again(&disk, &granted) {
            assert!(matches!(verdict, Verdict::Granted(grant) if grant.again));
        }
    }
}

#[tokio::test]
async fn a_disk_that_keeps_nothing_is_noticed() {
    // The control: without synchronising, the check above does find what is missing.
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::default();
    let database = Builder::new().create_with_backend(disk.clone()).unwrap();
    let store = EmbeddedStore::start(File::over(database, folder.path())).unwrap();
    let early = disk.after_a_loss_of_power();
    let charge = charge(1, 1);
    let _granted = store.charge(Seconds::new(1), &[charge]).await;
    let [verdict] = asked_again(&early, &[charge])[..] else {
        panic!("one verdict for one charge");
    };
    assert!(matches!(verdict, Verdict::Granted(grant) if !grant.again));
}
