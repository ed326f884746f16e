//! Rows of accounts: read, changed in memory, written.

use alloc::collections::{BTreeMap, BTreeSet};
use deadpool_postgres::{GenericClient, Transaction};
use milagro_ledger::{Account, Kind};
use milagro_store::Tally;
use tokio_postgres::types::ToSql;

use crate::columns::{byte, day, signed, unsigned};
use crate::failure::Failure;

/// The rows of some accounts, as they were read and as they are to be.
pub(crate) struct Rows(BTreeMap<[u8; 32], Row>);

struct Row {
    day: i32,
    kind: Kind,
    before: Option<Tally>,
    after: Option<Tally>,
}

impl Rows {
    /// Reads rows and locks nothing.
    pub(crate) async fn look<C: GenericClient + Sync>(
        client: &C,
        accounts: &[&Account],
    ) -> Result<Self, Failure> {
        Self::read(client, LOOK, accounts).await
    }

    /// Reads rows that nobody else can change before the transaction ends. They are locked in the order of their
    /// keys, as everywhere. Where there is no row there is no lock.
    pub(crate) async fn lock(
        transaction: &Transaction<'_>,
        accounts: &[&Account],
    ) -> Result<Self, Failure> {
        Self::read(transaction, LOCK, accounts).await
    }

    /// Changes one account in memory. It is one of those that were read.
    pub(crate) fn change<T>(
        &mut self,
        account: &Account,
        change: impl FnOnce(&mut Option<Tally>) -> T,
    ) -> T {
        let row = self.0.entry(*account.hash());
        change(&mut row.or_insert_with(|| Row::absent(account)).after)
    }

    /// Whether an account is to be as it was read.
    pub(crate) fn is_unchanged(&self, account: &Account) -> bool {
        let row = self.0.get(account.hash());
        row.is_none_or(|row| row.before == row.after)
    }

    /// Writes what has changed.
    pub(crate) async fn write(&self, transaction: &Transaction<'_>) -> Result<(), Failure> {
        let changed = self.0.iter().filter(|(_, row)| row.before != row.after);
        let (new, known): (Vec<_>, Vec<_>) = changed.partition(|(_, row)| row.before.is_none());
        let (gone, other): (Vec<_>, Vec<_>) =
            known.into_iter().partition(|(_, row)| row.after.is_none());
        delete(transaction, &gone).await?;
        update(transaction, &other).await?;
        insert(transaction, &new).await
    }

    async fn read<C: GenericClient + Sync>(
        client: &C,
        sql: &str,
        accounts: &[&Account],
    ) -> Result<Self, Failure> {
        let mut rows = BTreeMap::new();
        for account in accounts {
            rows.insert(*account.hash(), Row::absent(account));
        }
        let days: Vec<i32> = rows.values().map(|row| row.day).collect();
        let hashes: Vec<&[u8]> = rows.keys().map(|hash| &hash[..]).collect();
        let distinct: Vec<i32> = days
            .iter()
            .copied()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let statement = client.prepare_cached(sql).await?;
        let found = client
            .query(&statement, &[&days, &hashes, &distinct])
            .await?;
        for row in found {
            let hash: &[u8] = row.try_get(0)?;
            let tally =
                Tally::from_parts(unsigned(row.try_get(1)?), row.try_get(2)?, row.try_get(3)?)
                    .map_err(|damaged| Failure::Refused(damaged.to_string()))?;
            if let Some(row) = rows.get_mut(hash) {
                row.before = Some(tally.clone());
                row.after = Some(tally);
            }
        }
        Ok(Self(rows))
    }
}

async fn delete(transaction: &Transaction<'_>, rows: &[(&[u8; 32], &Row)]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let (days, hashes) = keys(rows);
    let statement = transaction.prepare_cached(DELETE).await?;
    transaction.execute(&statement, &[&days, &hashes]).await?;
    Ok(())
}

