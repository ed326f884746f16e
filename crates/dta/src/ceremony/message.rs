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

macro_rules! steps {
    ($($(#[$doc:meta])+ $name:ident = $code:literal, $word:literal;)+) => {
        /// What a message does. A member posts one message for each step, and one exclusion for each step
        /// and member that it gives up.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Step {
            $($(#[$doc])+ $name,)+
        }

        impl Step {
            pub(super) const fn code(self) -> u8 {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                match reader.u8()? {
                    $($code => Ok(Self::$name),)+
                    _ => Err(DecodeError::Value),
                }
            }
        }

        impl fmt::Display for Step {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$name => $word,)+
                })
            }
        }
    };
}
steps! {
    /// A receiver brings an encryption key for this session.
    Join = 0, "join";
    /// A dealer commits to its opening.
    Commit = 1, "commitment";
    /// A dealer opens, and deals.
    Open = 2, "opening";
    /// A receiver shows which shares are wrong, if any.
    Dispute = 3, "disputes";
    /// A voter confirms the result.
    Confirm = 4, "confirmation";
    /// A helper hands its share of the lost share over; repair only.
    HandOver = 5, "hand-over";
    /// The new holder shows which of these are wrong; repair only, and only if one is.
    Object = 6, "objection";
    /// A voter gives a member up in a step.
    Exclude = 7, "exclusion";
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

/// A message; its signature counts for nothing until it is checked.
#[derive(Clone, Debug)]
pub(super) struct Message<G: Group> {
    pub(super) plan: PlanDigest,
    pub(super) step: Step,
    pub(super) from: AuthorityId,
    pub(super) body: Vec<u8>,
    /// What is signed.
    pub(super) digest: Hash,
    signature: Proof<G>,
}

const VERSION: u8 = 1;

impl Step {
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
        let lost = plan.lost();
        let may = match self {
            Self::Join => true,
            Self::Dispute => lost != Some(of),
            Self::Commit | Self::Open => plan.dealers.contains(&of),
            Self::HandOver => lost.is_some(),
            Self::Object => lost == Some(of),
            Self::Confirm | Self::Exclude => lost.is_none(),
        };
        let roster = if self.is_for_receivers() {
            &plan.receivers
        } else {
            &plan.voters
        };
        roster.key(of).filter(|_| may)
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

impl<G: Group> Message<G> {
    /// Signs a body; `None` if the key is zero.
    pub(super) fn sign(
        (plan, step, from): (PlanDigest, Step, AuthorityId),
        body: Vec<u8>,
        key: &G::Secret,
        public: &MemberPublicKey<G>,
        hedge: &Hash,
    ) -> Option<Self> {
        let digest = digest(plan, step, from, &body);
        let signature = Statement::new(tags::SIGNATURE, &digest, &public.0).prove(key, hedge)?;
        Some(Self {
            plan,
            step,
            from,
            body,
            digest,
            signature,
        })
    }

    /// Version (1), plan (32), step (1), sender (2), body, signature (64).
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let writer = Writer::new()
            .u8(VERSION)
            .bytes(&self.plan.0)
            .u8(self.step.code())
            .u16(self.from.get())
            .bytes(&self.body);
        self.signature.write(writer).finish()
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let plan = PlanDigest(*reader.array()?);
        let step = Step::read(&mut reader)?;
        let from = AuthorityId::read(&mut reader)?;
        let length = reader.remaining().checked_sub(Proof::<G>::LEN);
        let body = reader.bytes(length.ok_or(DecodeError::Length)?)?.to_vec();
        Ok(Self {
            plan,
            step,
            from,
            digest: digest(plan, step, from, &body),
            body,
            signature: Proof::read(&mut reader)?,
        })
    }

    /// Whether a member has signed this.
    pub(super) fn is_signed_vartime(&self, by: &MemberPublicKey<G>) -> bool {
        Statement::new(tags::SIGNATURE, &self.digest, &by.0).holds_vartime(&self.signature)
    }
}

fn digest(plan: PlanDigest, step: Step, from: AuthorityId, body: &[u8]) -> Hash {
    let mut transcript = Transcript::new(tags::MESSAGE);
    transcript.append("place", &place(plan, step, from));
    transcript.append("body", body);
    transcript.bytes("digest")
}

/// What tells the messages of one step of one member in one session from all others.
pub(super) fn place(plan: PlanDigest, step: Step, from: AuthorityId) -> Vec<u8> {
    let writer = Writer::new().bytes(&plan.0).u8(step.code());
    writer.u16(from.get()).finish()
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dealer(id) => write!(f, "member {id}"),
            Self::Receiver(id) => write!(f, "receiver {id}"),
        }
    }
}
