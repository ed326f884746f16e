//! What a schedule is for, and what its keys are bound to.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use milagro_base::{DecodeError, Reader, Seconds, Writer};

use crate::suite::group::Suite;
use crate::tags;
use crate::tokens::error::{OUT_OF_RANGE, OutOfRange};
use crate::tokens::frame::digest;
use crate::tokens::timetable::{Epoch, Timetable};
use crate::tokens::uses::Uses;

/// Names one key of one plan: SHA-256 over everything that gives it meaning, 32 bytes.
///
/// KeyId = SHA-256(⟨label⟩ ‖ ⟨attributes⟩ ‖ ⟨public key⟩), where ⟨x⟩ is x behind its length of eight bytes,
/// and the attributes are those of [`Plan`] and [`Slot`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyId([u8; Self::LEN]);

impl KeyId {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Reads an id; every value of 32 bytes is one, and only a schedule knows which have a key.
    #[must_use]
    pub const fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        Self(*bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; Self::LEN] {
        self.0
    }

    pub(super) const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

/// What all keys of a schedule have in common: suite, use case, timetable and uses per token.
///
/// # Security
/// Every key is bound to the whole plan: derived keys by the attributes that they are derived for, all keys
/// by their id, which enters the pseudorandom function and the record of what was spent. So no other plan
/// ever gives a key of this one again, and a window that was published never moves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Plan {
    suite: String,
    use_case: String,
    timetable: Timetable,
    uses: Uses,
}

impl Plan {
    /// The longest name of a suite or a use case in bytes.
    pub const MAX_NAME: usize = 64;

    /// A plan for a suite and for a use case of 1 to 64 bytes of printable ASCII without spaces.
    ///
    /// # Errors
    /// [`OutOfRange`] for another use case.
    pub fn new<S: Suite>(
        use_case: &str,
        timetable: Timetable,
        uses: Uses,
    ) -> Result<Self, OutOfRange> {
        Ok(Self {
            suite: name(S::IDENTIFIER.as_bytes())?,
            use_case: name(use_case.as_bytes())?,
            timetable,
            uses,
        })
    }

    /// The suite's name.
    #[must_use]
    pub fn suite(&self) -> &str {
        &self.suite
    }

    /// Whether it is for that suite.
    #[must_use]
    pub fn is_for<S: Suite>(&self) -> bool {
        self.suite == S::IDENTIFIER
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

    /// The place of an epoch's first key, which opens with the epoch.
    ///
    /// # Errors
    /// [`OutOfRange`] if the epoch's windows pass 2^64 seconds.
    pub fn slot(&self, epoch: Epoch) -> Result<Slot, OutOfRange> {
        let opens = self.timetable.start(epoch).ok_or(OUT_OF_RANGE)?;
        Ok(Slot {
            epoch,
            serial: 0,
            opens,
        })
    }

    /// The attributes of a key: suite, use case, timetable, uses, epoch, serial and opening.
    pub(super) fn attributes(&self, slot: &Slot) -> Vec<u8> {
        slot.write(self.write(Writer::new())).finish()
    }

    pub(super) fn key_id(&self, slot: &Slot, public_key: &[u8]) -> KeyId {
        let attributes = self.attributes(slot);
        KeyId(digest(&[tags::KEY_ID, &attributes, public_key]))
    }

    pub(super) fn windows(&self, slot: &Slot) -> Result<Windows, OutOfRange> {
        let reach = self.timetable.reach(slot.epoch).ok_or(OUT_OF_RANGE)?;
        if !reach.epoch.contains(&slot.opens) {
            return Err(OUT_OF_RANGE);
        }
        Ok(Windows {
            issue: slot.opens..reach.issue_end,
            redeem: slot.opens..reach.redeem_end,
            leeway: self.timetable.leeway(),
        })
    }

    pub(super) fn write(&self, writer: Writer) -> Writer {
        let writer = writer
            .string(self.suite.as_bytes())
            .string(self.use_case.as_bytes());
        self.timetable.write(writer).u8(self.uses.get())
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            suite: name(reader.string()?)?,
            use_case: name(reader.string()?)?,
            timetable: Timetable::read(reader)?,
            uses: Uses::new(reader.u8()?)?,
        })
    }
}

/// The place of a key in its plan: an epoch, a serial, and when it opens.
///
/// The serial counts emergencies. A later opening is for a service that begins inside an epoch, or for the
/// key after a withdrawn one: redemptions are counted from the opening less the leeway on, which must lie
/// after the birth of the ledger that counts them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Slot {
    pub(super) epoch: Epoch,
    pub(super) serial: u32,
    pub(super) opens: Seconds,
}

impl Slot {
    /// The same place, opening later; within the epoch, as every use of it checks.
    #[must_use]
    pub const fn opening(self, opens: Seconds) -> Self {
        Self { opens, ..self }
    }

    /// The place of the key that replaces this one when it is withdrawn, opening at that moment.
    ///
    /// # Errors
    /// [`OutOfRange`] after 2^32 emergencies.
    pub const fn replaced(self, opens: Seconds) -> Result<Self, OutOfRange> {
        match self.serial.checked_add(1) {
            Some(serial) => Ok(Self {
                serial,
                opens,
                ..self
            }),
            None => Err(OUT_OF_RANGE),
        }
    }

    /// The epoch.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// How many keys of this epoch were withdrawn before.
    #[must_use]
    pub const fn serial(&self) -> u32 {
        self.serial
    }

    /// When the key begins to issue.
    #[must_use]
    pub const fn opens(&self) -> Seconds {
        self.opens
    }

    pub(super) fn write(&self, writer: Writer) -> Writer {
        writer
            .u64(self.epoch.number())
            .u32(self.serial)
            .seconds(self.opens)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            epoch: Epoch::new(reader.u64()?),
            serial: reader.u32()?,
            opens: reader.seconds()?,
        })
    }
}

/// When a key issues and redeems by a client's clock, and the leeway that servers add at both ends.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    pub(super) issue: Range<Seconds>,
    pub(super) redeem: Range<Seconds>,
    leeway: Seconds,
}

impl Windows {
    /// When an issuer answers.
    pub(super) fn issue_with_leeway(&self) -> Range<Seconds> {
        self.wider(&self.issue)
    }

    /// When a redeemer accepts; the life of every redemption under the key.
    pub(super) fn redeem_with_leeway(&self) -> Range<Seconds> {
        self.wider(&self.redeem)
    }

    fn wider(&self, window: &Range<Seconds>) -> Range<Seconds> {
        window.start.minus(self.leeway)..window.end.plus(self.leeway)
    }
}

/// A name of 1 to 64 printable ASCII bytes, no space.
fn name(bytes: &[u8]) -> Result<String, OutOfRange> {
    let well_formed = !bytes.is_empty()
        && bytes.len() <= Plan::MAX_NAME
        && bytes.iter().all(u8::is_ascii_graphic);
    if !well_formed {
        return Err(OUT_OF_RANGE);
    }
    Ok(bytes.iter().copied().map(char::from).collect())
}
