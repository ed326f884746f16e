//! The next edition, while it is being written.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use milagro_base::{DecodeError, Reader};

use crate::suite::group::Suite;
use crate::tokens::keys::secret::TokenSecretKey;
use crate::tokens::plan::{KeyId, Plan, Slot};
use crate::tokens::schedule::list::{KeySchedule, ScheduledKey};
use crate::tokens::timetable::Epoch;

/// Why a key does not fit into a schedule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ScheduleError {
    /// The key is for another plan.
    OtherPlan,
    /// The key opens outside its epoch, the epoch passes 2^64 seconds, or the public key is empty or longer
    /// than [`ScheduledKey::MAX_PUBLIC_KEY`].
    OutOfRange,
    /// The key is neither for a later epoch than all others, nor the next one of an epoch whose last key is
    /// withdrawn.
    Order,
    /// The public key is listed.
    Listed,
    /// The schedule is full: [`KeySchedule::MAX_KEYS`].
    Full,
    /// No such key is listed.
    UnknownKey,
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherPlan => "key of another plan",
            Self::OutOfRange => "key or its opening out of range",
            Self::Order => "key neither later nor after a withdrawn one",
            Self::Listed => "public key listed before",
            Self::Full => "schedule full",
            Self::UnknownKey => "no such key in the schedule",
        })
    }
}

impl core::error::Error for ScheduleError {}

/// A schedule that is not published yet.
#[derive(Clone, Debug)]
pub struct Draft(KeySchedule);

impl Draft {
    /// A first edition, without keys.
    #[must_use]
    pub const fn new(plan: Plan) -> Self {
        Self(KeySchedule {
            plan,
            number: 1,
            previous: [0; 32],
            first: Epoch::new(0),
            keys: Vec::new(),
            places: BTreeMap::new(),
        })
    }

    /// Lists a key: of a later epoch than all before, or of the next serial where the key before is
    /// withdrawn.
    ///
    /// # Errors
    /// [`ScheduleError`], every variant but `UnknownKey`.
    pub fn add<S: Suite>(&mut self, key: &TokenSecretKey<S>) -> Result<KeyId, ScheduleError> {
        if *key.plan() != self.0.plan {
            return Err(ScheduleError::OtherPlan);
        }
        self.add_public(*key.slot(), key.public_key().as_ref())
    }

    /// As [`Self::add`], by the public key alone.
    ///
    /// # Errors
    /// As there.
    pub fn add_public(&mut self, slot: Slot, public_key: &[u8]) -> Result<KeyId, ScheduleError> {
        let schedule = &mut self.0;
        let well_formed = (1..=ScheduledKey::MAX_PUBLIC_KEY).contains(&public_key.len());
        if !well_formed || schedule.plan.windows(&slot).is_err() {
            return Err(ScheduleError::OutOfRange);
        }
        if schedule.keys.len() >= KeySchedule::MAX_KEYS {
            return Err(ScheduleError::Full);
        }
        let fits = match schedule.keys.last() {
            Some(last) if last.slot.epoch == slot.epoch => {
                last.withdrawn && last.slot.serial.checked_add(1) == Some(slot.serial)
            }
            Some(last) => last.slot.epoch < slot.epoch && slot.serial == 0,
            None => schedule.first <= slot.epoch && slot.serial == 0,
        };
        if !fits {
            return Err(ScheduleError::Order);
        }
        let mut listed = schedule.keys.iter();
        if listed.any(|key| *key.public_key == *public_key) {
            return Err(ScheduleError::Listed);
        }
        let id = schedule.plan.key_id(&slot, public_key);
        schedule.places.insert(id, schedule.keys.len());
        schedule.keys.push(ScheduledKey {
            slot,
            id,
            public_key: public_key.into(),
            withdrawn: false,
        });
        Ok(id)
    }

    /// Withdraws a key for good: it issues nothing more, and its tokens buy nothing more.
    ///
    /// # Errors
    /// [`ScheduleError::UnknownKey`].
    pub fn withdraw(&mut self, id: &KeyId) -> Result<(), ScheduleError> {
        let place = self.0.places.get(id).ok_or(ScheduleError::UnknownKey)?;
        let key = self.0.keys.get_mut(*place);
        key.ok_or(ScheduleError::UnknownKey)?.withdrawn = true;
        Ok(())
    }

