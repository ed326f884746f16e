//! Which key counts when: epochs, their overlap, the published list of keys, and how much one key may answer.

mod budget;
mod pinned;
mod proven;
mod timetable;

#[cfg(test)]
mod tests;

use alloc::{boxed::Box, string::String, vec::Vec};

use sha2::{Digest as _, Sha256};

use crate::tags;
use crate::tokens::redeem::Refusal;
use crate::tokens::token::codec::Reader;
use crate::tokens::token::{FormatError, KeyId, Uses, codec};

pub use budget::{BudgetExhausted, QueryBudget};
pub use pinned::{NotPinned, PinnedSchedule};
pub use timetable::{Epoch, Timetable};

/// One epoch's public key, as its wire bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScheduledKey {
    epoch: Epoch,
    id: KeyId,
    public_key: Box<[u8]>,
}

impl ScheduledKey {
    /// The longest public key in bytes.
    pub const MAX_PUBLIC_KEY: usize = 192;

    /// The epoch it is the key of.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    /// The public key's wire bytes.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }
}

/// The hash of a published schedule, 32 bytes: what clients pin, print and compare with one another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ScheduleDigest([u8; 32]);

impl ScheduleDigest {
    /// Takes a digest from the place where it is pinned.
    #[must_use]
    pub const fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(*bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 32] {
        self.0
    }
}

/// The published list of an issuer's keys: suite, use case, timetable, uses per token, one key per epoch.
///
/// Bytes, version 1, integers big-endian: `01 ‖ length (1) ‖ suite ‖ length (1) ‖ use case ‖ origin (8) ‖ epoch length (8) ‖
/// issue overlap (8) ‖ redeem overlap (8) ‖ k (1) ‖ number of keys (2)`, then for each key `epoch (8) ‖ length (1) ‖ public
/// key`, in ascending order of epochs, no epoch and no key twice.
///
/// # Security
/// Anonymity is that of all clients with the same schedule. A client takes it from a place that serves everyone alike,
/// pins its digest ([`KeySchedule::pinned`]) or the primary key behind it ([`KeySchedule::proven`]), and asks for tokens under
/// the keys of that [`PinnedSchedule`] only; an issuer that answers one client under another key than all others then fails that
/// client's proof check. Public: holds no secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeySchedule {
    suite: String,
    use_case: String,
    timetable: Timetable,
    uses: Uses,
    keys: Vec<ScheduledKey>,
}

/// What a redeemer needs to know of a key whose window is open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Redeemable {
    /// Uses per token.
    pub(crate) uses: Uses,
    /// End of the window, in seconds.
    pub(crate) until: u64,
}

impl KeySchedule {
    /// The largest number of keys.
    pub const MAX_KEYS: usize = 1024;
    /// The longest suite or use case in bytes.
    pub const MAX_NAME: usize = 64;
    const VERSION: u8 = 1;

    /// A schedule without keys, for a suite by its name and a use case of 1 to 64 bytes of printable ASCII.
    ///
    /// # Errors
    /// [`FormatError::OutOfRange`] for another suite or use case.
    pub fn new(
        suite: &str,
        use_case: &str,
        timetable: Timetable,
        uses: Uses,
    ) -> Result<Self, FormatError> {
        let (suite, use_case) = (name(suite.as_bytes())?, name(use_case.as_bytes())?);
        Ok(Self {
            suite,
            use_case,
            timetable,
            uses,
            keys: Vec::new(),
        })
    }

    /// Adds the key of a later epoch than all before.
    ///
    /// # Errors
    /// [`FormatError::NotCanonical`] if the epoch is not later or the key is listed, `TooMany` beyond
    /// [`KeySchedule::MAX_KEYS`], `OutOfRange` for a key that is empty or longer than [`ScheduledKey::MAX_PUBLIC_KEY`]
    /// and for an epoch whose end passes 2^64 seconds.
    pub fn push(&mut self, epoch: Epoch, public_key: &[u8]) -> Result<KeyId, FormatError> {
        if public_key.is_empty() || public_key.len() > ScheduledKey::MAX_PUBLIC_KEY {
            return Err(FormatError::OutOfRange);
        }
        if self.keys.len() >= Self::MAX_KEYS {
            return Err(FormatError::TooMany);
        }
        self.timetable
            .redeem_window(epoch)
            .ok_or(FormatError::OutOfRange)?;
        let id = KeyId::of(&self.suite, public_key);
        let later = self.keys.last().is_none_or(|last| last.epoch < epoch);
        if !later || self.key(&id).is_some() {
            return Err(FormatError::NotCanonical);
        }
        self.keys.push(ScheduledKey {
            epoch,
            id,
            public_key: public_key.into(),
        });
        Ok(id)
    }

    /// The suite's name.
    #[must_use]
    pub fn suite(&self) -> &str {
        &self.suite
    }

    /// The use case's name.
    #[must_use]
    pub fn use_case(&self) -> &str {
        &self.use_case
    }

    /// The timetable.
    #[must_use]
    pub const fn timetable(&self) -> &Timetable {
        &self.timetable
    }

    /// How often each token can be spent.
    #[must_use]
    pub const fn uses(&self) -> Uses {
        self.uses
    }

    /// All keys, in ascending order of epochs.
    #[must_use]
    pub fn keys(&self) -> &[ScheduledKey] {
        &self.keys
    }

