//! The tables, and how they came about.

use milagro_store::OpenError;
use tokio_postgres::{Error, GenericClient};

/// Brings the tables of a ledger up to this version, in the caller's transaction.
pub(crate) async fn migrate<C: GenericClient + Sync>(client: &C) -> Result<(), OpenError> {
    let version = version(client).await.map_err(unreachable)?;
    let known = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
    if version > known {
        return Err(OpenError::Newer);
    }
    let done = usize::try_from(version).unwrap_or_default();
    for sql in MIGRATIONS.iter().skip(done) {
        client.batch_execute(sql).await.map_err(unreachable)?;
    }
    if version < known {
        let sql = "UPDATE schema_version SET version = $1";
        client.execute(sql, &[&known]).await.map_err(unreachable)?;
    }
    Ok(())
}

/// Which migrations were made; 0 where there is nothing.
pub(crate) async fn version<C: GenericClient + Sync>(client: &C) -> Result<i32, Error> {
    let sql = "SELECT to_regclass(current_schema() || '.schema_version') IS NOT NULL";
    let row = client.query_one(sql, &[]).await?;
    // Without a schema there is no name, and the answer is null.
    if row.try_get::<_, Option<bool>>(0)? != Some(true) {
        return Ok(0);
    }
    let row = client
        .query_one("SELECT version FROM schema_version", &[])
        .await?;
    row.try_get(0)
}

/// The version that this code reads and writes.
pub(crate) fn current() -> i32 {
    i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX)
}

pub(crate) fn unreachable(error: Error) -> OpenError {
    OpenError::Unreachable(error.into())
}

/// Each once, in order. What was released is never changed.
const MIGRATIONS: [&str; 1] = [include_str!("schema/1.sql")];
