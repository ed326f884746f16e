//! Tables for days: made ahead, and dropped whole.

use core::sync::atomic::Ordering;
use deadpool_postgres::Object;
use milagro_ledger::rules;
use milagro_store::Event;
use tokio_postgres::IsolationLevel;

use crate::columns::{DAY, end_of, signed, unsigned};
use crate::failure::Failure;
use crate::link::Shared;

/// What became of days that were asked for.
#[derive(Debug)]
pub(crate) struct Made {
    /// There are too many tables to make one for these.
    pub(crate) full: Vec<i32>,
}

/// Makes the tables of these days, where they are missing. One that is worthless as a whole is not made again: what
/// belongs there is over.
pub(crate) async fn make(
    client: &mut Object,
    shared: &Shared,
    days: &[i32],
) -> Result<Made, Failure> {
    // What others have made while this waited for them has to be seen, however all else is isolated.
    let transaction = client.build_transaction();
    let transaction = transaction.isolation_level(IsolationLevel::ReadCommitted);
    let transaction = transaction.start().await?;
    transaction.execute(ONE_AT_A_TIME, &[]).await?;
    let row = transaction.query_one(STATE, &[]).await?;
    let forgotten = unsigned(row.try_get(0)?);
    let there: Vec<i32> = row.try_get(1)?;
    let mut made = Made { full: Vec::new() };
    let mut usable = Vec::new();
    let mut count = there.len();
    for &day in days {
        let is_over = end_of(day).is_some_and(|end| end <= forgotten.saturating_add(1));
        if there.contains(&day) {
            usable.push(day);
        } else if !is_over && count >= TABLES {
            made.full.push(day);
        } else if !is_over {
            // Attaching a table that was made alone keeps nobody from charging meanwhile.
            let end = i64::from(day) + 1;
            let sql = format!(
                "CREATE TABLE IF NOT EXISTS account_{day} (LIKE account INCLUDING ALL); \
                 ALTER TABLE account ATTACH PARTITION account_{day} FOR VALUES FROM ({day}) TO ({end})"
            );
            transaction.batch_execute(&sql).await?;
            usable.push(day);
            count += 1;
        }
    }
    transaction.commit().await?;
    shared.forgotten.fetch_max(forgotten, Ordering::Relaxed);
    shared.days().extend(usable);
    Ok(made)
}

/// Drops the tables of days that were over 48 hours ago by the server's clock. First the ledger learns that it has
/// forgotten them.
pub(crate) async fn forget(client: &Object, shared: &Shared) -> Result<(), Failure> {
    let kept = signed(rules::KEPT.get());
    let row = client.query_one(OLD, &[&kept]).await?;
    let (old, now): (Vec<i32>, i64) = (row.try_get(0)?, row.try_get(1)?);
    let floor = unsigned(now).saturating_sub(rules::KEPT.get());
    for day in old {
        let Some(end) = end_of(day).filter(|end| *end <= floor) else {
            continue;
        };
        client.execute(FORGOTTEN, &[&signed(end - 1)]).await?;
        shared.forgotten.fetch_max(end - 1, Ordering::Relaxed);
        drop_table(client, day).await?;
        shared.days().remove(&day);
        let day = end / DAY - 1;
        shared.observer.observe(&Event::Forgot { day });
    }
    Ok(())
}

/// Without keeping anybody from charging other days. It is taken up again where it was interrupted.
async fn drop_table(client: &Object, day: i32) -> Result<(), Failure> {
    let row = client
        .query_opt(ATTACHED, &[&format!("account_{day}")])
        .await?;
    let pending = row.map(|row| row.try_get::<_, bool>(0)).transpose()?;
    let how = match pending {
        Some(false) => Some("CONCURRENTLY"),
        Some(true) => Some("FINALIZE"),
        None => None,
    };
    if let Some(how) = how {
        let sql = format!("ALTER TABLE account DETACH PARTITION account_{day} {how}");
        client.batch_execute(&sql).await?;
    }
    let sql = format!("DROP TABLE IF EXISTS account_{day}");
    Ok(client.batch_execute(&sql).await?)
}

/// Days that a database has tables for. A query plans with all of them.
const TABLES: usize = 1000;

const ONE_AT_A_TIME: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('milagro days ' || current_schema(), 0))";
const STATE: &str = "SELECT forgotten, ARRAY(SELECT substring(c.relname FROM '^account_([0-9]+)$')::int \
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
    WHERE i.inhparent = 'account'::regclass AND NOT i.inhdetachpending AND c.relname ~ '^account_[0-9]+$') \
    FROM ledger";
/// Tables that were detached and not dropped, too.
const OLD: &str = "SELECT ARRAY(SELECT substring(relname FROM '^account_([0-9]+)$')::int AS day FROM pg_class \
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname ~ '^account_[0-9]+$' \
    AND (substring(relname FROM '^account_([0-9]+)$')::bigint) * 86400 <= extract(epoch FROM now())::bigint - $1 \
    ORDER BY day), extract(epoch FROM now())::bigint";
const FORGOTTEN: &str = "UPDATE ledger SET forgotten = $1 WHERE forgotten < $1";
const ATTACHED: &str = "SELECT i.inhdetachpending FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
    WHERE i.inhparent = 'account'::regclass AND c.relname = $1";
