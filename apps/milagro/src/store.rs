//! Where a service counts and keeps records: a file in its directory, or a database that several replicas share.

pub(crate) mod database;
mod remote;

use std::path::Path;

use milagro_base::Seconds;
use milagro_ledger::records::{Entry, Page, Put, Record, Version};
use milagro_ledger::{
    Account, Answer, Charge, Kind, Ledger, LedgerId, Records, Unavailable, Usage, Verdict,
};
use milagro_store_embedded::EmbeddedStore;
use milagro_store_postgres::Postgres;
use milagro_store_redis::Redis;
use milagro_wire::server::StoreTime;

use crate::store::remote::Remote;

/// An open store.
pub(crate) enum Store {
    /// Of one process.
    Embedded(EmbeddedStore),
    /// Of many.
    Postgres(Remote<Postgres>),
    /// Of many.
    Redis(Remote<Redis>),
}

impl Store {
    /// What it knows of the time, if anything.
    pub(crate) fn time(&self) -> Option<StoreTime> {
        match self {
            Self::Embedded(store) => Some(StoreTime::AtLeast(store.latest())),
            Self::Postgres(remote) => remote.time().map(StoreTime::Now),
            Self::Redis(remote) => remote.time().map(StoreTime::Now),
        }
    }

    /// What it is, for the operator.
    pub(crate) const fn what(&self) -> &'static str {
        match self {
            Self::Embedded(_) => "embedded",
            Self::Postgres(_) => "PostgreSQL",
            Self::Redis(_) => "Redis",
        }
    }

    fn ledger(&self) -> &dyn Ledger {
        match self {
            Self::Embedded(store) => store,
            Self::Postgres(remote) => remote.store(),
            Self::Redis(remote) => remote.store(),
        }
    }

    fn records(&self) -> &dyn Records {
        match self {
            Self::Embedded(store) => store,
            Self::Postgres(remote) => remote.store(),
            Self::Redis(remote) => remote.store(),
        }
    }
}

impl Ledger for Store {
    fn id(&self) -> LedgerId {
        self.ledger().id()
    }

    fn charge<'a>(&'a self, now: Seconds, charges: &'a [Charge]) -> Answer<'a, Vec<Verdict>> {
        self.ledger().charge(now, charges)
    }

    fn refund<'a>(&'a self, charges: &'a [Charge]) -> Answer<'a, Result<(), Unavailable>> {
        self.ledger().refund(charges)
    }

    fn clear<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<(), Unavailable>> {
        self.ledger().clear(accounts)
    }

    fn usage<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<Vec<Usage>, Unavailable>> {
        self.ledger().usage(accounts)
    }
}

impl Records for Store {
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>> {
        self.records().get(kind, keys)
    }

    fn put<'a>(&'a self, entry: Entry<'a>) -> Answer<'a, Result<Put, Unavailable>> {
        self.records().put(entry)
    }

    fn delete<'a>(
        &'a self,
        kind: Kind,
        key: &'a [u8],
        expected: Version,
    ) -> Answer<'a, Result<Put, Unavailable>> {
        self.records().delete(kind, key, expected)
    }

    fn list<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a [u8],
        after: &'a [u8],
        limit: u16,
    ) -> Answer<'a, Result<Page, Unavailable>> {
        self.records().list(kind, prefix, after, limit)
    }
}

/// The file by which a directory knows that it has joined a database, and how far the ledger there has come.
pub(crate) fn witness(directory: &Path) -> std::path::PathBuf {
    directory.join("witness")
}
