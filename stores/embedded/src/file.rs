//! The file of a store, and what is known of it while it is open.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use milagro_ledger::LedgerId;
use milagro_store::files;
use redb::{Builder, Database, WriteTransaction};

use crate::book::{Book, Room, count};
use crate::error::OpenError;
use crate::meta::Meta;
use crate::witness::{Testimony, Witness};

/// Limits of a store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Settings {
    /// How many accounts it holds at most; a new one beyond is answered `Full`. About 150 bytes each.
    pub accounts: u64,
    /// How many requests may wait for the disk; one beyond is answered as unknown.
    pub waiting: usize,
    /// Bytes of pages that are kept in memory.
    pub cache: usize,
    /// Whether opening reads the whole file and compares its checksums. Without, damage by a disk can make an account
    /// that was charged look as if it never was.
    pub verify: bool,
}

impl Default for Settings {
    /// A hundred million accounts, 10,000 waiting requests, 64 MiB, and nothing opened that is not verified.
    fn default() -> Self {
        Self {
            accounts: 100_000_000,
            waiting: 10_000,
            cache: 64 << 20,
            verify: true,
        }
    }
}

/// An open file, of which one thread has the whole.
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) settings: Settings,
    /// `None` after a failure, until it opens again.
    pub(crate) database: Option<Database>,
    pub(crate) meta: Meta,
    pub(crate) room: Room,
    pub(crate) witness: Witness,
    /// Whether there may be records that should be forgotten by now.
    pub(crate) is_behind: bool,
}

/// What a commit works with.
pub(crate) struct Parts<'a> {
    pub(crate) database: &'a Database,
    pub(crate) meta: &'a mut Meta,
    pub(crate) room: &'a mut Room,
    pub(crate) is_behind: &'a mut bool,
}

/// How every database is made and opened.
pub(crate) fn builder(settings: &Settings) -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(settings.cache);
    builder
}

/// Begins what is to be committed, in two phases. In one, the database tells a commit that was torn by a checksum that
/// whoever chooses what is written, and when the machine fails, can forge.
pub(crate) fn begin(database: &Database) -> Result<WriteTransaction, redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_two_phase_commit(true);
    Ok(transaction)
}

/// Reads a file that is there. One that the database's code takes for impossible is damaged.
pub(crate) fn load(path: &Path, settings: &Settings) -> Result<(Database, Meta, Room), OpenError> {
    let read = AssertUnwindSafe(|| read(path, settings));
    catch_unwind(read).unwrap_or_else(|_panic| Err(OpenError::NotAStore))
}

fn read(path: &Path, settings: &Settings) -> Result<(Database, Meta, Room), OpenError> {
    if !path.try_exists()? {
        return Err(OpenError::Missing);
    }
    let mut database = builder(settings).open(path)?;
    if settings.verify {
        // What is repaired is an older state at worst, which the witness knows.
        let _repaired = !database.check_integrity()?;
    }
    let transaction = database.begin_write().map_err(redb::Error::from)?;
    let meta = Meta::read(&transaction)?;
    let room = Room {
        accounts: count(&transaction)?,
        most: settings.accounts,
    };
    transaction.abort().map_err(redb::Error::from)?;
    Ok((database, meta, room))
}

#[cfg(test)]
impl File {
    /// A new store over a database that a test has made; it does not open again after a failure.
    pub(crate) fn over(database: Database, witness: &Path) -> Self {
        let file = Self {
            path: witness.join("no such file"),
            settings: Settings::default(),
            database: Some(database),
            meta: Meta::new(LedgerId::from_bytes([7; 32]), milagro_base::Seconds::ZERO),
            room: Room {
                accounts: 0,
                most: u64::MAX,
            },
            witness: Witness::create(&witness.join("store")).unwrap(),
            is_behind: false,
        };
        file.founded(|_| Ok(())).unwrap()
    }
}

impl File {
    pub(crate) const fn id(&self) -> LedgerId {
        self.meta.id
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Writes the first state under a name.
    pub(crate) fn founded(
        mut self,
        change: impl FnOnce(&mut Book<'_>) -> Result<(), redb::Error>,
    ) -> Result<Self, OpenError> {
        let parts = self.parts()?;
        let transaction = begin(parts.database)?;
        change(&mut Book {
            transaction: &transaction,
            meta: parts.meta,
            room: parts.room,
        })?;
        parts.meta.sequence = parts.meta.sequence.saturating_add(1);
        parts.meta.write(&transaction)?;
        transaction.commit().map_err(redb::Error::from)?;
        self.testify();
        self.witness.sync()?;
        files::sync_name(&self.path)?;
        Ok(self)
    }

    pub(crate) fn parts(&mut self) -> Result<Parts<'_>, redb::Error> {
        if self.database.is_none() {
            self.reopen();
        }
        Ok(Parts {
            database: self.database.as_ref().ok_or(redb::Error::DatabaseClosed)?,
            meta: &mut self.meta,
            room: &mut self.room,
            is_behind: &mut self.is_behind,
        })
    }

    /// Opens the file again after a failure; what was not committed is gone. Where it does not open, or is
    /// another one, the next request tries again.
    pub(crate) fn reopen(&mut self) {
        self.database = None;
        // It was verified when it was opened.
        let settings = Settings {
            verify: false,
            ..self.settings
        };
        let Ok((database, meta, room)) = load(&self.path, &settings) else {
            return;
        };
        if meta.id == self.meta.id && meta.sequence >= self.meta.sequence {
            self.database = Some(database);
            self.meta = meta;
            self.room = room;
        }
    }

    /// Tells the witness. If that fails the witness is behind, which refuses nothing that is right.
    pub(crate) fn testify(&mut self) {
        let _behind = self.witness.note(Testimony {
            id: self.meta.id,
            sequence: self.meta.sequence,
        });
    }
}
