//! Making, opening and restoring a store.

use std::path::{Path, PathBuf};

use milagro_base::Seconds;
use milagro_ledger::rand_core::CryptoRng;
use milagro_ledger::LedgerId;
use milagro_ledger::rules::{SKEW, USED_UP};
use redb::{Builder, Database};

use crate::book::{Book, Room, count};
use crate::error::OpenError;
use crate::meta::Meta;
use crate::store::EmbeddedStore;
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
}

impl Default for Settings {
    /// A hundred million accounts, 10,000 waiting requests, 64 MiB.
    fn default() -> Self {
        Self {
            accounts: 100_000_000,
            waiting: 10_000,
            cache: 64 << 20,
        }
    }
}

/// An open file, of which one thread has the whole.
pub(crate) struct File {
    path: PathBuf,
    settings: Settings,
    /// `None` after a failure, until it opens again.
    database: Option<Database>,
    meta: Meta,
    room: Room,
    witness: Witness,
}

/// What a commit works with.
pub(crate) struct Parts<'a> {
    pub(crate) database: &'a Database,
    pub(crate) meta: &'a mut Meta,
    pub(crate) room: &'a mut Room,
}

/// Makes a new store, empty and under a name of its own. What can have been charged by `now`, and a minute
/// later, in any other ledger is `Over` in this one.
///
/// # Errors
/// [`OpenError::Exists`], [`OpenError::Storage`], [`OpenError::Io`].
pub fn init<R: CryptoRng + ?Sized>(
    rng: &mut R,
    path: &Path,
    settings: Settings,
    now: Seconds,
) -> Result<EmbeddedStore, OpenError> {
    // The only step that can lose a race says so, and overwrites nothing.
    std::fs::File::create_new(path)?;
    let database = builder(&settings).create(path)?;
    let meta = Meta::new(LedgerId::random(rng), now.plus(SKEW));
    let room = Room {
        accounts: 0,
        most: settings.accounts,
    };
    let file = File {
        path: path.to_owned(),
        settings,
        database: Some(database),
        meta,
        room,
        witness: Witness::create(path)?,
    };
    EmbeddedStore::start(file.founded(|_| Ok(()))?)
}

/// Opens a store where it was left. Creates nothing.
///
/// # Errors
/// [`OpenError`]; [`OpenError::Stale`] for anything but the last state of this store.
pub fn open(path: &Path, settings: Settings) -> Result<EmbeddedStore, OpenError> {
    let (database, meta, room) = load(path, &settings)?;
    let (witness, said) = Witness::open(path)?.ok_or(OpenError::Stale)?;
    if said.id != meta.id || said.sequence > meta.sequence {
        return Err(OpenError::Stale);
    }
    EmbeddedStore::start(File {
        path: path.to_owned(),
        settings,
        database: Some(database),
        meta,
        room,
        witness,
    })
}

/// Opens a copy or an older state, under a new name: what can have been charged by `now` or by the latest time
/// that the copy has seen, and a minute later, is `Over`; attempts with device cookies, shares and budgets that
/// the copy knows count as used up.
///
/// # Errors
/// [`OpenError`], never [`OpenError::Stale`].
pub fn restore<R: CryptoRng + ?Sized>(
    rng: &mut R,
    path: &Path,
    settings: Settings,
    now: Seconds,
) -> Result<EmbeddedStore, OpenError> {
    let (database, mut meta, room) = load(path, &settings)?;
    meta.id = LedgerId::random(rng);
    meta.birth = meta.birth.max(meta.latest().max(now).plus(SKEW));
    let file = File {
        path: path.to_owned(),
        settings,
        database: Some(database),
        meta,
        room,
        witness: Witness::create(path)?,
    };
    EmbeddedStore::start(file.founded(|book| book.fill(&USED_UP))?)
}

fn builder(settings: &Settings) -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(settings.cache);
    builder
}

fn load(path: &Path, settings: &Settings) -> Result<(Database, Meta, Room), OpenError> {
    if !path.try_exists()? {
        return Err(OpenError::Missing);
    }
    let database = builder(settings).open(path)?;
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
            meta: Meta::new(LedgerId::from_bytes([7; 32]), Seconds::ZERO),
            room: Room {
                accounts: 0,
                most: u64::MAX,
            },
            witness: Witness::create(&witness.join("store")).unwrap(),
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
    fn founded(
        mut self,
        change: impl FnOnce(&mut Book<'_>) -> Result<(), redb::Error>,
    ) -> Result<Self, OpenError> {
        let parts = self.parts()?;
        let transaction = parts.database.begin_write().map_err(redb::Error::from)?;
        change(&mut Book {
            transaction: &transaction,
            meta: parts.meta,
            room: parts.room,
        })?;
        parts.meta.sequence = parts.meta.sequence.saturating_add(1);
        parts.meta.write(&transaction)?;
        transaction.commit().map_err(redb::Error::from)?;
        self.testify();
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
        })
    }

    /// Opens the file again after a failure; what was not committed is gone. Where it does not open, or is
    /// another one, the next request tries again.
    pub(crate) fn reopen(&mut self) {
        self.database = None;
        let Ok((database, meta, room)) = load(&self.path, &self.settings) else {
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
