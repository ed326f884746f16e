//! Round 1: dealers bind themselves before anybody opens.

use milagro_base::{Reader, Writer};
use milagro_curve::{DecodeError, Transcript};

use crate::ceremony::message::{Hash, Step, place};
use crate::ceremony::plan::PlanDigest;
use crate::domain::member::AuthorityId;
use crate::tags;

/// The joins that a dealer has seen, and the hash of its opening; 64 bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Commit {
    pub(super) seen: Hash,
    pub(super) opening: Hash,
}

impl Commit {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        Writer::new()
            .bytes(&self.seen)
            .bytes(&self.opening)
            .finish()
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (seen, opening) = (*reader.array()?, *reader.array()?);
        Ok(Self { seen, opening })
    }
}

/// The hash that commits to the body of an opening.
pub(super) fn commitment(plan: PlanDigest, dealer: AuthorityId, opening: &[u8]) -> Hash {
    let mut transcript = Transcript::new(tags::COMMITMENT);
    transcript.append("place", &place(plan, Step::Open, dealer));
    transcript.append("opening", opening);
    transcript.bytes("commitment")
}
