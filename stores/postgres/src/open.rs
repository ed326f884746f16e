//! Making, opening and restoring a ledger.

use alloc::sync::Arc;
use core::sync::atomic::Ordering;
use milagro_base::Seconds;
use milagro_ledger::rand_core::CryptoRng;
use milagro_ledger::{LedgerId, rules};
use milagro_store::{Divergence, Event, Marks, OpenError};
use tokio_postgres::{Client, IsolationLevel, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::columns::{DAY, byte, signed, unsigned};
use crate::days;
use crate::failure::Failure;
use crate::identity::{Identity, check_server};
use crate::link::{Examined, Link, Shared};
use crate::schema::{self, unreachable};
use crate::settings::{Settings, Transport};

/// A ledger and records in a PostgreSQL database.
///
/// It is made for a fleet: every process has its own, all on the same database.
#[derive(Debug)]
pub struct Postgres {
    pub(crate) link: Link,
    settings: Settings,
}

impl Postgres {
    /// Makes a ledger, and opens it. `now` is the clock's time: the ledger is born [`rules::SKEW`] later, and what
    /// can have been charged by then is over.
    ///
    /// # Errors
    /// [`OpenError`]; [`OpenError::AlreadyThere`] rather than touch a ledger.
    pub async fn init<R: CryptoRng + ?Sized>(
        rng: &mut R,
        settings: Settings,
        now: Seconds,
    ) -> Result<Self, OpenError> {
        let id = LedgerId::random(rng);
        let mut client = connect(&settings).await?;
        check_server(&client, &settings).await?;
        make_schema(&client, &settings).await.map_err(unreachable)?;
        alone(&client).await?;
        let identity = Identity::read(&client).await.map_err(unreachable)?;
        let transaction = client.transaction().await.map_err(unreachable)?;
        schema::migrate(&transaction).await?;
        if let Some(row) = transaction
            .query_opt(LEDGER, &[])
            .await
            .map_err(unreachable)?
        {
            let there = name(&row).map_err(unreachable)?;
            return Err(OpenError::AlreadyThere(there));
        }
        let birth = signed(rules::birth(now).get());
        let id_bytes = id.to_bytes();
        transaction
            .execute(
                MAKE,
                &[&&id_bytes[..], &birth, &identity.system, &identity.timeline],
            )
            .await
            .map_err(unreachable)?;
        transaction.commit().await.map_err(unreachable)?;
        leave(client).await;
        Self::open(settings.expecting(id)).await
    }

    /// Opens the ledger that is there.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(settings: Settings) -> Result<Self, OpenError> {
        let mut client = connect(&settings).await?;
        check_server(&client, &settings).await?;
        let version = schema::version(&client).await.map_err(unreachable)?;
        if version == 0 {
            return Err(OpenError::NoLedger);
        }
        if version != schema::current() {
            // What another process has migrated meanwhile has to be seen.
            let transaction = client.build_transaction();
            let transaction = transaction.isolation_level(IsolationLevel::ReadCommitted);
            let transaction = transaction.start().await.map_err(unreachable)?;
            transaction
                .execute(MIGRATE, &[])
                .await
                .map_err(unreachable)?;
            schema::migrate(&transaction).await?;
            transaction.commit().await.map_err(unreachable)?;
        }
        let shared = look(&client, &settings).await?;
        let link = Link::new(&settings, Arc::new(shared))?;
        let ledger = Self { link, settings };
        ledger.remember()?;
        ledger
            .make_days()
            .await
            .map_err(|failure| OpenError::Unreachable(failure.into()))?;
        Ok(ledger)
    }

    /// Opens a ledger that comes from a copy, from an older state, or on a replica that was promoted: under a new
    /// name, born [`rules::SKEW`] after the latest time that it, its server or the caller has seen. What can have
    /// been charged by then is over; lasting accounts of [`rules::USED_UP`] count as used up.
    ///
    /// Nobody else may have the ledger open. Keys that name the old ledger do not belong to the new one.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn restore<R: CryptoRng + ?Sized>(
        rng: &mut R,
        mut settings: Settings,
        now: Seconds,
    ) -> Result<Self, OpenError> {
        let id = LedgerId::random(rng);
        let mut client = connect(&settings).await?;
        check_server(&client, &settings).await?;
        if schema::version(&client).await.map_err(unreachable)? == 0 {
            return Err(OpenError::NoLedger);
        }
        alone(&client).await?;
        let identity = Identity::read(&client).await.map_err(unreachable)?;
        let transaction = client.transaction().await.map_err(unreachable)?;
        schema::migrate(&transaction).await?;
        let row = transaction
            .query_opt(LEDGER, &[])
            .await
            .map_err(unreachable)?;
        let there = name(&row.ok_or(OpenError::NoLedger)?).map_err(unreachable)?;
        if settings.expected.is_some_and(|expected| expected != there) {
            return Err(OpenError::AnotherLedger(there));
        }
        let row = transaction
            .query_one(LATEST, &[])
            .await
            .map_err(unreachable)?;
        let clock = Seconds::new(unsigned(row.try_get(0).map_err(unreachable)?));
        let floor = Seconds::new(unsigned(row.try_get(1).map_err(unreachable)?));
        let latest = now.max(clock).max(floor.plus(rules::KEPT));
        let birth = signed(rules::birth(latest).get());
        let id_bytes = id.to_bytes();
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&&id_bytes[..], &birth, &identity.system, &identity.timeline];
        transaction
            .execute(RENAME, &parameters)
            .await
            .map_err(unreachable)?;
        let kinds = rules::USED_UP.map(byte).to_vec();
        transaction
            .execute(USE_UP, &[&kinds])
            .await
            .map_err(unreachable)?;
        transaction
            .execute(SKIP_VERSIONS, &[])
            .await
            .map_err(unreachable)?;
        transaction.commit().await.map_err(unreachable)?;
        leave(client).await;
        settings.expected = Some(id);
        if let Some(witness) = &settings.witness {
            let numbers = vec![identity.log];
            witness
                .write(&Marks {
                    ledger: id,
                    numbers,
                })
                .map_err(OpenError::Witness)?;
        }
        Self::open(settings).await
    }

    /// Why nothing is answered any more: the database turned out to be another one, or to have lost something.
    #[must_use]
    pub fn closed(&self) -> Option<Divergence> {
        self.link.shared.closed()
    }

    /// Makes the tables of the days to come, drops those that are over, and records that are worthless, for 48
    /// hours, and has the witness remember how far the ledger has come. One process of a fleet, or each of them,
    /// does this every few minutes.
    ///
    /// # Errors
    /// [`OpenError`], after which it is simply done again.
    pub async fn keep_up(&self) -> Result<(), OpenError> {
        let failed = |failure: Failure| OpenError::Unreachable(failure.into());
        self.make_days().await.map_err(failed)?;
        let mut lease = self.link.lease().await.map_err(failed)?;
        // Dropping waits for those who charge, so it may take longer than others' statements.
        let client = lease.last_client().map_err(failed)?;
        let result = async {
            client
                .batch_execute("SET statement_timeout = '5min'")
                .await?;
            let kept = signed(rules::KEPT.get());
            client.execute(FORGET_RECORDS, &[&kept]).await?;
            days::forget(client, &self.link.shared).await
        };
        result.await.map_err(failed)?;
        match self.link.shared.examine(client).await {
            Ok(()) => self.remember(),
            Err(Examined::Unanswered(error)) => Err(unreachable(error)),
            Err(Examined::Diverged(divergence)) => Err(OpenError::Diverged(divergence)),
        }
    }

    /// The time by the server's clock, which should be the callers'.
    ///
    /// # Errors
    /// [`OpenError::Unreachable`].
    pub async fn clock(&self) -> Result<Seconds, OpenError> {
        let failed = |failure: Failure| OpenError::Unreachable(failure.into());
        let mut lease = self.link.lease().await.map_err(failed)?;
        let asked = async {
            let row = lease.client()?.query_one(CLOCK, &[]).await?;
            Ok(Seconds::new(unsigned(row.try_get(0)?)))
        };
        let asked = asked.await;
        lease.end(asked).map_err(failed)
    }

    /// Ends all connections. Later calls are answered as when the server is gone.
    pub fn close(&self) {
        self.link.close();
    }

    fn remember(&self) -> Result<(), OpenError> {
        let Some(witness) = &self.settings.witness else {
            return Ok(());
        };
        let ledger = self.link.shared.id;
        let numbers = vec![self.link.shared.log()];
        witness
            .write(&Marks { ledger, numbers })
            .map_err(OpenError::Witness)
    }

    async fn make_days(&self) -> Result<(), Failure> {
        let mut lease = self.link.lease().await?;
        let result = async {
            let client = lease.client()?;
            let row = client.query_one(CLOCK, &[]).await?;
            let today = unsigned(row.try_get(0)?) / DAY;
            // One day ahead of its number: day 0 is that of lasting accounts.
            let days = (today + 1)..=(today + 1 + self.settings.days.min(MOST_DAYS));
            let days: Vec<i32> = days.filter_map(|day| i32::try_from(day).ok()).collect();
            days::make(client, &self.link.shared, &days).await?;
            Ok(())
        };
        let result = result.await;
        lease.end(result)
    }
}

