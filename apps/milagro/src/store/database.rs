//! The database that the setting `store` names.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_dta::rand_core::UnwrapErr;
use milagro_store_postgres::store::{OpenError, Witness};
use milagro_store_postgres::{
    Postgres, Settings as InPostgres, SettingsError as PostgresError, Transport as ToPostgres,
};
use milagro_store_redis::{Redis, Settings as InRedis, Transport as ToRedis};
use reqwest::Url;
use zeroize::Zeroizing;

use crate::exit::{Code, Failure, Outcome};
use crate::keys;
use crate::settings::Common;
use crate::store::remote::{Remote, Threads};
use crate::store::{Store, witness};
use crate::tls;

/// A database, and what it takes to connect to it.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    kind: Kind,
    /// Without a password.
    address: String,
    password: Option<PathBuf>,
    roots: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Postgres,
    Redis,
    RedisTls,
}

/// What is done with the ledger.
#[derive(Clone, Copy, Debug)]
enum Way {
    Open,
    /// Made, where there is none, to count what is made after this time.
    Join(Seconds),
    /// Under a new name, after this time.
    Restore(Seconds),
}

impl Database {
    /// `None` where the store is in the directory.
    ///
    /// # Errors
    /// An address of no database, one with a password in it, and what belongs to no database.
    pub(crate) fn of(common: &Common) -> Outcome<Option<Self>> {
        let Some(address) = &common.store else {
            let more = [&common.store_password_file, &common.store_roots];
            if more.iter().any(|more| more.is_some()) {
                let words = "store-password-file and store-roots belong to a store: give --store";
                return Err(Failure::config(words));
            }
            return Ok(None);
        };
        let (scheme, rest) = address.split_once("://").unwrap_or_default();
        let kind = match scheme {
            "postgres" | "postgresql" => Kind::Postgres,
            "redis" => Kind::Redis,
            "rediss" => Kind::RedisTls,
            _ => {
                let words = "store: postgres://, rediss:// or redis:// and a server";
                return Err(Failure::config(words));
            }
        };
        // Whoever lists processes sees the command line, and `config check` prints the file.
        let user = rest.rsplit_once('@').map_or("", |(user, _)| user);
        if user.contains(':') || rest.contains("password") {
            let words = "store: no password belongs in it; give --store-password-file";
            return Err(Failure::config(words));
        }
        Ok(Some(Self {
            kind,
            address: address.clone(),
            password: common.store_password_file.clone(),
            roots: common.store_roots.clone(),
        }))
    }

    /// Its address.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Opens the ledger for a directory that has joined.
    pub(crate) fn open(&self, directory: &Path) -> Outcome<Store> {
        if !witness(directory).exists() {
            let words =
                "store: this directory has not joined the database; only `milagro init` does that";
            return Err(Failure::config(words));
        }
        self.connect(directory, Way::Open)
    }

    /// Makes the ledger, or opens the one that another replica has made.
    pub(crate) fn join(&self, directory: &Path, time: Seconds) -> Outcome<Store> {
        self.connect(directory, Way::Join(time))
    }

    /// Opens a ledger that comes from a copy, or from a replica that was promoted, under a new name.
    pub(crate) fn restore(&self, directory: &Path, time: Seconds) -> Outcome<Store> {
        self.connect(directory, Way::Restore(time))
    }

    fn connect(&self, directory: &Path, way: Way) -> Outcome<Store> {
        let (lock, threads) = (lock(directory)?, Threads::new()?);
        let witness = Witness::new(witness(directory));
        match self.kind {
            Kind::Postgres => {
                let settings = self.postgres()?.witness(witness);
                let store = threads.wait(postgres(settings, way))?;
                Ok(Store::Postgres(Remote::new(store, threads, lock)))
            }
            Kind::Redis | Kind::RedisTls => {
                let settings = self.redis()?.witness(witness);
                let store = threads.wait(redis(settings, way))?;
                Ok(Store::Redis(Remote::new(store, threads, lock)))
            }
        }
    }

