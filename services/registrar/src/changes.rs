//! What the next revocation list has to say: a note for each subject that was removed or restored, until a list says it.
//!
//! A note is written first, then applied to the subject, then taken up by a list, then erased. Each step goes by what the
//! records say, and each can be repeated: whoever is interrupted, another process finishes. Applying a note writes the
//! subject anew even if nothing changes in it, so that whoever read it before has to read the note again.

use alloc::collections::BTreeMap;

use milagro_base::{Reader, Writer};
use milagro_ledger::Unavailable;
use milagro_ledger::records::{Entry, Put, Version};

use crate::kinds::CHANGE;
use crate::subjects::{Pseudonym, State, Subjects};

const VERSION: u8 = 1;
/// Most notes that one list takes up.
pub(crate) const AT_ONCE: usize = 1 << 14;
/// Notes that are read at a time.
const PAGE: u16 = 256;

/// What is wished of a subject.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wish {
    Restore,
    Remove,
    /// Unless it has been confirmed meanwhile.
    RemoveUnconfirmed,
}

/// Notes, and which edition of each.
pub(crate) type Notes = BTreeMap<Pseudonym, Version>;

impl Wish {
    const fn on(self, state: State) -> State {
        match (self, state) {
            (Self::Restore, State::Removed { confirmed: true })
            | (Self::RemoveUnconfirmed, State::Confirmed) => State::Confirmed,
            (Self::Restore, State::Removed { confirmed: false }) => State::Started,
            (Self::Remove, State::Confirmed) => State::Removed { confirmed: true },
            (Self::Remove | Self::RemoveUnconfirmed, State::Started) => {
                State::Removed { confirmed: false }
            }
            (_, state) => state,
        }
    }

    const fn byte(self) -> u8 {
        match self {
            Self::Restore => 0,
            Self::Remove => 1,
            Self::RemoveUnconfirmed => 2,
        }
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION).ok()?;
        let wish = match reader.u8().ok()? {
            0 => Self::Restore,
            1 => Self::Remove,
            2 => Self::RemoveUnconfirmed,
            _ => return None,
        };
        reader.finish().ok()?;
        Some(wish)
    }
}

impl Subjects<'_> {
    /// Notes a wish in the place of an earlier one, and applies it. The state that comes of it; `None` if there is no such
    /// subject.
    pub(crate) async fn wish(
        &self,
        name: &Pseudonym,
        wish: Wish,
    ) -> Result<Option<State>, Unavailable> {
        if self.get(name).await?.is_none() {
            return Ok(None);
        }
        loop {
            let expected = self.note(name).await?.map(|(_, version)| version);
            let entry = Entry {
                kind: CHANGE,
                key: &self.note_key(name),
                value: &[VERSION, wish.byte()],
                expected,
                until: None,
            };
            if matches!(self.records.put(entry).await?, Put::Stored(_)) {
                break;
            }
        }
        self.apply(name).await
    }

    /// Does to a subject what its note says, if there is one.
    pub(crate) async fn apply(&self, name: &Pseudonym) -> Result<Option<State>, Unavailable> {
        loop {
            // In this order: a note that is gone by now has been applied to a later edition than this.
            let Some((mut subject, version)) = self.get(name).await? else {
                return Ok(None);
            };
            let Some((wish, _)) = self.note(name).await? else {
                return Ok(Some(subject.state));
            };
            subject.state = wish.on(subject.state);
            if self.put(name, &subject, Some(version)).await? {
                if matches!(subject.state, State::Removed { .. }) {
                    self.unlist(name, &subject.user).await?;
                }
                return Ok(Some(subject.state));
            }
        }
    }

    /// Notes that no list has taken up, at most so many.
    pub(crate) async fn notes(&self, most: usize) -> Result<Notes, Unavailable> {
        let prefix = self.domain.to_bytes();
        let (mut notes, mut after) = (Notes::new(), Vec::new());
        loop {
            let page = self.records.list(CHANGE, &prefix, &after, PAGE).await?;
            let keys: Vec<&[u8]> = page.keys.iter().map(Vec::as_slice).collect();
            let found = self.records.get(CHANGE, &keys).await?;
            for (key, record) in keys.iter().zip(found) {
                if let (Some(name), Some(record)) = (key.last_chunk::<32>(), record) {
                    notes.insert(*name, record.version);
                }
            }
            match page.keys.last() {
                Some(last) if page.more && notes.len() < most => after.clone_from(last),
                _ => return Ok(notes),
            }
        }
    }

    /// Erases notes that a list says, but for those that were written again since.
    pub(crate) async fn erase(&self, notes: &Notes) -> Result<(), Unavailable> {
        for (name, version) in notes {
            let key = self.note_key(name);
            let (Put::Stored(_) | Put::Conflict(_)) =
                self.records.delete(CHANGE, &key, *version).await?;
        }
        Ok(())
    }

    async fn note(&self, name: &Pseudonym) -> Result<Option<(Wish, Version)>, Unavailable> {
        let found = self.records.get(CHANGE, &[&self.note_key(name)]).await?;
        let Some(record) = found.into_iter().flatten().next() else {
            return Ok(None);
        };
        let wish = Wish::from_bytes(&record.value).ok_or(Unavailable)?;
        Ok(Some((wish, record.version)))
    }

    fn note_key(&self, name: &Pseudonym) -> Vec<u8> {
        Writer::new()
            .bytes(&self.domain.to_bytes())
            .bytes(name)
            .finish()
    }
}