async fn update(transaction: &Transaction<'_>, rows: &[(&[u8; 32], &Row)]) -> Result<(), Failure> {
    let rows: Vec<_> = rows
        .iter()
        .filter(|(_, row)| row.after.is_some())
        .copied()
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let (days, hashes) = keys(&rows);
    let Values {
        used,
        before,
        claims,
    } = Values::new(&rows);
    let statement = transaction.prepare_cached(UPDATE).await?;
    let parameters: [&(dyn ToSql + Sync); 5] = [&days, &hashes, &used, &before, &claims];
    transaction.execute(&statement, &parameters).await?;
    Ok(())
}

/// A row that somebody else has inserted since is not locked: then all of it is done again.
async fn insert(transaction: &Transaction<'_>, rows: &[(&[u8; 32], &Row)]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let (days, hashes) = keys(rows);
    let kinds: Vec<i16> = rows.iter().map(|(_, row)| byte(row.kind)).collect();
    let Values {
        used,
        before,
        claims,
    } = Values::new(rows);
    let statement = transaction.prepare_cached(INSERT).await?;
    let parameters: [&(dyn ToSql + Sync); 6] = [&days, &hashes, &kinds, &used, &before, &claims];
    let count = transaction.execute(&statement, &parameters).await?;
    if usize::try_from(count).is_ok_and(|count| count == rows.len()) {
        Ok(())
    } else {
        Err(Failure::Collision)
    }
}

impl Row {
    fn absent(account: &Account) -> Self {
        Self {
            day: day(account),
            kind: account.kind(),
            before: None,
            after: None,
        }
    }
}

/// The columns of rows that there are.
#[derive(Default)]
struct Values {
    used: Vec<i64>,
    before: Vec<Option<Vec<u8>>>,
    claims: Vec<Vec<u8>>,
}

impl Values {
    fn new(rows: &[(&[u8; 32], &Row)]) -> Self {
        let mut values = Self::default();
        for tally in rows.iter().filter_map(|(_, row)| row.after.as_ref()) {
            values.used.push(signed(tally.used()));
            let before = tally.before().map(|time| time.to_bytes().to_vec());
            values.before.push(before);
            values.claims.push(tally.claims());
        }
        values
    }
}

fn keys<'r>(rows: &[(&'r [u8; 32], &Row)]) -> (Vec<i32>, Vec<&'r [u8]>) {
    rows.iter().map(|(hash, row)| (row.day, &hash[..])).unzip()
}

const LOOK: &str = "SELECT t.hash, t.used, t.before, t.claims \
    FROM unnest($1::int[], $2::bytea[]) AS u(day, hash) \
    JOIN account AS t ON t.day = u.day AND t.hash = u.hash WHERE t.day = ANY($3::int[])";
const LOCK: &str = "SELECT t.hash, t.used, t.before, t.claims \
    FROM unnest($1::int[], $2::bytea[]) AS u(day, hash) \
    JOIN account AS t ON t.day = u.day AND t.hash = u.hash \
    WHERE t.day = ANY($3::int[]) ORDER BY t.day, t.hash FOR UPDATE OF t";
const DELETE: &str = "DELETE FROM account AS t USING unnest($1::int[], $2::bytea[]) AS u(day, hash) \
    WHERE t.day = u.day AND t.hash = u.hash AND t.day = ANY($1::int[])";
const UPDATE: &str = "UPDATE account AS t SET used = u.used, before = u.before, claims = u.claims \
    FROM unnest($1::int[], $2::bytea[], $3::bigint[], $4::bytea[], $5::bytea[]) \
        AS u(day, hash, used, before, claims) \
    WHERE t.day = u.day AND t.hash = u.hash AND t.day = ANY($1::int[])";
const INSERT: &str = "INSERT INTO account (day, hash, kind, used, limit_, before, claims) \
    SELECT u.day, u.hash, u.kind, u.used, 0, u.before, u.claims \
    FROM unnest($1::int[], $2::bytea[], $3::smallint[], $4::bigint[], $5::bytea[], $6::bytea[]) \
        AS u(day, hash, kind, used, before, claims) \
    ORDER BY u.day, u.hash ON CONFLICT (day, hash) DO NOTHING";
