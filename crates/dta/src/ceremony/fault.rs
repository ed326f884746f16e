//! Who has lied, with evidence that anybody can check who knows the plan.

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;

use crate::ceremony::message::{Message, Party, Step};
use crate::domain::member::AuthorityId;
use crate::sharing::group::Group;

/// What a member has done, by its own signed words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Offence {
    /// Two different messages for one step.
    TwoVersions(Step),
    /// A signed message that says nothing: another length or number of commitments than the plan says, an
    /// element outside the group, lists out of order.
    Malformed(Step),
    /// The proof of possession of a session key fails.
    SessionKey,
    /// The proof of possession of a constant term fails.
    Possession,
    /// The constant term is not the dealer's share.
    Constant,
    /// The proof of an ephemeral key fails: it is somebody else's, or for other content.
    Ephemeral,
    /// An opening that was not committed to, or for other joins.
    NotCommitted,
    /// An opening for others than those who have joined, or a hand-over for others than the new holder.
    Receivers,
    /// A wrong value for this receiver.
    Share(AuthorityId),
    /// A right value of this member, shown as a wrong one.
    FalseDispute(AuthorityId),
}

/// An offence, who committed it, and the messages that prove it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// Who.
    pub culprit: Party,
    /// What.
    pub offence: Offence,
    /// The messages, in bytes: see [`proven`](crate::ceremony::proven).
    pub evidence: Vec<u8>,
}

const VERSION: u8 = 1;

impl Fault {
    pub(super) fn new<'a, G: Group>(
        culprit: &Message<G>,
        offence: Offence,
        messages: impl IntoIterator<Item = &'a Message<G>>,
    ) -> Self {
        Self {
            culprit: culprit.step.party(culprit.from),
            offence,
            evidence: write(messages.into_iter().map(Message::to_bytes)),
        }
    }
}

/// Version (1), then each message behind its length (4).
pub(super) fn write(messages: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let writer = messages.fold(Writer::new().u8(VERSION), |writer, message| {
        // Messages on a board have at most 2^16 bytes.
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
        writer.u32(length).bytes(&message)
    });
    writer.finish()
}

pub(super) fn read(evidence: &[u8]) -> Result<Vec<&[u8]>, DecodeError> {
    let mut reader = Reader::new(evidence);
    reader.version(VERSION)?;
    let mut messages = Vec::new();
    while reader.remaining() > 0 {
        let length = usize::try_from(reader.u32()?).map_err(|_| DecodeError::Length)?;
        messages.push(reader.bytes(length)?);
    }
    Ok(messages)
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TwoVersions(step) => write!(f, "signed two versions of its {step}"),
            Self::Malformed(step) => write!(f, "signed a {step} that says nothing"),
            Self::SessionKey => f.write_str("has not proven its session key"),
            Self::Possession => f.write_str("has not proven its constant term"),
            Self::Constant => f.write_str("dealt another constant term than its share"),
            Self::Ephemeral => f.write_str("has not proven its ephemeral key"),
            Self::NotCommitted => f.write_str("opened what it had not committed to"),
            Self::Receivers => f.write_str("dealt to others than those who should receive"),
            Self::Share(to) => write!(f, "sent member {to} a wrong share"),
            Self::FalseDispute(of) => write!(f, "disputed a right share of member {of}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.culprit, self.offence)
    }
}
