//! Round 4: voters say what came out and of which messages; and exclusions, by which they give up waiting.

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;

use crate::ceremony::message::{Hash, Step};
use crate::domain::member::AuthorityId;

/// The digest of the domain, and all messages that count. Equal confirmations have equal bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Confirmation {
    pub(super) domain: Hash,
    /// In ascending order.
    pub(super) counted: Vec<Counted>,
}

/// A message that counts, by its digest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Counted {
    pub(super) step: Step,
    pub(super) from: AuthorityId,
    pub(super) digest: Hash,
}

/// That a voter gives a member up in a step; 3 bytes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Exclusion {
    pub(super) step: Step,
    pub(super) whom: AuthorityId,
}

impl Confirmation {
    /// Digest of the domain (32), number of messages (2), of each step (1), sender (2), digest (32).
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let count = u16::try_from(self.counted.len()).unwrap_or(u16::MAX);
        let head = Writer::new().bytes(&self.domain).u16(count);
        let counted = self.counted.iter();
        counted
            .fold(head, |writer, one| {
                let writer = one.step.write(writer).u16(one.from.get());
                writer.bytes(&one.digest)
            })
            .finish()
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let domain = *reader.array()?;
        let mut counted: Vec<Counted> = Vec::new();
        for _ in 0..reader.u16()? {
            let one = Counted {
                step: Step::read(reader)?,
                from: AuthorityId::read(reader)?,
                digest: *reader.array()?,
            };
            let place = (one.step, one.from);
            if counted
                .last()
                .is_some_and(|last| (last.step, last.from) >= place)
            {
                return Err(DecodeError::Value);
            }
            counted.push(one);
        }
        Ok(Self { domain, counted })
    }

    /// The message of a step and member that counts.
    pub(super) fn find(&self, step: Step, from: AuthorityId) -> Option<&Hash> {
        let place = |one: &Counted| (one.step, one.from).cmp(&(step, from));
        let at = self.counted.binary_search_by(place).ok()?;
        self.counted.get(at).map(|one| &one.digest)
    }
}

impl Exclusion {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        self.step.write(Writer::new()).u16(self.whom.get()).finish()
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            step: Step::read(reader)?,
            whom: AuthorityId::read(reader)?,
        })
    }
}
