//! A published schedule: one edition, never changed.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use milagro_base::{DecodeError, Reader, Seconds, Writer};

use crate::tags;
use crate::tokens::frame::digest;
use crate::tokens::plan::{KeyId, Plan, Slot, Windows};
use crate::tokens::redeem::refusal::Refusal;
use crate::tokens::timetable::Epoch;

/// One public key, as its wire bytes, with its place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScheduledKey {
    pub(super) slot: Slot,
    pub(super) id: KeyId,
    pub(super) public_key: Box<[u8]>,
    pub(super) withdrawn: bool,
}

impl ScheduledKey {
    /// The longest public key in bytes.
    pub const MAX_PUBLIC_KEY: usize = 192;

    /// Its place.
    #[must_use]
    pub const fn slot(&self) -> &Slot {
        &self.slot
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

    /// Whether it was withdrawn: it neither issues nor redeems, for good.
    #[must_use]
    pub const fn is_withdrawn(&self) -> bool {
        self.withdrawn
    }

    /// Whether a later edition may list `other` in this one's place.
    fn becomes(&self, other: &Self) -> bool {
        self.id == other.id
            && self.slot == other.slot
            && self.public_key == other.public_key
            && (other.withdrawn || !self.withdrawn)
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

/// Which edition of a schedule it is: what clients, issuers and redeemers keep of the latest that they have
/// seen, so that they go back to no earlier one, not even after a restart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Edition {
    pub(super) number: u64,
    pub(super) digest: ScheduleDigest,
}

impl Edition {
    /// Length in bytes.
    pub const LEN: usize = 40;

    /// The number: 1 for the first.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The digest of the whole schedule. Two schedules of one number and signer with different digests are
    /// evidence that the signer has one schedule for some and another for others.
    #[must_use]
    pub const fn digest(&self) -> &ScheduleDigest {
        &self.digest
    }

    /// Number (8 bytes, big-endian) and digest.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let parts = self.number.to_be_bytes().into_iter().chain(self.digest.0);
        for (to, from) in bytes.iter_mut().zip(parts) {
            *to = from;
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] writes.
    ///
    /// # Errors
    /// [`DecodeError::Value`] for the number 0.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let number = reader.u64()?;
        if number == 0 {
            return Err(DecodeError::Value);
        }
        let digest = ScheduleDigest(*reader.array()?);
        reader.finish()?;
        Ok(Self { number, digest })
    }
}

/// The published list of an issuer's keys: a plan, and one key per epoch that counts.
///
/// A schedule is made or read by a [`Draft`](super::Draft), in its file, and is never changed; what changes
/// gets the next number ([`Self::revise`]). Editions are monotone: keys leave with their epoch and all before
/// it, for good; none changes; a withdrawn key stays withdrawn; a new key is for a later epoch or follows a
/// withdrawn one.
///
/// Bytes, version 1, integers big-endian, ⟨x⟩ behind two bytes of length: `01 ‖ ⟨suite⟩ ‖ ⟨use case⟩ ‖ origin
/// (8) ‖ epoch length (8) ‖ issue overlap (8) ‖ redeem overlap (8) ‖ leeway (8) ‖ k (1) ‖ number (8) ‖ digest
/// of the edition before (32, zeros for the first) ‖ first epoch (8) ‖ number of keys (2)`, then for each key
/// `epoch (8) ‖ serial (4) ‖ opens (8) ‖ 01 if withdrawn, else 00 ‖ ⟨public key⟩`, in ascending order of
/// epoch and serial, from the first epoch on. In one epoch the serials count from 0 and all but the last are
/// withdrawn. No public key stands there twice.
///
/// # Security
/// Anonymity is that of all clients with the same schedule: see [`PinnedSchedule`](super::PinnedSchedule).
/// Public: holds no secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeySchedule {
    pub(super) plan: Plan,
    pub(super) number: u64,
    pub(super) previous: [u8; 32],
    pub(super) first: Epoch,
    pub(super) keys: Vec<ScheduledKey>,
    /// Where the key of an id stands.
    pub(super) places: BTreeMap<KeyId, usize>,
}

impl KeySchedule {
    /// The largest number of keys.
    pub const MAX_KEYS: usize = 1024;
    /// The longest encoding in bytes.
    pub const MAX_LEN: usize = 1
        + 2 * (2 + Plan::MAX_NAME)
        + 5 * 8
        + 1
        + 8
        + 32
        + 8
        + 2
        + Self::MAX_KEYS * (8 + 4 + 8 + 1 + 2 + ScheduledKey::MAX_PUBLIC_KEY);
    pub(super) const VERSION: u8 = 1;

    /// The plan.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Which edition it is.
    #[must_use]
    pub fn edition(&self) -> Edition {
        Edition {
            number: self.number,
            digest: self.digest(),
        }
    }

    /// All keys, in ascending order of epochs and serials.
    #[must_use]
    pub fn keys(&self) -> &[ScheduledKey] {
        &self.keys
    }

    /// The key of that id.
    #[must_use]
    pub fn key(&self, id: &KeyId) -> Option<&ScheduledKey> {
        self.places.get(id).and_then(|place| self.keys.get(*place))
    }