/// A schema that is there needs no right to make one.
async fn make_schema(client: &Client, settings: &Settings) -> Result<(), tokio_postgres::Error> {
    if client
        .query_opt(SCHEMA, &[&settings.schema])
        .await?
        .is_some()
    {
        return Ok(());
    }
    let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", settings.schema);
    client.batch_execute(&sql).await
}

/// Reads what is there, and compares it with what has to be.
async fn look(client: &Client, settings: &Settings) -> Result<Shared, OpenError> {
    let row = client.query_opt(LEDGER, &[]).await.map_err(unreachable)?;
    let row = row.ok_or(OpenError::NoLedger)?;
    let id = name(&row).map_err(unreachable)?;
    if settings.expected.is_some_and(|expected| expected != id) {
        return Err(OpenError::AnotherLedger(id));
    }
    let identity = Identity::read(client).await.map_err(unreachable)?;
    let known = Identity {
        system: row.try_get(2).map_err(unreachable)?,
        timeline: row.try_get(3).map_err(unreachable)?,
        log: witnessed(settings, id)?,
    };
    identity.check(&known).map_err(OpenError::Diverged)?;
    let birth = unsigned(row.try_get(1).map_err(unreachable)?);
    let shared = Shared::new(settings, id, Seconds::new(birth), identity);
    let forgotten = unsigned(row.try_get(4).map_err(unreachable)?);
    shared.forgotten.store(forgotten, Ordering::Relaxed);
    Ok(shared)
}

