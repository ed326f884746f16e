//! Accounts under a lock: for what the one statement does not decide, and for what is given back.

use std::collections::{BTreeMap, BTreeSet};

use deadpool_postgres::{Object, Transaction};
use milagro_base::Seconds;
use milagro_ledger::{Account, Charge, Kind, Life, Verdict, rules};
use milagro_store::Tally;

use crate::columns::{day, signed, unsigned};
use crate::failure::Failure;
use crate::link::Shared;

/// Decides charges one by one, in order, while nobody else can charge their accounts.
pub(crate) async fn settle(
    client: &mut Object,
    shared: &Shared,
    now: Seconds,
    charges: &[Charge],
) -> Result<Vec<Verdict>, Failure> {
    let transaction = client.transaction().await?;
    let accounts: Vec<&Account> = charges.iter().map(|charge| &charge.account).collect();
    let mut locked = Locked::new(transaction, &accounts).await?;
    let floors = Floors::read(&locked.transaction, &accounts).await?;
    let decide = |charge: &Charge| {
        if floors.are_over(&charge.account, shared.birth) {
            return Verdict::Over;
        }
        // As far as the database can count.
        let limit = unsigned(signed(charge.limit));
        let charge = Charge { limit, ..*charge };
        locked.change(&charge.account, |tally| Tally::charge(tally, now, &charge))
    };
    let verdicts = charges.iter().map(decide).collect();
    locked.write().await?;
    Ok(verdicts)
}

/// Takes charges back.
pub(crate) async fn refund(client: &mut Object, charges: &[Charge]) -> Result<(), Failure> {
    let transaction = client.transaction().await?;
    let accounts: Vec<&Account> = charges.iter().map(|charge| &charge.account).collect();
    let mut locked = Locked::new(transaction, &accounts).await?;
    for charge in charges {
        locked.change(&charge.account, |account| {
            if let Some(tally) = account {
                tally.refund(charge);
            }
            if account.as_ref().is_some_and(Tally::is_zero) {
                *account = None;
            }
        });
    }
    locked.write().await
}

/// Accounts whose rows nobody else can change before the transaction ends.
struct Locked<'c> {
    transaction: Transaction<'c>,
    rows: BTreeMap<[u8; 32], Row>,
}

struct Row {
    day: i32,
    kind: Kind,
    before: Option<Tally>,
    after: Option<Tally>,
}

impl<'c> Locked<'c> {
    /// Rows are locked in the order of their keys, as everywhere. Where there is no row there is no lock.
    async fn new(transaction: Transaction<'c>, accounts: &[&Account]) -> Result<Self, Failure> {
        let mut rows = BTreeMap::new();
        for account in accounts {
            rows.insert(*account.hash(), Row::absent(account));
        }
        let days: Vec<i32> = rows.values().map(|row| row.day).collect();
        let hashes: Vec<&[u8]> = rows.keys().map(|hash| &hash[..]).collect();
        let distinct: Vec<i32> = BTreeSet::from_iter(days.iter().copied())
            .into_iter()
            .collect();
        let statement = transaction.prepare_cached(LOCK).await?;
        let found = transaction
            .query(&statement, &[&days, &hashes, &distinct])
            .await?;
        for row in found {
            let hash: &[u8] = row.try_get(0)?;
            let (used, last): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
            let tally = Tally::from_parts(unsigned(used), unsigned(last), row.try_get(3)?)
                .map_err(|_damaged| Failure::Refused)?;
            if let Some(row) = rows.get_mut(hash) {
                row.before = Some(tally.clone());
                row.after = Some(tally);
            }
        }
        Ok(Self { transaction, rows })
    }

    /// Changes one account in memory. It is one of those that were locked.
    fn change<T>(&mut self, account: &Account, change: impl FnOnce(&mut Option<Tally>) -> T) -> T {
        let row = self.rows.entry(*account.hash());
        change(&mut row.or_insert_with(|| Row::absent(account)).after)
    }

    /// Writes what has changed, and ends the transaction.
    async fn write(self) -> Result<(), Failure> {
        let changed = || self.rows.iter().filter(|(_, row)| row.before != row.after);
        let removed = changed().filter(|(_, row)| row.after.is_none());
        let (gone, kept): (Vec<_>, Vec<_>) = (
            removed.collect(),
            changed().filter(|(_, row)| row.before.is_some()).collect(),
        );
        self.delete(&gone).await?;
        self.update(&kept).await?;
        let new: Vec<_> = changed().filter(|(_, row)| row.before.is_none()).collect();
        self.insert(&new).await?;
        Ok(self.transaction.commit().await?)
    }

    async fn delete(&self, rows: &[(&[u8; 32], &Row)]) -> Result<(), Failure> {
        if rows.is_empty() {
            return Ok(());
        }
        let (days, hashes) = keys(rows);
        let statement = self.transaction.prepare_cached(DELETE).await?;
        self.transaction
            .execute(&statement, &[&days, &hashes])
            .await?;
        Ok(())
    }

