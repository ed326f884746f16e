//! Signed messages.

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::{DecodeError, Transcript};

use crate::ceremony::plan::{Plan, PlanDigest};
use crate::domain::member::AuthorityId;
use crate::domain::protocol::Protocol;
use crate::domain::roster::MemberPublicKey;
use crate::sharing::group::Group;
use crate::sharing::schnorr::{Proof, Statement};
use crate::tags;

/// A 32-byte hash of a message or of what was said in a round.
pub(super) type Hash = [u8; 32];

/// What a message does. A member posts one message for each step, and one exclusion for each step and
/// member that it gives up.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Step {
    /// A receiver brings an encryption key for this session.
    Join,
    /// A dealer commits to its opening.
    Commit,
    /// A dealer opens, and deals.
    Open,
    /// A receiver shows which shares are wrong, if any.
    Dispute,
    /// A voter confirms the result.
    Confirm,
    /// A helper hands its share of the lost share over; repair only.
    HandOver,
    /// The new holder shows which of these are wrong; repair only, and only if one is.
    Object,
    /// A voter gives a member up in a step.
    Exclude,
}

/// Who speaks: under the old numbers or, where these differ, under the new ones.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Party {
    /// A dealer or voter.
    Dealer(AuthorityId),
    /// A receiver.
    Receiver(AuthorityId),
}

/// A message of a plan, whose signature was checked.
#[derive(Clone, Debug)]
pub(super) struct Message<G: Group> {
    pub(super) step: Step,
    pub(super) from: AuthorityId,
    pub(super) body: Vec<u8>,
    pub(super) digest: Hash,
    signature: Proof<G>,
}

/// What stands in front of a message.
pub(super) struct Header {
    pub(super) plan: PlanDigest,
    pub(super) step: Step,
    pub(super) from: AuthorityId,
}

const VERSION: u8 = 1;

impl Step {
    const ALL: [Self; 8] = [
        Self::Join,
        Self::Commit,
        Self::Open,
        Self::Dispute,
        Self::Confirm,
        Self::HandOver,
        Self::Object,
        Self::Exclude,
    ];

    const fn code(self) -> u8 {
        match self {
            Self::Join => 0,
            Self::Commit => 1,
            Self::Open => 2,
            Self::Dispute => 3,
            Self::Confirm => 4,
            Self::HandOver => 5,
            Self::Object => 6,
            Self::Exclude => 7,
        }
    }

    pub(super) fn write(self, writer: Writer) -> Writer {
        writer.u8(self.code())
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let code = reader.u8()?;
        let mut steps = Self::ALL.into_iter();
        let step = steps.find(|step| step.code() == code);
        step.ok_or(DecodeError::Value)
    }

    /// Whether a member that does not take this step can be excluded from it.
    pub(super) const fn can_be_given_up(self) -> bool {
        matches!(self, Self::Join | Self::Commit | Self::Open | Self::Dispute)
    }

    /// Whether receivers take this step, and not dealers or voters.
    pub(super) const fn is_for_receivers(self) -> bool {
        matches!(self, Self::Join | Self::Dispute | Self::Object)
    }

    /// Who takes this step under a number.
    pub(super) const fn party(self, id: AuthorityId) -> Party {
        if self.is_for_receivers() {
            Party::Receiver(id)
        } else {
            Party::Dealer(id)
        }
    }

    /// The key of whoever may take this step.
    pub(super) fn key<P: Protocol>(
        self,
        plan: &Plan<P>,
        of: AuthorityId,
    ) -> Option<&MemberPublicKey<P::Group>> {
        match self {
            Self::Join => plan.receivers.key(of),
            Self::Dispute => plan.receivers.key(of).filter(|_| plan.is_dealt_to(of)),
            Self::Commit | Self::Open => plan.voters.key(of).filter(|_| plan.dealers.contains(&of)),
            Self::HandOver => plan.voters.key(of).filter(|_| plan.lost().is_some()),
            Self::Object => plan.receivers.key(of).filter(|_| plan.lost() == Some(of)),
            Self::Confirm | Self::Exclude => plan.voters.key(of).filter(|_| plan.lost().is_none()),
        }
    }
}

