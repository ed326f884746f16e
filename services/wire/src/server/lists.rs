//! The last revocation list of each domain: in pieces in the records, and in memory.

mod named;

use alloc::sync::Arc;
use core::fmt;

use milagro_base::Writer;
use milagro_dta::grants::RegistrarPublicKey;
use milagro_dta::permits::{ListMark, ListRejected, RevocationList, SignedList};
use milagro_ledger::records::{Entry, Put, Version};
use milagro_ledger::{Kind, Records, Unavailable};
use milagro_mpin::TrustDomainId;
use tokio::sync::{Mutex, RwLock};

use crate::name::Name;
use crate::problem::{Problem, ProblemType};
use crate::server::lists::named::Named;

/// Bytes of a piece.
const PIECE: usize = 1 << 19;

/// The last list of a domain, of one registrar.
#[derive(Debug)]
pub struct Lists {
    place: Place,
    registrar: RegistrarPublicKey,
    /// The list in memory, and the edition of the record that names it.
    last: RwLock<Option<(Version, Arc<SignedList>)>>,
    /// One list at a time: sweeping would take the pieces of another away.
    taking: Mutex<()>,
}

/// Why there is no list, or none was taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ListError {
    /// It is not the next list of this domain and registrar.
    Rejected(ListRejected),
    /// These records were put back from a copy, and no list was taken since.
    Restored,
    /// Another list was taken at the same time, or the records lack a piece.
    Records,
    /// The records did not answer.
    Unavailable,
}

/// Where the lists of a domain are.
#[derive(Clone, Copy, Debug)]
struct Place {
    kind: Kind,
    domain: TrustDomainId,
}

/// A piece of a list's bytes.
struct Piece {
    /// Of which list: its number, and the hash of its bytes.
    sequence: u64,
    list: Name,
    number: u32,
}

impl Lists {
    /// Longest signed list, in bytes.
    pub const LIST_MAX: usize = RevocationList::MAX * 16 + 256;

    /// The lists of a domain, in records of a kind that is for these alone.
    #[must_use]
    pub fn new(kind: Kind, domain: TrustDomainId, registrar: RegistrarPublicKey) -> Self {
        Self {
            place: Place { kind, domain },
            registrar,
            last: RwLock::new(None),
            taking: Mutex::new(()),
        }
    }

    /// Says that the records of a domain were put back from a copy: no list of theirs is used any more, and the next one that
    /// is taken has this number, or that of the last one in the copy, or a higher one. So a copy restores nobody who was
    /// revoked after it was made, if the number is that of the last list that anybody knows of.
    ///
    /// # Errors
    /// [`ListError`].
    pub async fn restored(
        records: &dyn Records,
        kind: Kind,
        domain: &TrustDomainId,
        number: u64,
    ) -> Result<(), ListError> {
        let place = Place {
            kind,
            domain: *domain,
        };
        let last = place.named(records).await?;
        let last = last.map_or(0, |(named, _)| named.mark.sequence);
        let before = place.floor(records).await?;
        let least = number.max(last).max(before.map_or(0, |(least, _)| least));
        let entry = Entry {
            kind,
            key: &place.floor_key(),
            value: &least.to_be_bytes(),
            expected: before.map(|(_, version)| version),
            until: None,
        };
        match records.put(entry).await? {
            Put::Stored(_) => Ok(()),
            Put::Conflict(_) => Err(ListError::Records),
        }
    }

    /// The lowest number of the next list, if these records were put back from a copy and no list was taken since.
    ///
    /// # Errors
    /// [`ListError`].
    pub async fn least(&self, records: &dyn Records) -> Result<Option<u64>, ListError> {
        Ok(self.place.floor(records).await?.map(|(least, _)| least))
    }

    /// The last list that was taken, by this process or another; `None` before the first.
    ///
    /// # Errors
    /// [`ListError`].
    pub async fn last(&self, records: &dyn Records) -> Result<Option<Arc<SignedList>>, ListError> {
        if self.place.floor(records).await?.is_some() {
            return Err(ListError::Restored);
        }
        self.known(records).await
    }

