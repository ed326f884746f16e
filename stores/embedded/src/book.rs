//! Charges in a transaction.
//!
//! Lasting accounts stand in one table a kind. Accounts with a span stand in one table for each kind and day of
//! their end, which is dropped whole once all that it holds is worthless for 48 hours.

use alloc::collections::BTreeSet;

use milagro_base::Seconds;
use milagro_ledger::tally::Tally;
use milagro_ledger::{Account, Charge, Kind, Life, Usage, Verdict};
use redb::{
    ReadableTable as _, ReadableTableMetadata as _, TableDefinition, TableHandle as _,
    WriteTransaction,
};

use crate::meta::Meta;

const DAY: u64 = 86_400;

type Definition<'a> = TableDefinition<'a, &'static [u8; 32], &'static [u8]>;

/// The accounts, in a transaction that is not committed yet.
pub(crate) struct Book<'a> {
    pub(crate) transaction: &'a WriteTransaction,
    pub(crate) meta: &'a mut Meta,
    pub(crate) room: &'a mut Room,
}

/// How many accounts there are, and may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) accounts: u64,
    pub(crate) most: u64,
}

/// The table of a kind and a life.
fn table_of(kind: Kind, life: Life) -> String {
    match life {
        Life::Lasting => format!("lasting/{:03}", kind.to_byte()),
        Life::Span { until, .. } => format!("span/{:03}/{:020}", kind.to_byte(), until.get() / DAY),
    }
}

/// Kind and day of a table of spans.
fn span_of(table: &str) -> Option<(Kind, u64)> {
    let (kind, day) = table.strip_prefix("span/")?.split_once('/')?;
    Some((Kind::new(kind.parse().ok()?), day.parse().ok()?))
}

impl Book<'_> {
    /// Counts one charge.
    pub(crate) fn charge(&mut self, now: Seconds, charge: &Charge) -> Result<Verdict, redb::Error> {
        let (kind, life) = (charge.account.kind(), charge.account.life());
        let floor = self.meta.see(kind, now);
        if is_over(life, floor, self.meta.birth) {
            return Ok(Verdict::Over);
        }
        let room = *self.room;
        self.with(&charge.account, |tally| {
            let Some(mut tally) = tally else {
                return match Tally::first(now, charge) {
                    Err(refusal) => (refusal, None),
                    Ok(_) if room.accounts >= room.most => (Verdict::Full, None),
                    Ok((tally, grant)) => (Verdict::Granted(grant), Some(tally)),
                };
            };
            let verdict = tally.charge(now, charge);
            (verdict, Some(tally))
        })
    }

    /// Gives back what a charge was granted.
    pub(crate) fn refund(&mut self, charge: &Charge) -> Result<(), redb::Error> {
        self.with(&charge.account, |tally| {
            let tally = tally.map(|mut tally| {
                tally.refund(charge);
                tally
            });
            ((), tally.filter(|tally| !tally.is_zero()))
        })
    }

    /// Forgets an account, if it is a lasting one.
    pub(crate) fn clear(&mut self, account: &Account) -> Result<(), redb::Error> {
        if account.life() != Life::Lasting {
            return Ok(());
        }
        let name = table_of(account.kind(), account.life());
        let mut table = self.transaction.open_table(Definition::new(&name))?;
        let removed = table.remove(account.hash())?.is_some();
        self.room.accounts = self.room.accounts.saturating_sub(u64::from(removed));
        Ok(())
    }

    /// What an account has come to.
    pub(crate) fn usage(&mut self, account: &Account) -> Result<Usage, redb::Error> {
        let name = table_of(account.kind(), account.life());
        let table = self.transaction.open_table(Definition::new(&name))?;
        let bytes = table.get(account.hash())?;
        let tally = bytes.map(|bytes| decode(bytes.value())).transpose()?;
        Ok(tally.map_or_else(Usage::default, |tally| tally.usage()))
    }

    /// Changes one account: what `change` gives back is what it is from now on.
    fn with<T>(
        &mut self,
        account: &Account,
        change: impl FnOnce(Option<Tally>) -> (T, Option<Tally>),
    ) -> Result<T, redb::Error> {
        let name = table_of(account.kind(), account.life());
        let mut table = self.transaction.open_table(Definition::new(&name))?;
        let before = {
            let bytes = table.get(account.hash())?;
            bytes.map(|bytes| decode(bytes.value())).transpose()?
        };
        let (result, after) = change(before.clone());
        match after {
            None if before.is_some() => {
                table.remove(account.hash())?;
                self.room.accounts = self.room.accounts.saturating_sub(1);
            }
            Some(after) if before.as_ref() != Some(&after) => {
                table.insert(account.hash(), after.to_bytes().as_slice())?;
                self.room.accounts += u64::from(before.is_none());
            }
            _ => {}
        }
        Ok(result)
    }

    /// Drops the tables in which nothing counts any more. Returns the days whose accounts went with them.
    pub(crate) fn forget(&mut self) -> Result<BTreeSet<u64>, redb::Error> {
        let (mut forgotten, mut days) = (0, BTreeSet::new());
        for name in names(self.transaction)? {
            let Some((kind, day)) = span_of(&name) else {
                continue;
            };
            // The last second of the day, and one more for `until <= floor`.
            let end = day.saturating_add(1).saturating_mul(DAY);
            if Seconds::new(end) > self.meta.floor_of(kind) {
                continue;
            }
            let definition = Definition::new(&name);
            forgotten += self.transaction.open_table(definition)?.len()?;
            self.transaction.delete_table(definition)?;
            days.insert(day);
        }
        self.room.accounts = self.room.accounts.saturating_sub(forgotten);
        Ok(days)
    }

    /// Counts every lasting account of these kinds as used up.
    pub(crate) fn fill(&mut self, kinds: &[Kind]) -> Result<(), redb::Error> {
        for kind in kinds {
            let name = table_of(*kind, Life::Lasting);
            let mut table = self.transaction.open_table(Definition::new(&name))?;
            let mut filled = Vec::new();
            for row in table.iter()? {
                let (hash, bytes) = row?;
                filled.push((*hash.value(), decode(bytes.value())?.filled()));
            }
            for (hash, tally) in filled {
                table.insert(&hash, tally.to_bytes().as_slice())?;
            }
        }
        Ok(())
    }
}

/// How many accounts a store holds.
pub(crate) fn count(transaction: &WriteTransaction) -> Result<u64, redb::Error> {
    let mut accounts = 0;
    for name in names(transaction)? {
        if name.starts_with("span/") || name.starts_with("lasting/") {
            accounts += transaction.open_table(Definition::new(&name))?.len()?;
        }
    }
    Ok(accounts)
}

fn names(transaction: &WriteTransaction) -> Result<Vec<String>, redb::Error> {
    let tables = transaction.list_tables()?;
    Ok(tables.map(|table| table.name().to_owned()).collect())
}

fn is_over(life: Life, floor: Seconds, birth: Seconds) -> bool {
    match life {
        Life::Lasting => false,
        Life::Span { from, until } => until <= floor || from.is_some_and(|from| from <= birth),
    }
}

fn decode(bytes: &[u8]) -> Result<Tally, redb::Error> {
    Tally::from_bytes(bytes).map_err(|error| redb::Error::Corrupted(error.to_string()))
}
