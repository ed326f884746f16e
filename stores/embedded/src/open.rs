//! Making, opening and restoring a store.

use std::path::Path;

use milagro_base::Seconds;
use milagro_ledger::LedgerId;
use milagro_ledger::rand_core::CryptoRng;
use milagro_ledger::rules::{SKEW, USED_UP};
use milagro_store::files;
use redb::backends::FileBackend;
use redb::{ReadOnlyDatabase, ReadableDatabase as _};

use crate::book::Room;
use crate::error::OpenError;
use crate::file::{File, Settings, builder, load};
use crate::meta::Meta;
use crate::store::EmbeddedStore;
use crate::witness::Witness;

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
    let file = files::create_new(path)?;
    let meta = Meta::new(LedgerId::random(rng), now.plus(SKEW));
    let made = found(file, path, settings, meta);
    if made.is_err() {
        // Nobody was told of it, and it must not stand in the way of another attempt.
        let _whatever = std::fs::remove_file(path);
    }
    made
}

fn found(
    file: std::fs::File,
    path: &Path,
    settings: Settings,
    meta: Meta,
) -> Result<EmbeddedStore, OpenError> {
    let backend = FileBackend::new(file)?;
    let database = builder(&settings).create_with_backend(backend)?;
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
        is_behind: false,
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
        is_behind: true,
    })
}

/// What [`look`] finds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// The name of the ledger.
    pub id: LedgerId,
    /// When it came into being.
    pub birth: Seconds,
    /// The latest time that anything was charged at.
    pub latest: Seconds,
}

/// Looks at a store without changing anything, whether [`open`] would open it. Verifies no checksums.
///
/// # Errors
/// [`OpenError`]; [`OpenError::InUse`] while a process has it open; [`OpenError::Storage`] too after one was killed, until
/// [`open`] has put right what it left.
pub fn look(path: &Path) -> Result<Found, OpenError> {
    if !path.try_exists()? {
        return Err(OpenError::Missing);
    }
    let database = ReadOnlyDatabase::open(path)?;
    let transaction = database.begin_read().map_err(redb::Error::from)?;
    let meta = Meta::look(&transaction)?;
    let said = Witness::look(path)?.ok_or(OpenError::Stale)?;
    if said.id != meta.id || said.sequence > meta.sequence {
        return Err(OpenError::Stale);
    }
    Ok(Found {
        id: meta.id,
        birth: meta.birth,
        latest: meta.latest(),
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
    // No version comes twice, even if some were given out after the copy was made.
    meta.version = meta.version.saturating_add(1 << 32);
    let file = File {
        path: path.to_owned(),
        settings,
        database: Some(database),
        meta,
        room,
        witness: Witness::create(path)?,
        is_behind: true,
    };
    EmbeddedStore::start(file.founded(|book| book.fill(&USED_UP))?)
}