    /// The last list that these records know of, even if they were put back from a copy and it may be an older one: for a
    /// registrar that was put back itself and looks for the last list that anybody has. Nothing else may use it.
    ///
    /// # Errors
    /// [`ListError`].
    pub async fn known(&self, records: &dyn Records) -> Result<Option<Arc<SignedList>>, ListError> {
        let Some((named, version)) = self.place.named(records).await? else {
            return Ok(None);
        };
        if let Some((known, list)) = &*self.last.read().await
            && *known == version
        {
            return Ok(Some(Arc::clone(list)));
        }
        let bytes = self.collect(records, &named).await?;
        let list = SignedList::from_bytes(&bytes, &self.place.domain, &self.registrar, &named.mark);
        let list = Arc::new(list?);
        *self.last.write().await = Some((version, Arc::clone(&list)));
        Ok(Some(list))
    }

    /// Takes a list that comes after the last one, durably, or is the last one. Returns its number.
    ///
    /// # Errors
    /// [`ListError`].
    pub async fn take(&self, records: &dyn Records, bytes: &[u8]) -> Result<u64, ListError> {
        let _one = self.taking.lock().await;
        let floor = self.place.floor(records).await?;
        let before = self.place.named(records).await?;
        let last = before
            .as_ref()
            .map_or(ListMark::NONE, |(named, _)| named.mark);
        let list = SignedList::from_bytes(bytes, &self.place.domain, &self.registrar, &last)?;
        let mark = *list.mark();
        if floor.is_some_and(|(least, _)| mark.sequence < least) {
            return Err(ListError::Rejected(ListRejected::Older));
        }
        if let Some((named, _)) = before.as_ref().filter(|_| mark == last)
            && self.collect(records, named).await.is_ok()
        {
            self.place.lift(records, floor).await?;
            return Ok(mark.sequence);
        }
        let named = self.write(records, mark, bytes).await?;
        let entry = Entry {
            kind: self.place.kind,
            key: &self.place.key(),
            value: &named.to_bytes(),
            expected: before.map(|(_, version)| version),
            until: None,
        };
        let Put::Stored(version) = records.put(entry).await? else {
            return Err(ListError::Records);
        };
        self.place.lift(records, floor).await?;
        *self.last.write().await = Some((version, Arc::new(list)));
        // Pieces that nobody names any more take room and do no harm.
        let _left = self.sweep(records, mark.sequence).await;
        Ok(mark.sequence)
    }

    async fn write(
        &self,
        records: &dyn Records,
        mark: ListMark,
        bytes: &[u8],
    ) -> Result<Named, ListError> {
        let name = Name::of(bytes);
        let mut pieces: u32 = 0;
        for piece in bytes.chunks(PIECE) {
            let entry = Entry {
                kind: self.place.kind,
                key: &self.piece(&Piece {
                    sequence: mark.sequence,
                    list: name,
                    number: pieces,
                }),
                value: piece,
                expected: None,
                until: None,
            };
            // One that is there already is this one: its key is the hash of the whole.
            let (Put::Stored(_) | Put::Conflict(_)) = records.put(entry).await?;
            pieces = pieces.saturating_add(1);
        }
        Ok(Named {
            mark,
            bytes: name,
            pieces,
        })
    }

    async fn collect(&self, records: &dyn Records, named: &Named) -> Result<Vec<u8>, ListError> {
        let mut bytes = Vec::new();
        for number in 0..named.pieces {
            let piece = self.piece(&Piece {
                sequence: named.mark.sequence,
                list: named.bytes,
                number,
            });
            let found = records.get(self.place.kind, &[&piece]).await?;
            let piece = found
                .into_iter()
                .flatten()
                .next()
                .ok_or(ListError::Records)?;
            bytes.extend_from_slice(&piece.value);
        }
        (Name::of(&bytes) == named.bytes)
            .then_some(bytes)
            .ok_or(ListError::Records)
    }