    /// In PostgreSQL: over TLS, unless the address says that there is none.
    fn postgres(&self) -> Outcome<InPostgres> {
        let query = self.address.split_once('?').map(|(_, query)| query);
        let mut parts = query.unwrap_or_default().split('&');
        let transport = if parts.any(|part| part == "sslmode=disable") {
            ToPostgres::PlainText
        } else {
            ToPostgres::Tls(tls::connector(self.roots.as_deref())?)
        };
        let mut address = Zeroizing::new(self.address.clone());
        if let Some(password) = self.password()? {
            address.push_str(if query.is_some() {
                "&password="
            } else {
                "?password="
            });
            for byte in password.bytes() {
                address.push('%');
                for digit in [byte >> 4, byte & 15] {
                    address.extend(char::from_digit(u32::from(digit), 16));
                }
            }
        }
        InPostgres::new(&address, transport).map_err(|error| match error {
            // Its words may repeat what stands in the address.
            PostgresError::Address(_) => Failure::config("store: no address of PostgreSQL"),
            error => Failure::config(format!("store: {error}")),
        })
    }

    fn redis(&self) -> Outcome<InRedis> {
        let fault = || Failure::config("store: no address of Redis");
        let mut url = Url::parse(&self.address).map_err(|_| fault())?;
        if let Some(password) = self.password()? {
            url.set_password(Some(&password)).map_err(|()| fault())?;
        }
        let transport = if self.kind == Kind::RedisTls {
            let roots = self.roots.as_deref().map(std::fs::read).transpose();
            let roots = roots.map_err(|error| Failure::config(format!("store-roots: {error}")))?;
            ToRedis::Tls {
                roots,
                client: None,
            }
        } else {
            ToRedis::PlainText
        };
        let address = Zeroizing::new(String::from(url));
        InRedis::server(&address, transport)
            .map_err(|error| Failure::config(format!("store: {error}")))
    }

    fn password(&self) -> Outcome<Option<Zeroizing<String>>> {
        self.password.as_deref().map(keys::secret_text).transpose()
    }
}

async fn postgres(settings: InPostgres, way: Way) -> Outcome<Postgres> {
    let rng = &mut UnwrapErr(SysRng);
    if let Way::Restore(time) = way {
        let restored = Postgres::restore(rng, settings, time).await;
        return restored.map_err(|error| refused(&error));
    }
    let opened = Postgres::open(settings.clone()).await;
    let opened = match (opened, way) {
        (Err(OpenError::NoLedger), Way::Join(time)) => {
            match Postgres::init(rng, settings.clone(), time).await {
                // Another replica was faster.
                Err(OpenError::AlreadyThere(_) | OpenError::InUse) => {
                    Postgres::open(settings).await
                }
                made => made,
            }
        }
        (opened, _) => opened,
    };
    opened.map_err(|error| refused(&error))
}

async fn redis(settings: InRedis, way: Way) -> Outcome<Redis> {
    let rng = &mut UnwrapErr(SysRng);
    if let Way::Restore(time) = way {
        let restored = Redis::restore(rng, settings, time).await;
        return restored.map_err(|error| refused(&error));
    }
    let opened = Redis::open(settings.clone()).await;
    let opened = match (opened, way) {
        (Err(OpenError::NoLedger), Way::Join(time)) => {
            match Redis::init(rng, settings.clone(), time).await {
                // Another replica was faster.
                Err(OpenError::AlreadyThere(_) | OpenError::InUse) => Redis::open(settings).await,
                made => made,
            }
        }
        (opened, _) => opened,
    };
    opened.map_err(|error| refused(&error))
}

/// The audit file and the witness are written by one process.
fn lock(directory: &Path) -> Outcome<File> {
    let fault = |error: std::io::Error| {
        let directory = directory.display();
        Failure::config(format!(
            "{directory}: {error}; only `milagro init` makes it"
        ))
    };
    let path = directory.join("lock");
    let mut options = File::options();
    let options = options.create(true).truncate(false).write(true);
    let file = options.open(path).map_err(fault)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let words = "store: another process works in this directory";
            Err(Failure::new(Code::InUse, words))
        }
        Err(TryLockError::Error(error)) => Err(fault(error)),
    }
}

fn refused(error: &OpenError) -> Failure {
    let code = match error {
        OpenError::Diverged(_) => Code::Stale,
        OpenError::InUse => Code::InUse,
        OpenError::Unreachable(_) => Code::Network,
        OpenError::NoLedger | OpenError::AnotherLedger(_) | OpenError::Unfit(_) => Code::Config,
        _ => Code::Other,
    };
    let mut words = format!("store: {error}");
    // What a driver says first is often only that something went wrong.
    let OpenError::Unreachable(cause) = error else {
        return Failure::new(code, words);
    };
    let mut cause = cause.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    Failure::new(code, words)
}