    /// The key of that id.
    #[must_use]
    pub fn key(&self, id: &KeyId) -> Option<&ScheduledKey> {
        self.keys.iter().find(|key| key.id == *id)
    }

    /// The attributes under which an epoch's key is derived, where the issuer derives them: use case and epoch number.
    ///
    /// Both sides make [`Attributes`](crate::Attributes) of these, and never of anything in the issuer's answer.
    #[must_use]
    pub fn attributes(&self, epoch: Epoch) -> [Vec<u8>; 2] {
        [
            self.use_case.as_bytes().to_vec(),
            epoch.number().to_be_bytes().to_vec(),
        ]
    }

    /// The key to ask for tokens under at time `now`: the latest whose issue window is open.
    #[must_use]
    pub fn issuing(&self, now: u64) -> Option<&ScheduledKey> {
        self.keys.iter().rev().find(|key| self.may_issue(key, now))
    }

    /// Whether the key of that id may issue at time `now`.
    #[must_use]
    pub fn issues(&self, id: &KeyId, now: u64) -> bool {
        self.key(id).is_some_and(|key| self.may_issue(key, now))
    }

    /// Whether tokens of that key may be spent at time `now`.
    #[must_use]
    pub fn redeems(&self, id: &KeyId, now: u64) -> bool {
        self.redeemable(id, now).is_ok()
    }

    /// Whether the schedule knows that key and its time is over.
    #[must_use]
    pub fn is_over(&self, id: &KeyId, now: u64) -> bool {
        self.redeemable(id, now)
            .is_err_and(|refusal| refusal == Refusal::Expired)
    }

    fn may_issue(&self, key: &ScheduledKey, now: u64) -> bool {
        self.timetable
            .issue_window(key.epoch)
            .is_some_and(|window| window.contains(&now))
    }

    pub(crate) fn redeemable(&self, id: &KeyId, now: u64) -> Result<Redeemable, Refusal> {
        let key = self.key(id).ok_or(Refusal::UnknownKey)?;
        let window = self
            .timetable
            .redeem_window(key.epoch)
            .ok_or(Refusal::Expired)?;
        if now < window.start {
            return Err(Refusal::TooEarly);
        }
        if now >= window.end {
            return Err(Refusal::Expired);
        }
        Ok(Redeemable {
            uses: self.uses,
            until: window.end,
        })
    }

    /// Whether every key that both list has the same windows and uses in both.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        let mut shared = self
            .keys
            .iter()
            .filter_map(|key| Some((key.epoch, other.key(&key.id)?.epoch)));
        shared.all(|(here, there)| {
            self.uses == other.uses
                && self.timetable.issue_window(here) == other.timetable.issue_window(there)
                && self.timetable.redeem_window(here) == other.timetable.redeem_window(there)
        })
    }

    /// The schedule's digest: SHA-256(⟨label⟩ ‖ ⟨bytes⟩).
    #[must_use]
    pub fn digest(&self) -> ScheduleDigest {
        ScheduleDigest(Sha256::digest(codec::framed(&[tags::SCHEDULE, &self.to_bytes()])).into())
    }

    /// The published bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.push(Self::VERSION);
        put_short(&mut out, self.suite.as_bytes());
        put_short(&mut out, self.use_case.as_bytes());
        self.timetable.write(&mut out);
        out.push(self.uses.get());
        out.extend_from_slice(
            &u16::try_from(self.keys.len())
                .unwrap_or(u16::MAX)
                .to_be_bytes(),
        );
        for key in &self.keys {
            out.extend_from_slice(&key.epoch.number().to_be_bytes());
            put_short(&mut out, &key.public_key);
        }
        out
    }

    /// Reads published bytes; whether they are everyone's is for [`KeySchedule::pinned`] or [`KeySchedule::proven`] to say.
    ///
    /// # Errors
    /// Any [`FormatError`], as the format above and [`KeySchedule::push`] say.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader(bytes);
        reader.version(Self::VERSION)?;
        let suite = name(short(&mut reader)?)?;
        let use_case = name(short(&mut reader)?)?;
        let timetable = Timetable::read(&mut reader)?;
        let uses = Uses::new(reader.u8()?)?;
        let count = reader.u16()?;
        let mut schedule = Self {
            suite,
            use_case,
            timetable,
            uses,
            keys: Vec::new(),
        };
        for _ in 0..count {
            let epoch = Epoch::new(reader.u64()?);
            schedule.push(epoch, short(&mut reader)?)?;
        }
        reader.finish()?;
        Ok(schedule)
    }
}

/// A field of up to 255 bytes behind its length.
fn short<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], FormatError> {
    let length = reader.u8()?;
    reader.bytes(usize::from(length))
}

/// Writes what [`short`] reads; every caller's field is shorter than 256 bytes by its type.
fn put_short(out: &mut Vec<u8>, field: &[u8]) {
    out.push(u8::try_from(field.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(field);
}

/// A name of 1 to 64 printable ASCII bytes, no space.
fn name(bytes: &[u8]) -> Result<String, FormatError> {
    let well_formed = !bytes.is_empty()
        && bytes.len() <= KeySchedule::MAX_NAME
        && bytes.iter().all(u8::is_ascii_graphic);
    if !well_formed {
        return Err(FormatError::OutOfRange);
    }
    Ok(bytes.iter().copied().map(char::from).collect())
}
