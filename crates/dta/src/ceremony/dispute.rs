//! Round 3: each receiver shows which of the values that it was sent are wrong, and that it has seen all.

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;

use crate::ceremony::envelope::Shown;
use crate::ceremony::message::Hash;
use crate::domain::member::AuthorityId;
use crate::sharing::group::Group;

/// All of a receiver's disputes in one message, or none. Of a repair's new holder: its objections.
#[derive(Clone, Debug)]
pub(super) struct Disputes<G: Group> {
    /// O, which covers J.
    pub(super) seen: Hash,
    pub(super) items: Vec<Dispute<G>>,
}

/// That a message holds a wrong value for the sender.
#[derive(Clone, Debug)]
pub(super) struct Dispute<G: Group> {
    pub(super) against: AuthorityId,
    /// The digest of the message: a dispute of one message says nothing of another.
    pub(super) message: Hash,
    pub(super) shown: Shown<G>,
}

impl<G: Group> Disputes<G> {
    /// Hash of what was seen (32), number of disputes (2), of each: whom (2), digest of the message (32), K
    /// (48 on BLS12-381), proof (64); in ascending order.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let count = u16::try_from(self.items.len()).unwrap_or(u16::MAX);
        let mut writer = Writer::new().bytes(&self.seen).u16(count);
        for item in &self.items {
            writer = writer.u16(item.against.get()).bytes(&item.message);
            writer = item.shown.write(writer);
        }
        writer.finish()
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let seen = *reader.array()?;
        let mut items: Vec<Dispute<G>> = Vec::new();
        for _ in 0..reader.u16()? {
            let item = Dispute {
                against: AuthorityId::read(reader)?,
                message: *reader.array()?,
                shown: Shown::read(reader)?,
            };
            if items
                .last()
                .is_some_and(|last| last.against >= item.against)
            {
                return Err(DecodeError::Value);
            }
            items.push(item);
        }
        Ok(Self { seen, items })
    }
}