/// How far the witness knows the ledger to have come.
fn witnessed(settings: &Settings, id: LedgerId) -> Result<u64, OpenError> {
    let Some(witness) = &settings.witness else {
        return Ok(0);
    };
    match witness.read().map_err(OpenError::Witness)? {
        Some(marks) if marks.ledger != id => Err(OpenError::AnotherLedger(id)),
        marks => Ok(marks
            .and_then(|marks| marks.numbers.first().copied())
            .unwrap_or_default()),
    }
}

/// A connection beside the pool, for what comes before there is one.
async fn connect(settings: &Settings) -> Result<Client, OpenError> {
    let config = settings.config();
    let client = match &settings.transport {
        Transport::PlainText => {
            let (client, connection) = config.connect(NoTls).await.map_err(unreachable)?;
            tokio::spawn(connection);
            client
        }
        Transport::Tls(tls) => {
            let tls = MakeRustlsConnect::new((**tls).clone());
            let (client, connection) = config.connect(tls).await.map_err(unreachable)?;
            tokio::spawn(connection);
            client
        }
    };
    settings.observer.observe(&Event::Connected);
    Ok(client)
}

/// Nobody else has the ledger open as long as this connection stands.
async fn alone(client: &Client) -> Result<(), OpenError> {
    let row = client.query_one(ALONE, &[]).await.map_err(unreachable)?;
    if row.try_get(0).map_err(unreachable)? {
        Ok(())
    } else {
        Err(OpenError::InUse)
    }
}

/// Lets others open the ledger; the server notices the end of a connection a moment later.
async fn leave(client: Client) {
    let _ends_anyway = client
        .batch_execute("SELECT pg_advisory_unlock_all()")
        .await;
}

fn name(row: &tokio_postgres::Row) -> Result<LedgerId, tokio_postgres::Error> {
    let bytes: Vec<u8> = row.try_get(0)?;
    // The table's check says that there are 32.
    Ok(LedgerId::from_bytes(bytes.try_into().unwrap_or_default()))
}

const MOST_DAYS: u64 = 400;

const SCHEMA: &str = "SELECT 1 FROM pg_namespace WHERE nspname = $1";
const LEDGER: &str = "SELECT id, birth, system, timeline, forgotten FROM ledger";
const MAKE: &str = "INSERT INTO ledger (id, birth, system, timeline) VALUES ($1, $2, $3, $4)";
const CLOCK: &str = "SELECT extract(epoch FROM now())::bigint";
const LATEST: &str =
    "SELECT extract(epoch FROM now())::bigint, coalesce((SELECT max(floor) FROM floor), 0)";
const RENAME: &str =
    "UPDATE ledger SET id = $1, birth = greatest(birth, $2), system = $3, timeline = $4";
const USE_UP: &str = "UPDATE account SET used = 9223372036854775807, claims = '', \
    before = CASE WHEN octet_length(claims) = 0 THEN before ELSE substring(claims FROM octet_length(claims) - 7) END \
    WHERE day = 0 AND kind = ANY($1::smallint[])";
/// No version comes twice, even if some were given out after the copy was made.
const SKIP_VERSIONS: &str =
    "SELECT setval('record_version', nextval('record_version') + 4294967296)";
const FORGET_RECORDS: &str = "DELETE FROM record WHERE until IS NOT NULL AND until <= extract(epoch FROM now())::bigint - $1";
const ALONE: &str =
    "SELECT pg_try_advisory_lock(hashtextextended('milagro ledger ' || current_schema(), 0))";
const MIGRATE: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('milagro schema ' || current_schema(), 0))";
