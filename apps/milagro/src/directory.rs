//! The directory of a member or board: the store or the way to it, sealed shares, the audit file.

use core::sync::atomic::{AtomicU64, Ordering};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use getrandom::SysRng;
use milagro_authority::ceremony::Member;
use milagro_authority::safe::Safe;
use milagro_base::Seconds;
use milagro_dta::rand_core::UnwrapErr;
use milagro_store_embedded::{OpenError, Settings as StoreSettings};
use milagro_wire::bounded::Blob;
use milagro_wire::server::Effects;
use milagro_wire::server::locked::OperatorKey;
use zeroize::Zeroizing;

use crate::exit::{Code, Failure, Outcome};
use crate::keys;
use crate::settings::Common;
use crate::store::database::Database;
use crate::store::{Store, witness};

/// The name of the key under which the audit file hides subjects.
pub(crate) const AUDIT_KEY: &str = "audit key";

/// Paths in a directory, and the database where the store is not there.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    root: PathBuf,
    database: Option<Database>,
}

/// An open directory.
pub(crate) struct Opened {
    pub(crate) store: Arc<Store>,
    pub(crate) key: Arc<OperatorKey>,
    pub(crate) directory: Directory,
}

impl Directory {
    pub(crate) fn of(common: &Common) -> Outcome<Self> {
        let root = common.data.clone();
        let root =
            root.ok_or_else(|| Failure::config("no directory: give --data, MILAGRO_DATA or data"))?;
        let database = Database::of(common)?;
        Ok(Self { root, database })
    }

    /// A directory that no setting names.
    pub(crate) const fn at(root: PathBuf) -> Self {
        Self {
            root,
            database: None,
        }
    }

    /// The database that holds the store, if another machine may.
    pub(crate) const fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// For what copies files: a database has its own tools for that.
    pub(crate) fn expect_embedded(&self) -> Outcome<()> {
        let Some(database) = &self.database else {
            return self.expect_own();
        };
        let words = format!(
            "store: it is in {}; back up and restore the database with its own tools",
            database.address()
        );
        Err(Failure::config(words))
    }

    /// One directory has one store: in another one nothing would be used up.
    fn expect_own(&self) -> Outcome<()> {
        let words = match &self.database {
            Some(_) if self.store().exists() => {
                "store: this directory has one of its own, beside the database that is named"
            }
            None if witness(&self.root).exists() => {
                "store: this directory has joined a database, and none is named: give --store"
            }
            _ => return Ok(()),
        };
        Err(Failure::config(words))
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.root.join("store")
    }

    pub(crate) fn shares(&self) -> PathBuf {
        self.root.join("shares")
    }

    pub(crate) fn audit(&self) -> PathBuf {
        self.root.join("audit.jsonl")
    }

    /// Makes the directories, if there is no store yet.
    pub(crate) fn prepare(&self) -> Outcome<()> {
        self.expect_own()?;
        if self.store().exists() {
            return Err(refused(&OpenError::Exists));
        }
        let fault = |error: io::Error| Failure::other(format!("{}: {error}", self.root.display()));
        for directory in [&self.root, &self.shares()] {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            {
                use std::os::unix::fs::DirBuilderExt as _;
                builder.mode(0o700);
            }
            builder.create(directory).map_err(fault)?;
        }
        Ok(())
    }

    /// Makes the store in a directory that was prepared.
    pub(crate) fn make(&self) -> Outcome<Store> {
        self.make_at(now())
    }

    /// The same, with a ledger that counts what is made after this time.
    pub(crate) fn make_at(&self, time: Seconds) -> Outcome<Store> {
        if let Some(database) = &self.database {
            return database.join(&self.root, time);
        }
        let rng = &mut UnwrapErr(SysRng);
        let made = milagro_store_embedded::init(rng, &self.store(), StoreSettings::default(), time);
        made.map(Store::Embedded).map_err(|error| refused(&error))
    }

