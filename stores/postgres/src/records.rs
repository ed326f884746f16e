//! The records' trait.

use deadpool_postgres::Object;
use milagro_ledger::records::{Entry, Page, Put, Record, Version};
use milagro_ledger::{Answer, Kind, Records, Unavailable};
use milagro_store::keys;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::columns::{byte, signed, unsigned};
use crate::failure::Failure;
use crate::open::Postgres;
use crate::question::Question;

impl Records for Postgres {
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>> {
        Box::pin(self.link.ask(Get { kind, keys }))
    }

    fn put<'a>(&'a self, entry: Entry<'a>) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(async move {
            if !entry.is_in_bounds() {
                return Err(Unavailable);
            }
            self.link.ask_only_once(Write(entry)).await
        })
    }

    fn delete<'a>(
        &'a self,
        kind: Kind,
        key: &'a [u8],
        expected: Version,
    ) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(self.link.ask_only_once(Delete {
            kind,
            key,
            expected,
        }))
    }

    fn list<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a [u8],
        after: &'a [u8],
        limit: u16,
    ) -> Answer<'a, Result<Page, Unavailable>> {
        Box::pin(self.link.ask(List {
            kind,
            prefix,
            after,
            limit,
        }))
    }
}

struct Get<'a> {
    kind: Kind,
    keys: &'a [&'a [u8]],
}

impl Question for Get<'_> {
    type Answer = Vec<Option<Record>>;

    fn size(&self) -> usize {
        self.keys.len()
    }

    async fn ask(&self, client: &mut Object) -> Result<Vec<Option<Record>>, Failure> {
        let statement = client.prepare_cached(GET).await?;
        let rows = client
            .query(&statement, &[&byte(self.kind), &self.keys])
            .await?;
        let read = |row: &Row| -> Result<Option<Record>, Failure> {
            let value: Option<Vec<u8>> = row.try_get(0)?;
            let version: Option<i64> = row.try_get(1)?;
            Ok(value.zip(version).map(|(value, number)| Record {
                value,
                version: version_of(number),
            }))
        };
        rows.iter().map(read).collect()
    }
}

struct Write<'a>(Entry<'a>);

impl Question for Write<'_> {
    type Answer = Put;

    fn size(&self) -> usize {
        1
    }

    async fn ask(&self, client: &mut Object) -> Result<Put, Failure> {
        let entry = self.0;
        let kind = byte(entry.kind);
        let until = entry.until.map(|until| signed(until.get()));
        let expected = entry.expected.map(number_of);
        let mut parameters: Vec<&(dyn ToSql + Sync)> =
            vec![&kind, &entry.key, &entry.value, &until];
        let sql = match &expected {
            None => CREATE,
            Some(expected) => {
                parameters.push(expected);
                REPLACE
            }
        };
        let statement = client.prepare_cached(sql).await?;
        match client.query_opt(&statement, &parameters).await? {
            Some(row) => Ok(Put::Stored(version_of(row.try_get(0)?))),
            None => conflict(client, entry.kind, entry.key).await,
        }
    }
}

struct Delete<'a> {
    kind: Kind,
    key: &'a [u8],
    expected: Version,
}

impl Question for Delete<'_> {
    type Answer = Put;

    fn size(&self) -> usize {
        1
    }

    async fn ask(&self, client: &mut Object) -> Result<Put, Failure> {
        let statement = client.prepare_cached(DELETE).await?;
        let expected = number_of(self.expected);
        let parameters: [&(dyn ToSql + Sync); 3] = [&byte(self.kind), &self.key, &expected];
        if client.execute(&statement, &parameters).await? > 0 {
            return Ok(Put::Stored(self.expected));
        }
        conflict(client, self.kind, self.key).await
    }
}

struct List<'a> {
    kind: Kind,
    prefix: &'a [u8],
    after: &'a [u8],
    limit: u16,
}

impl Question for List<'_> {
    type Answer = Page;

    fn size(&self) -> usize {
        usize::from(self.limit)
    }

    async fn ask(&self, client: &mut Object) -> Result<Page, Failure> {
        let statement = client.prepare_cached(LIST).await?;
        let end = keys::end_of(self.prefix);
        let one_more = i64::from(self.limit) + 1;
        let parameters: [&(dyn ToSql + Sync); 5] =
            [&byte(self.kind), &self.prefix, &end, &self.after, &one_more];
        let rows = client.query(&statement, &parameters).await?;
        let most = usize::from(self.limit);
        let keys = rows.iter().take(most).map(|row| row.try_get(0));
        Ok(Page {
            keys: keys.collect::<Result<_, _>>()?,
            more: rows.len() > most,
        })
    }
}

/// What is there instead. By now it may be what was expected, but it was not when it mattered.
async fn conflict(client: &Object, kind: Kind, key: &[u8]) -> Result<Put, Failure> {
    let statement = client.prepare_cached(VERSION).await?;
    let row = client.query_opt(&statement, &[&byte(kind), &key]).await?;
    let version = row.map(|row| row.try_get(0)).transpose()?;
    Ok(Put::Conflict(version.map(version_of)))
}

fn version_of(number: i64) -> Version {
    Version(unsigned(number))
}

/// A version that no record has where the database cannot count so far.
fn number_of(version: Version) -> i64 {
    i64::try_from(version.0).unwrap_or(-1)
}

const GET: &str = "SELECT r.value, r.version FROM unnest($2::bytea[]) WITH ORDINALITY AS u(key, place) \
    LEFT JOIN record AS r ON r.kind = $1 AND r.key = u.key ORDER BY u.place";
const CREATE: &str = "INSERT INTO record (kind, key, value, version, until) \
    VALUES ($1, $2, $3, nextval('record_version'), $4) ON CONFLICT (kind, key) DO NOTHING RETURNING version";
const REPLACE: &str = "UPDATE record SET value = $3, version = nextval('record_version'), until = $4 \
    WHERE kind = $1 AND key = $2 AND version = $5 RETURNING version";
const DELETE: &str = "DELETE FROM record WHERE kind = $1 AND key = $2 AND version = $3";
const VERSION: &str = "SELECT version FROM record WHERE kind = $1 AND key = $2";
const LIST: &str = "SELECT key FROM record WHERE kind = $1 AND key >= $2 AND ($3::bytea IS NULL OR key < $3) \
    AND key > $4 ORDER BY key LIMIT $5";