    async fn update(&self, rows: &[(&[u8; 32], &Row)]) -> Result<(), Failure> {
        let rows: Vec<_> = rows
            .iter()
            .filter(|(_, row)| row.after.is_some())
            .copied()
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        let (days, hashes) = keys(&rows);
        let Values { used, last, claims } = Values::new(&rows);
        let statement = self.transaction.prepare_cached(UPDATE).await?;
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
            [&days, &hashes, &used, &last, &claims];
        self.transaction.execute(&statement, &parameters).await?;
        Ok(())
    }

    /// A row that somebody else has inserted since is not locked: then all of it is done again.
    async fn insert(&self, rows: &[(&[u8; 32], &Row)]) -> Result<(), Failure> {
        if rows.is_empty() {
            return Ok(());
        }
        let (days, hashes) = keys(rows);
        let kinds: Vec<i16> = rows
            .iter()
            .map(|(_, row)| i16::from(row.kind.to_byte()))
            .collect();
        let Values { used, last, claims } = Values::new(rows);
        let statement = self.transaction.prepare_cached(INSERT).await?;
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&days, &hashes, &kinds, &used, &last, &claims];
        let count = self.transaction.execute(&statement, &parameters).await?;
        if usize::try_from(count).is_ok_and(|count| count == rows.len()) {
            Ok(())
        } else {
            Err(Failure::Collision)
        }
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
    last: Vec<i64>,
    claims: Vec<Vec<u8>>,
}

impl Values {
    fn new(rows: &[(&[u8; 32], &Row)]) -> Self {
        let mut values = Self::default();
        for tally in rows.iter().filter_map(|(_, row)| row.after.as_ref()) {
            values.used.push(signed(tally.used()));
            values.last.push(signed(tally.last().get()));
            values.claims.push(tally.claims());
        }
        values
    }
}

fn keys<'r>(rows: &[(&'r [u8; 32], &Row)]) -> (Vec<i32>, Vec<&'r [u8]>) {
    rows.iter().map(|(hash, row)| (row.day, &hash[..])).unzip()
}

/// What was worthless by then may have been forgotten.
struct Floors {
    forgotten: Seconds,
    seen: BTreeMap<i16, Seconds>,
}

impl Floors {
    /// Asked after the rows are locked, so that nothing is forgotten in between without a trace.
    async fn read(transaction: &Transaction<'_>, accounts: &[&Account]) -> Result<Self, Failure> {
        let kinds: BTreeSet<i16> = accounts
            .iter()
            .map(|account| i16::from(account.kind().to_byte()))
            .collect();
        let kinds: Vec<i16> = kinds.into_iter().collect();
        let statement = transaction.prepare_cached(FLOORS).await?;
        let mut floors = Self {
            forgotten: Seconds::ZERO,
            seen: BTreeMap::new(),
        };
        for row in transaction.query(&statement, &[&kinds]).await? {
            floors.forgotten = Seconds::new(unsigned(row.try_get(0)?));
            if let Some(kind) = row.try_get(1)? {
                let latest = Seconds::new(unsigned(row.try_get(2)?));
                floors.seen.insert(kind, latest);
            }
        }
        Ok(floors)
    }

    fn are_over(&self, account: &Account, birth: Seconds) -> bool {
        let Life::Span { from, until } = account.life() else {
            return false;
        };
        let seen = self.seen.get(&i16::from(account.kind().to_byte()));
        let floor = rules::floor(seen.copied().unwrap_or_default()).max(self.forgotten);
        until <= floor || from.is_some_and(|from| from <= birth)
    }
}

const LOCK: &str = "SELECT t.hash, t.used, t.last, t.claims \
    FROM unnest($1::int[], $2::bytea[]) AS u(day, hash) \
    JOIN account AS t ON t.day = u.day AND t.hash = u.hash \
    WHERE t.day = ANY($3::int[]) ORDER BY t.day, t.hash FOR UPDATE OF t";
const FLOORS: &str = "SELECT ledger.forgotten, seen.kind, seen.latest FROM ledger \
    LEFT JOIN seen ON seen.kind = ANY($1::smallint[])";
const DELETE: &str = "DELETE FROM account AS t USING unnest($1::int[], $2::bytea[]) AS u(day, hash) \
    WHERE t.day = u.day AND t.hash = u.hash AND t.day = ANY($1::int[])";
const UPDATE: &str = "UPDATE account AS t SET used = u.used, last = u.last, claims = u.claims \
    FROM unnest($1::int[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bytea[]) AS u(day, hash, used, last, claims) \
    WHERE t.day = u.day AND t.hash = u.hash AND t.day = ANY($1::int[])";
const INSERT: &str = "INSERT INTO account (day, hash, kind, used, last, limit_, claims) \
    SELECT u.day, u.hash, u.kind, u.used, u.last, 0, u.claims \
    FROM unnest($1::int[], $2::bytea[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bytea[]) \
        AS u(day, hash, kind, used, last, claims) \
    ORDER BY u.day, u.hash ON CONFLICT (day, hash) DO NOTHING";
