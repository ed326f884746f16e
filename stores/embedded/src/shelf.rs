//! Records in a transaction: one table a kind, and one that says what may be forgotten when.

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_ledger::Kind;
use milagro_ledger::records::{Page, Put, Record, Version};
use milagro_ledger::rules::floor;
use redb::{ReadableTable as _, TableDefinition, WriteTransaction};

use crate::meta::Meta;

type Definition<'a> = TableDefinition<'a, &'static [u8], &'static [u8]>;

/// until || kind || key, so that what is worthless first stands first.
const EXPIRY: TableDefinition<'_, &[u8], ()> = TableDefinition::new("expiry");

/// The records, in a transaction that is not committed yet.
pub(crate) struct Shelf<'a> {
    pub(crate) transaction: &'a WriteTransaction,
    pub(crate) meta: &'a mut Meta,
}

/// A record that is to be written.
pub(crate) struct Shelved {
    pub(crate) kind: Kind,
    pub(crate) key: Vec<u8>,
    pub(crate) value: Vec<u8>,
    pub(crate) expected: Option<Version>,
    pub(crate) until: Option<Seconds>,
}

/// A record as it is stored: version (8 bytes), whether it ends (1), its end (8), the value.
struct Stored {
    record: Record,
    until: Option<Seconds>,
}

fn table_of(kind: Kind) -> String {
    format!("records/{:03}", kind.to_byte())
}

fn expiry(until: Seconds, kind: Kind, key: &[u8]) -> Vec<u8> {
    Writer::with_capacity(9 + key.len())
        .seconds(until)
        .u8(kind.to_byte())
        .bytes(key)
        .finish()
}

impl Shelf<'_> {
    pub(crate) fn get(&self, kind: Kind, key: &[u8]) -> Result<Option<Record>, redb::Error> {
        let found = self.read(kind, key)?;
        Ok(found.map(|stored| stored.record))
    }

    pub(crate) fn put(&mut self, entry: &Shelved) -> Result<Put, redb::Error> {
        let before = self.read(entry.kind, &entry.key)?;
        let version = before.as_ref().map(|stored| stored.record.version);
        if version != entry.expected {
            return Ok(Put::Conflict(version));
        }
        self.unlist(entry.kind, &entry.key, before.as_ref())?;
        let version = Version(self.meta.version);
        self.meta.version = self.meta.version.saturating_add(1);
        let bytes = Writer::with_capacity(17 + entry.value.len())
            .u64(version.0)
            .u8(u8::from(entry.until.is_some()))
            .seconds(entry.until.unwrap_or_default())
            .bytes(&entry.value)
            .finish();
        let name = table_of(entry.kind);
        let mut table = self.transaction.open_table(Definition::new(&name))?;
        table.insert(entry.key.as_slice(), bytes.as_slice())?;
        if let Some(until) = entry.until {
            let row = expiry(until, entry.kind, &entry.key);
            self.transaction
                .open_table(EXPIRY)?
                .insert(row.as_slice(), ())?;
        }
        Ok(Put::Stored(version))
    }

    pub(crate) fn delete(
        &mut self,
        kind: Kind,
        key: &[u8],
        expected: Version,
    ) -> Result<Put, redb::Error> {
        let before = self.read(kind, key)?;
        let version = before.as_ref().map(|stored| stored.record.version);
        if version != Some(expected) {
            return Ok(Put::Conflict(version));
        }
        self.unlist(kind, key, before.as_ref())?;
        self.remove(kind, key)?;
        Ok(Put::Stored(expected))
    }

    pub(crate) fn list(
        &self,
        kind: Kind,
        prefix: &[u8],
        after: &[u8],
        limit: u16,
    ) -> Result<Page, redb::Error> {
        let name = table_of(kind);
        let table = self.transaction.open_table(Definition::new(&name))?;
        let start = prefix.max(after);
        let mut keys = Vec::new();
        for row in table.range(start..)? {
            let (key, _) = row?;
            let key = key.value();
            if !key.starts_with(prefix) {
                break;
            }
            if key == after {
                continue;
            }
            if keys.len() >= usize::from(limit) {
                return Ok(Page { keys, more: true });
            }
            keys.push(key.to_vec());
        }
        Ok(Page { keys, more: false })
    }

    /// Drops what is worthless for 48 hours, at most `most` records, and says how many it dropped.
    pub(crate) fn forget(&mut self, most: usize) -> Result<usize, redb::Error> {
        let end = floor(self.meta.latest()).plus(Seconds::new(1)).to_bytes();
        let due: Vec<Vec<u8>> = {
            let table = self.transaction.open_table(EXPIRY)?;
            let rows = table.range(..end.as_slice())?.take(most);
            rows.map(|row| row.map(|(key, _)| key.value().to_vec()))
                .collect::<Result<_, _>>()?
        };
        for row in &due {
            let mut reader = Reader::new(row);
            let fields = reader.seconds().and_then(|_| reader.u8());
            let kind = fields.map_err(corrupted)?;
            let key = reader.bytes(reader.remaining()).map_err(corrupted)?;
            self.remove(Kind::new(kind), key)?;
            self.transaction
                .open_table(EXPIRY)?
                .remove(row.as_slice())?;
        }
        Ok(due.len())
    }

    fn read(&self, kind: Kind, key: &[u8]) -> Result<Option<Stored>, redb::Error> {
        let name = table_of(kind);
        let table = self.transaction.open_table(Definition::new(&name))?;
        let bytes = table.get(key)?;
        let stored = bytes.map(|bytes| Stored::from_bytes(bytes.value()));
        stored.transpose().map_err(corrupted)
    }

    fn remove(&self, kind: Kind, key: &[u8]) -> Result<(), redb::Error> {
        let name = table_of(kind);
        let mut table = self.transaction.open_table(Definition::new(&name))?;
        table.remove(key)?;
        Ok(())
    }

    fn unlist(&self, kind: Kind, key: &[u8], stored: Option<&Stored>) -> Result<(), redb::Error> {
        let Some(until) = stored.and_then(|stored| stored.until) else {
            return Ok(());
        };
        let row = expiry(until, kind, key);
        self.transaction
            .open_table(EXPIRY)?
            .remove(row.as_slice())?;
        Ok(())
    }
}

impl Stored {
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = Version(reader.u64()?);
        let (ends, until) = (reader.u8()?, reader.seconds()?);
        let value = reader.bytes(reader.remaining())?.to_vec();
        Ok(Self {
            record: Record { value, version },
            until: (ends != 0).then_some(until),
        })
    }
}

fn corrupted(error: DecodeError) -> redb::Error {
    redb::Error::Corrupted(error.to_string())
}
