//! The directory of a member or board: the store, sealed shares, the audit file.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use getrandom::SysRng;
use milagro_authority::ceremony::Member;
use milagro_authority::safe::Safe;
use milagro_base::Seconds;
use milagro_dta::rand_core::UnwrapErr;
use milagro_store_embedded::{EmbeddedStore, OpenError, Settings as StoreSettings};
use milagro_wire::bounded::Blob;
use milagro_wire::server::Effects;
use milagro_wire::server::locked::OperatorKey;
use zeroize::Zeroizing;

use crate::exit::{Code, Failure, Outcome};
use crate::settings::Common;

/// The name of the key under which the audit file hides subjects.
pub(crate) const AUDIT_KEY: &str = "audit key";

/// Paths in a directory.
#[derive(Clone, Debug)]
pub(crate) struct Directory(PathBuf);

/// An open directory.
pub(crate) struct Opened {
    pub(crate) store: Arc<EmbeddedStore>,
    pub(crate) key: Arc<OperatorKey>,
    pub(crate) directory: Directory,
}

impl Directory {
    pub(crate) fn of(common: &Common) -> Outcome<Self> {
        let data = common.data.clone();
        data.map(Self)
            .ok_or_else(|| Failure::config("no directory: give --data, MILAGRO_DATA or data"))
    }

    fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    pub(crate) fn shares(&self) -> PathBuf {
        self.0.join("shares")
    }

    pub(crate) fn audit(&self) -> PathBuf {
        self.0.join("audit.jsonl")
    }

    /// Makes the directories and the store, where nothing is yet.
    pub(crate) fn make(&self) -> Outcome<EmbeddedStore> {
        self.make_at(now())
    }

    /// The same, with a ledger that counts what is made after this time.
    pub(crate) fn make_at(&self, time: Seconds) -> Outcome<EmbeddedStore> {
        let fault = |error: io::Error| Failure::other(format!("{}: {error}", self.0.display()));
        for directory in [&self.0, &self.shares()] {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            {
                use std::os::unix::fs::DirBuilderExt as _;
                builder.mode(0o700);
            }
            builder.create(directory).map_err(fault)?;
        }
        let rng = &mut UnwrapErr(SysRng);
        let made = milagro_store_embedded::init(rng, &self.store(), StoreSettings::default(), time);
        made.map_err(|error| refused(&error))
    }

    pub(crate) fn open(&self, key: Arc<OperatorKey>) -> Outcome<Opened> {
        let store = self.open_store()?;
        Ok(Opened {
            store: Arc::new(store),
            key,
            directory: self.clone(),
        })
    }

    pub(crate) fn open_store(&self) -> Outcome<EmbeddedStore> {
        let store = milagro_store_embedded::open(&self.store(), StoreSettings::default());
        store.map_err(|error| refused(&error))
    }
}

impl Opened {
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

fn refused(error: &OpenError) -> Failure {
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

pub(crate) fn now() -> Seconds {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Seconds::new(since.map_or(0, |since| since.as_secs()))
}

/// The operator's key, from its file or standard input.
pub(crate) fn operator_key(common: &Common) -> Outcome<OperatorKey> {
    let path = common.key_file.as_deref();
    let path = path.ok_or_else(|| {
        Failure::config("no operator's key: give --key-file, MILAGRO_KEY_FILE or key-file")
    })?;
    Ok(OperatorKey::from_bytes(&*key(path)?))
}

/// What a file holds that nobody else may read, or standard input where it is named `-`: base64url.
pub(crate) fn secret_file<const MAX: usize>(path: &Path) -> Outcome<Blob<MAX>> {
    let fault =
        |words: &dyn core::fmt::Display| Failure::config(format!("{}: {words}", path.display()));
    let most = MAX.saturating_mul(2).saturating_add(2);
    let mut text = Zeroizing::new(String::with_capacity(most));
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    let read = if path == Path::new("-") {
        io::stdin().lock().take(most).read_to_string(&mut text)
    } else {
        check_mode(path)?;
        let file = fs::File::open(path).map_err(|error| fault(&error))?;
        file.take(most).read_to_string(&mut text)
    };
    read.map_err(|error| fault(&error))?;
    let blob = Blob::from_text(text.trim_end());
    blob.map_err(|_| fault(&"no base64url, or too long"))
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

/// A secret text, from its file.
pub(crate) fn secret(path: &Path) -> Outcome<Zeroizing<String>> {
    let fault = |error: io::Error| Failure::config(format!("{}: {error}", path.display()));
    check_mode(path)?;
    let mut text = Zeroizing::new(String::with_capacity(4096));
    let file = fs::File::open(path).map_err(fault)?;
    file.take(4096).read_to_string(&mut text).map_err(fault)?;
    let length = text.trim_end().len();
    text.truncate(length);
    Ok(text)
}

/// A key that everybody on the machine can read is nobody's.
fn check_mode(path: &Path) -> Outcome<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let found = fs::metadata(path);
        let found =
            found.map_err(|error| Failure::config(format!("{}: {error}", path.display())))?;
        if found.is_file() && found.mode() & 0o007 != 0 {
            let words = format!(
                "{}: everybody can read it; say chmod o= first",
                path.display()
            );
            return Err(Failure::config(words));
        }
    }
    Ok(())
}