    pub(crate) fn open(&self, key: Arc<OperatorKey>) -> Outcome<Opened> {
        let store = self.open_store()?;
        Ok(Opened {
            store: Arc::new(store),
            key,
            directory: self.clone(),
        })
    }

    /// Opens a copy of a store under a new name.
    pub(crate) fn restore_store(&self) -> Outcome<Store> {
        if let Some(database) = &self.database {
            return database.restore(&self.root, now());
        }
        let rng = &mut UnwrapErr(SysRng);
        let settings = StoreSettings::default();
        let restored = milagro_store_embedded::restore(rng, &self.store(), settings, now());
        restored
            .map(Store::Embedded)
            .map_err(|error| refused(&error))
    }

    pub(crate) fn open_store(&self) -> Outcome<Store> {
        self.expect_own()?;
        if let Some(database) = &self.database {
            return database.open(&self.root);
        }
        let store = milagro_store_embedded::open(&self.store(), StoreSettings::default());
        store.map(Store::Embedded).map_err(|error| refused(&error))
    }
}

impl Opened {
    /// Time and randomness, and what the store knows of the time.
    pub(crate) fn effects(&self) -> Effects {
        let store = Arc::clone(&self.store);
        effects().with_store_clock(move || store.time())
    }

    pub(crate) fn safe(&self) -> Safe {
        Safe::new(self.directory.shares())
    }

    pub(crate) fn member(&self) -> Member {
        let (records, ledger) = (Arc::clone(&self.store), Arc::clone(&self.store));
        Member::new(
            records,
            ledger,
            self.safe(),
            Arc::clone(&self.key),
            effects(),
        )
    }
}

pub(crate) fn refused(error: &OpenError) -> Failure {
    let code = match error {
        OpenError::Stale => Code::Stale,
        OpenError::InUse => Code::InUse,
        OpenError::Exists | OpenError::Missing => Code::Config,
        _ => Code::Other,
    };
    Failure::new(code, format!("store: {error}"))
}

/// The clock and the generator of the system.
pub(crate) fn effects() -> Effects {
    Effects::new(now, || UnwrapErr(SysRng))
}

/// How many seconds the clock of this process is ahead of the system's: none, but in a demonstration.
static AHEAD: AtomicU64 = AtomicU64::new(0);

pub(crate) fn now() -> Seconds {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let system = Seconds::new(since.map_or(0, |since| since.as_secs()));
    system.plus(Seconds::new(AHEAD.load(Ordering::SeqCst)))
}

/// Puts the clock of this process forward.
pub(crate) fn put_forward(by: Seconds) {
    AHEAD.fetch_add(by.get(), Ordering::SeqCst);
}

/// The operator's key, from wherever it is kept.
pub(crate) fn operator_key(common: &Common) -> Outcome<OperatorKey> {
    keys::find(common)
}

/// What a file holds that nobody else may read, standard input where it is named `-`, or a credential: base64url.
pub(crate) fn secret_file<const MAX: usize>(path: &Path) -> Outcome<Blob<MAX>> {
    keys::secret(path)
}

/// A key of 32 bytes, from its file or standard input.
pub(crate) fn key(path: &Path) -> Outcome<Zeroizing<[u8; 32]>> {
    let bytes = secret_file::<32>(path)?;
    let bytes = bytes.to_array().map(Zeroizing::new);
    bytes.ok_or_else(|| {
        let words = format!("{}: not 43 characters of base64url", path.display());
        Failure::config(words)
    })
}

/// The same, to be sent to a service that knows it.
pub(crate) fn sent_key(path: &Path) -> Outcome<Blob<32>> {
    Blob::new(*key(path)?).map_err(Failure::config)
}

/// A secret text of at most 4096 bytes, from wherever a key could be read.
pub(crate) fn secret(path: &Path) -> Outcome<Zeroizing<String>> {
    keys::secret_text(path)
}
