//! What a store knows of itself: its name, its birth, how far it has come, and the latest time of each kind.

use alloc::collections::BTreeMap;

use milagro_base::Seconds;
use milagro_ledger::rules::floor;
use milagro_ledger::{Kind, LedgerId};
use redb::{ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};

use crate::error::OpenError;

const NAME: TableDefinition<'_, u8, &[u8; 32]> = TableDefinition::new("name");
const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("numbers");
const LATEST: TableDefinition<'_, u8, u64> = TableDefinition::new("latest");

const FORMAT: u64 = 1;

/// What a store knows of itself.
#[derive(Clone, Debug)]
pub(crate) struct Meta {
    pub(crate) id: LedgerId,
    pub(crate) birth: Seconds,
    /// Grows with every commit.
    pub(crate) sequence: u64,
    /// The version that the next record gets.
    pub(crate) version: u64,
    /// The latest time that a charge of the kind came with.
    latest: BTreeMap<Kind, Seconds>,
}

impl Meta {
    pub(crate) const fn new(id: LedgerId, birth: Seconds) -> Self {
        Self {
            id,
            birth,
            sequence: 0,
            version: 1,
            latest: BTreeMap::new(),
        }
    }

    pub(crate) fn read(transaction: &WriteTransaction) -> Result<Self, OpenError> {
        let name = transaction.open_table(NAME).map_err(redb::Error::from)?;
        let numbers = transaction.open_table(NUMBERS).map_err(redb::Error::from)?;
        let times = transaction.open_table(LATEST).map_err(redb::Error::from)?;
        Self::of(&name, &numbers, &times)
    }

    /// Without a transaction that could change anything.
    pub(crate) fn look(transaction: &ReadTransaction) -> Result<Self, OpenError> {
        let name = transaction.open_table(NAME).map_err(redb::Error::from)?;
        let numbers = transaction.open_table(NUMBERS).map_err(redb::Error::from)?;
        let times = transaction.open_table(LATEST).map_err(redb::Error::from)?;
        Self::of(&name, &numbers, &times)
    }

    fn of(
        name: &impl ReadableTable<u8, &'static [u8; 32]>,
        numbers: &impl ReadableTable<&'static str, u64>,
        times: &impl ReadableTable<u8, u64>,
    ) -> Result<Self, OpenError> {
        let number = |name| match numbers.get(name) {
            Ok(Some(value)) => Ok(value.value()),
            Ok(None) => Err(OpenError::NotAStore),
            Err(error) => Err(redb::Error::from(error).into()),
        };
        if number("format")? != FORMAT {
            return Err(OpenError::NotAStore);
        }
        let id = name.get(0).map_err(redb::Error::from)?;
        let id = id.ok_or(OpenError::NotAStore)?;
        let id = LedgerId::from_bytes(*id.value());
        let mut latest = BTreeMap::new();
        for row in times.iter().map_err(redb::Error::from)? {
            let (kind, time) = row.map_err(redb::Error::from)?;
            latest.insert(Kind::new(kind.value()), Seconds::new(time.value()));
        }
        Ok(Self {
            id,
            birth: Seconds::new(number("birth")?),
            sequence: number("sequence")?,
            version: number("version")?,
            latest,
        })
    }

    pub(crate) fn write(&self, transaction: &WriteTransaction) -> Result<(), redb::Error> {
        let mut name = transaction.open_table(NAME)?;
        name.insert(0, &self.id.to_bytes())?;
        let mut numbers = transaction.open_table(NUMBERS)?;
        numbers.insert("format", FORMAT)?;
        numbers.insert("birth", self.birth.get())?;
        numbers.insert("sequence", self.sequence)?;
        numbers.insert("version", self.version)?;
        let mut times = transaction.open_table(LATEST)?;
        for (kind, time) in &self.latest {
            times.insert(kind.to_byte(), time.get())?;
        }
        Ok(())
    }

    /// Notes that a charge of the kind came at a time, and returns the kind's floor.
    pub(crate) fn see(&mut self, kind: Kind, now: Seconds) -> Seconds {
        let latest = self.latest.entry(kind).or_default();
        *latest = now.max(*latest);
        floor(*latest)
    }

    /// What of a kind may be forgotten.
    pub(crate) fn floor_of(&self, kind: Kind) -> Seconds {
        self.latest.get(&kind).copied().map_or(Seconds::ZERO, floor)
    }

    /// The latest time of all kinds.
    pub(crate) fn latest(&self) -> Seconds {
        self.latest.values().copied().max().unwrap_or_default()
    }
}
