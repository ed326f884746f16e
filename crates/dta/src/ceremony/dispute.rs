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
    /// J.
    pub(super) joins: Hash,
    /// O, or of an objection the hash of the hand-overs.
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
    /// J (32), hash of what was seen (32), number of disputes (2), of each: whom (2), digest of the message
    /// (32), K (48 on BLS12-381), proof (64); in ascending order.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let count = u16::try_from(self.items.len()).unwrap_or(u16::MAX);
        let head = Writer::new()
            .bytes(&self.joins)
            .bytes(&self.seen)
            .u16(count);
        let items = self.items.iter();
        items
            .fold(head, |writer, item| {
                let writer = writer.u16(item.against.get()).bytes(&item.message);
                item.shown.write(writer)
            })
            .finish()
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (joins, seen) = (*reader.array()?, *reader.array()?);
        let mut items: Vec<Dispute<G>> = Vec::new();
        for _ in 0..reader.u16()? {
            let against = AuthorityId::read(reader)?;
            if items.last().is_some_and(|last| last.against >= against) {
                return Err(DecodeError::Value);
            }
            items.push(Dispute {
                against,
                message: *reader.array()?,
                shown: Shown::read(reader)?,
            });
        }
        Ok(Self { joins, seen, items })
    }
}