impl Party {
    /// The number.
    #[must_use]
    pub const fn id(self) -> AuthorityId {
        match self {
            Self::Dealer(id) | Self::Receiver(id) => id,
        }
    }
}

impl Header {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.version(VERSION)?;
        Ok(Self {
            plan: PlanDigest(*reader.array()?),
            step: Step::read(reader)?,
            from: AuthorityId::read(reader)?,
        })
    }

    /// What is signed, of a body.
    fn digest(&self, body: &[u8]) -> Hash {
        let mut transcript = Transcript::new(tags::MESSAGE);
        transcript.append("plan", &self.plan.0);
        transcript.append("step", &[self.step.code()]);
        transcript.append("from", &self.from.get().to_be_bytes());
        transcript.append("body", body);
        transcript.bytes("digest")
    }

    /// Signs a body; `None` if the key is zero.
    pub(super) fn sign<G: Group>(
        &self,
        body: Vec<u8>,
        key: &G::Secret,
        public: &MemberPublicKey<G>,
        seed: &Hash,
    ) -> Option<Message<G>> {
        let digest = self.digest(&body);
        let signature = signed::<G>(&digest, public).prove(key, seed)?;
        Some(Message {
            step: self.step,
            from: self.from,
            body,
            digest,
            signature,
        })
    }

    /// Reads body and signature behind a header. The signature is not checked yet.
    pub(super) fn body<G: Group>(&self, mut reader: Reader<'_>) -> Result<Message<G>, DecodeError> {
        let length = reader.remaining().checked_sub(Proof::<G>::LEN);
        let body = reader.bytes(length.ok_or(DecodeError::Length)?)?.to_vec();
        let signature = Proof::read(&mut reader)?;
        reader.finish()?;
        Ok(Message {
            step: self.step,
            from: self.from,
            digest: self.digest(&body),
            body,
            signature,
        })
    }
}

impl<G: Group> Message<G> {
    /// Whether a member has signed this.
    pub(super) fn is_signed_vartime(&self, by: &MemberPublicKey<G>) -> bool {
        signed(&self.digest, by).holds_vartime(&self.signature)
    }

    /// Version (1), plan (32), step (1), sender (2), body, signature (64).
    pub(super) fn to_bytes(&self, plan: PlanDigest) -> Vec<u8> {
        let writer = Writer::new()
            .u8(VERSION)
            .bytes(&plan.0)
            .u8(self.step.code())
            .u16(self.from.get())
            .bytes(&self.body);
        self.signature.write(writer).finish()
    }
}

fn signed<'a, G: Group>(digest: &'a Hash, key: &'a MemberPublicKey<G>) -> Statement<'a, G> {
    Statement {
        tag: tags::SIGNATURE,
        message: digest,
        public: &key.0,
        pair: None,
    }
}

/// The hash of the messages of a step that count.
pub(super) fn hash_of(
    plan: PlanDigest,
    step: Step,
    messages: impl Iterator<Item = (AuthorityId, Hash)>,
) -> Hash {
    let mut transcript = Transcript::new(tags::ROUND);
    transcript.append("plan", &plan.0);
    transcript.append("step", &[step.code()]);
    for (from, digest) in messages {
        transcript.append("from", &from.get().to_be_bytes());
        transcript.append("message", &digest);
    }
    transcript.bytes("hash")
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Join => "join",
            Self::Commit => "commitment",
            Self::Open => "opening",
            Self::Dispute => "disputes",
            Self::Confirm => "confirmation",
            Self::HandOver => "hand-over",
            Self::Object => "objection",
            Self::Exclude => "exclusion",
        })
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dealer(id) => write!(f, "member {id}"),
            Self::Receiver(id) => write!(f, "receiver {id}"),
        }
    }
}
