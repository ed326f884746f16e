//! Round 4: voters say what came out and of which messages; and exclusions, by which they give up waiting.

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;

use crate::ceremony::message::{Hash, Message, Step};
use crate::domain::member::AuthorityId;
use crate::sharing::group::Group;

/// The digest of the domain, and all messages that count, in ascending order of step and sender. Equal
/// confirmations have equal bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Confirmation {
    pub(super) domain: Hash,
    pub(super) counted: Vec<(Slot, Hash)>,
}

/// The message of a member for a step. Of an exclusion: whom a voter gives up, and in which step; 3 bytes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Slot {
    pub(super) step: Step,
    pub(super) id: AuthorityId,
}

impl Confirmation {
    /// Digest of the domain (32), number of messages (2), of each step (1), sender (2), digest (32).
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let count = u16::try_from(self.counted.len()).unwrap_or(u16::MAX);
        let mut writer = Writer::new().bytes(&self.domain).u16(count);
        for (slot, digest) in &self.counted {
            writer = slot.write(writer).bytes(digest);
        }
        writer.finish()
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let domain = *reader.array()?;
        let mut counted: Vec<(Slot, Hash)> = Vec::new();
        for _ in 0..reader.u16()? {
            let (slot, digest) = (Slot::read(reader)?, *reader.array()?);
            if counted.last().is_some_and(|(last, _)| *last >= slot) {
                return Err(DecodeError::Value);
            }
            counted.push((slot, digest));
        }
        Ok(Self { domain, counted })
    }

    /// The message of a slot that counts.
    pub(super) fn find(&self, slot: Slot) -> Option<&Hash> {
        let at = self.counted.binary_search_by_key(&slot, |(slot, _)| *slot);
        self.counted.get(at.ok()?).map(|(_, digest)| digest)
    }
}

impl Slot {
    pub(super) const fn of<G: Group>(message: &Message<G>) -> Self {
        let (step, id) = (message.step, message.from);
        Self { step, id }
    }

    pub(super) fn write(self, writer: Writer) -> Writer {
        writer.u8(self.step.code()).u16(self.id.get())
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let step = Step::read(reader)?;
        let id = AuthorityId::read(reader)?;
        Ok(Self { step, id })
    }
}