    /// Withdraws the key of an epoch whose serial comes before that of `key`, and lists `key` in its place.
    ///
    /// # Errors
    /// As [`Self::add`], and [`ScheduleError::UnknownKey`] if the epoch has no key of the serial before. The
    /// draft is as before then.
    pub fn replace<S: Suite>(&mut self, key: &TokenSecretKey<S>) -> Result<KeyId, ScheduleError> {
        let slot = *key.slot();
        let mut next = self.clone();
        next.open_place(&slot)?;
        let id = next.insert_replacement(slot, key)?;
        *self = next;
        Ok(id)
    }

    /// Leaves out the keys of all epochs before `first`; none of these epochs is ever listed again. Tokens of keys
    /// that are not over buy nothing from then on.
    pub fn drop_before(&mut self, first: Epoch) {
        self.0.first = self.0.first.max(first);
        let first = self.0.first;
        self.0.keys.retain(|key| key.slot.epoch >= first);
        self.find_places();
    }

    /// The edition.
    #[must_use]
    pub fn publish(self) -> KeySchedule {
        self.0
    }

    fn open_place(&mut self, slot: &Slot) -> Result<(), ScheduleError> {
        let mut keys = self.0.keys.iter_mut();
        let before = keys.find(|key| {
            key.slot.epoch == slot.epoch && key.slot.serial.checked_add(1) == Some(slot.serial)
        });
        before.ok_or(ScheduleError::UnknownKey)?.withdrawn = true;
        Ok(())
    }

    /// Adds a key in the midst of the list: what comes after it is taken off and put back.
    fn insert_replacement<S: Suite>(
        &mut self,
        slot: Slot,
        key: &TokenSecretKey<S>,
    ) -> Result<KeyId, ScheduleError> {
        let keys = &mut self.0.keys;
        let place = keys.partition_point(|key| key.slot.epoch <= slot.epoch);
        let later = keys.split_off(place);
        let public_key = key.public_key();
        let public_key = public_key.as_ref();
        if later.iter().any(|key| *key.public_key == *public_key) {
            return Err(ScheduleError::Listed);
        }
        if self.0.keys.len() + later.len() >= KeySchedule::MAX_KEYS {
            return Err(ScheduleError::Full);
        }
        let id = self.add(key)?;
        self.0.keys.extend(later);
        self.find_places();
        Ok(id)
    }

    fn find_places(&mut self) {
        let keys = self.0.keys.iter().enumerate();
        self.0.places = keys.map(|(place, key)| (key.id, place)).collect();
    }
}

impl KeySchedule {
    /// The next edition, to be changed and published.
    #[must_use]
    pub fn revise(&self) -> Draft {
        Draft(Self {
            // Nobody publishes 2^64 editions.
            number: self.number.saturating_add(1),
            previous: self.digest().to_bytes(),
            ..self.clone()
        })
    }

    /// Reads published bytes; whether they are everyone's is for whoever pins them to say.
    ///
    /// # Errors
    /// [`DecodeError`], `Value` wherever the format says what may stand there.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let mut draft = Draft::new(Plan::read(&mut reader)?);
        let schedule = &mut draft.0;
        schedule.number = reader.u64()?;
        schedule.previous = *reader.array()?;
        schedule.first = Epoch::new(reader.u64()?);
        let first = schedule.number == 1;
        if schedule.number == 0 || first != (schedule.previous == [0; 32]) {
            return Err(DecodeError::Value);
        }
        for _ in 0..reader.u16()? {
            let slot = Slot::read(&mut reader)?;
            let withdrawn = match reader.u8()? {
                0 => false,
                1 => true,
                _ => return Err(DecodeError::Value),
            };
            let added = draft.add_public(slot, reader.string()?);
            let id = added.map_err(|_| DecodeError::Value)?;
            if withdrawn {
                draft.withdraw(&id).map_err(|_| DecodeError::Value)?;
            }
        }
        reader.finish()?;
        Ok(draft.publish())
    }
}