    /// Deletes the pieces of earlier lists, and of no others: a replica may be writing those of the next one.
    async fn sweep(&self, records: &dyn Records, last: u64) -> Result<(), Unavailable> {
        let prefix = self.pieces();
        let mut after = Vec::new();
        loop {
            let page = records.list(self.place.kind, &prefix, &after, 64).await?;
            for key in &page.keys {
                let sequence = key.get(prefix.len()..).and_then(<[u8]>::first_chunk);
                if sequence.is_none_or(|sequence| u64::from_be_bytes(*sequence) >= last) {
                    // Keys come in the order of their lists.
                    return Ok(());
                }
                let found = records.get(self.place.kind, &[key]).await?;
                for record in found.into_iter().flatten() {
                    let (Put::Stored(_) | Put::Conflict(_)) =
                        records.delete(self.place.kind, key, record.version).await?;
                }
            }
            match page.keys.last() {
                Some(last) if page.more => after.clone_from(last),
                _ => return Ok(()),
            }
        }
    }

    /// Domain (32), 1.
    fn pieces(&self) -> Vec<u8> {
        let writer = Writer::new().bytes(&self.place.domain.to_bytes());
        writer.u8(1).finish()
    }

    /// Domain (32), 1, number of the list (8), hash of the list's bytes (32), number of the piece (4).
    fn piece(&self, piece: &Piece) -> Vec<u8> {
        let writer = Writer::new().bytes(&self.pieces()).u64(piece.sequence);
        writer
            .bytes(piece.list.as_bytes())
            .u32(piece.number)
            .finish()
    }
}

impl Place {
    async fn named(&self, records: &dyn Records) -> Result<Option<(Named, Version)>, ListError> {
        let found = records.get(self.kind, &[&self.key()]).await?;
        let Some(record) = found.into_iter().flatten().next() else {
            return Ok(None);
        };
        let named = Named::from_bytes(&record.value).ok_or(ListError::Records)?;
        Ok(Some((named, record.version)))
    }

    /// The lowest number of the next list, in records that were put back.
    async fn floor(&self, records: &dyn Records) -> Result<Option<(u64, Version)>, ListError> {
        let found = records.get(self.kind, &[&self.floor_key()]).await?;
        let Some(record) = found.into_iter().flatten().next() else {
            return Ok(None);
        };
        let number = record.value.as_slice().try_into().map(u64::from_be_bytes);
        let number = number.map_err(|_| ListError::Records)?;
        Ok(Some((number, record.version)))
    }

    /// A list was taken: it is used.
    async fn lift(
        &self,
        records: &dyn Records,
        floor: Option<(u64, Version)>,
    ) -> Result<(), Unavailable> {
        if let Some((_, version)) = floor {
            let (Put::Stored(_) | Put::Conflict(_)) = records
                .delete(self.kind, &self.floor_key(), version)
                .await?;
        }
        Ok(())
    }

    /// Domain (32), 0.
    fn key(&self) -> Vec<u8> {
        Writer::new().bytes(&self.domain.to_bytes()).u8(0).finish()
    }

    /// Domain (32), 2.
    fn floor_key(&self) -> Vec<u8> {
        Writer::new().bytes(&self.domain.to_bytes()).u8(2).finish()
    }
}

impl From<Unavailable> for ListError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl From<ListRejected> for ListError {
    fn from(rejected: ListRejected) -> Self {
        Self::Rejected(rejected)
    }
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Rejected(ListRejected::Format) => ProblemType::Malformed.problem(),
            ListError::Rejected(ListRejected::Older) => ProblemType::Older.problem(),
            ListError::Rejected(ListRejected::Forked) => ProblemType::Conflict
                .problem()
                .saying("another list of this number was taken"),
            ListError::Rejected(_) => ProblemType::Refused.problem(),
            ListError::Restored => ProblemType::Unavailable
                .problem()
                .after(60)
                .saying("the registrar has to give its last revocation list again"),
            ListError::Records | ListError::Unavailable => {
                ProblemType::Unavailable.problem().after(1)
            }
        }
    }
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejected) => rejected.fmt(f),
            Self::Restored => f.write_str(
                "put back from a copy: the registrar has to give its last revocation list again",
            ),
            Self::Records => f.write_str("the records of lists contradict themselves"),
            Self::Unavailable => f.write_str("the records did not answer"),
        }
    }
}

impl core::error::Error for ListError {}

#[cfg(test)]
mod tests;