    /// The key to ask for tokens under at time `now` by a client's clock: of the latest epoch that issues.
    #[must_use]
    pub fn issuing(&self, now: Seconds) -> Option<&ScheduledKey> {
        let issues = |key: &&ScheduledKey| {
            let windows = self.windows(key);
            !key.withdrawn && windows.is_some_and(|windows| windows.issue.contains(&now))
        };
        self.keys.iter().rev().find(issues)
    }

    /// Whether a client may spend tokens of that key at time `now` by its own clock.
    #[must_use]
    pub fn redeems(&self, id: &KeyId, now: Seconds) -> bool {
        self.live(id)
            .is_some_and(|windows| windows.redeem.contains(&now))
    }

    /// Whether the schedule lists that key and its time is over for everybody whose clock differs from this one
    /// by no more than the leeway; or it was withdrawn.
    #[must_use]
    pub fn is_over(&self, id: &KeyId, now: Seconds) -> bool {
        let Some(key) = self.key(id) else {
            return false;
        };
        let windows = self.windows(key);
        key.withdrawn || windows.is_none_or(|windows| windows.redeem_with_leeway().end <= now)
    }

    /// Whether that key may answer at time `now` by the issuer's clock, with its leeway.
    pub(in crate::tokens) fn answers(&self, id: &KeyId, now: Seconds) -> bool {
        self.live(id)
            .is_some_and(|windows| windows.issue_with_leeway().contains(&now))
    }

    /// The windows of a key that may be redeemed at time `now` by the redeemer's clock, with its leeway.
    pub(in crate::tokens) fn redeemable(
        &self,
        id: &KeyId,
        now: Seconds,
    ) -> Result<Windows, Refusal> {
        let key = self.key(id).ok_or(Refusal::UnknownKey)?;
        if key.withdrawn {
            return Err(Refusal::Withdrawn);
        }
        let windows = self.windows(key).ok_or(Refusal::Expired)?;
        let window = windows.redeem_with_leeway();
        if now < window.start {
            return Err(Refusal::TooEarly);
        }
        if now >= window.end {
            return Err(Refusal::Expired);
        }
        Ok(windows)
    }

    /// Whether `next` is this edition or may come after it: monotone, whatever lies between them.
    ///
    /// If `next` has the number after this one's, it must carry this one's digest.
    #[must_use]
    pub fn is_followed_by(&self, next: &Self) -> bool {
        if self == next {
            return true;
        }
        let adjacent = self.number.checked_add(1) == Some(next.number);
        let chained = !adjacent || self.digest().0 == next.previous;
        let stays = |key: &ScheduledKey| {
            key.slot.epoch < next.first || next.key(&key.id).is_some_and(|new| key.becomes(new))
        };
        let last = self.keys.last().map(|key| key.slot.epoch);
        let comes = |key: &ScheduledKey| {
            let later = last.is_none_or(|last| key.slot.epoch > last);
            // Where the epoch is not later, the serials of the format say that the key before is withdrawn.
            later || self.key(&key.id).is_some() || key.slot.serial > 0
        };
        self.plan == next.plan
            && self.number < next.number
            && chained
            && self.first <= next.first
            && self.keys.iter().all(stays)
            && next.keys.iter().all(comes)
    }

    /// Whether this edition may be used by whoever has seen `edition`: it is that one, the one that names it, or
    /// a later one. With a signature or a digest besides, that is enough after a restart.
    ///
    /// # Security
    /// The number alone speaks for editions further on: a signer who goes on from an old one, as after a
    /// restored copy, is found out by those who have seen the one that it left out, or the one before it.
    #[must_use]
    pub fn is_no_earlier_than(&self, edition: &Edition) -> bool {
        if edition.number.checked_add(1) == Some(self.number) {
            return self.previous == edition.digest.0;
        }
        self.number > edition.number || self.edition() == *edition
    }

    /// The schedule's digest: SHA-256(⟨label⟩ ‖ ⟨bytes⟩), lengths in eight bytes.
    #[must_use]
    pub fn digest(&self) -> ScheduleDigest {
        Self::digest_of(&self.to_bytes())
    }

    pub(super) fn digest_of(bytes: &[u8]) -> ScheduleDigest {
        ScheduleDigest(digest(&[tags::SCHEDULE, bytes]))
    }

    /// The published bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let writer = self.plan.write(Writer::new().u8(Self::VERSION));
        let writer = writer
            .u64(self.number)
            .bytes(&self.previous)
            .u64(self.first.number())
            // At most `MAX_KEYS`.
            .u16(u16::try_from(self.keys.len()).unwrap_or(u16::MAX));
        let key = |writer: Writer, key: &ScheduledKey| {
            key.slot
                .write(writer)
                .u8(key.withdrawn.into())
                .string(&key.public_key)
        };
        self.keys.iter().fold(writer, key).finish()
    }

    /// A key's windows; every listed key has some.
    pub(super) fn windows(&self, key: &ScheduledKey) -> Option<Windows> {
        self.plan.windows(&key.slot).ok()
    }

    fn live(&self, id: &KeyId) -> Option<Windows> {
        let key = self.key(id).filter(|key| !key.withdrawn)?;
        self.windows(key)
    }
}

/// The schedule is for another suite, or may not come after the one before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotLater(pub(in crate::tokens) ());

impl fmt::Display for NotLater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a later edition of the same schedule")
    }
}

impl core::error::Error for NotLater {}
