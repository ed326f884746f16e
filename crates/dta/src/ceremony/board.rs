//! What has been said: a set of messages, in any order, from anybody.

use alloc::collections::BTreeMap;
use core::fmt;

use milagro_base::Reader;
use milagro_curve::DecodeError;

use crate::ceremony::commit::Commit;
use crate::ceremony::confirm::{Confirmation, Slot};
use crate::ceremony::dispute::Disputes;
use crate::ceremony::fault::Offence;
use crate::ceremony::join::Join;
use crate::ceremony::message::{Message, Party, Step};
use crate::ceremony::open::Opening;
use crate::ceremony::plan::{Plan, PlanDigest};
use crate::ceremony::repair::HandOver;
use crate::domain::member::AuthorityId;
use crate::domain::protocol::Protocol;
use crate::sharing::group::Group;

/// The messages of one plan as one member has seen them. Bytes may come in any order, twice, and from
/// anybody: what is not signed by a member for this plan does not get in, and of each member and step no
/// more than two versions do, which convict it, but for one that t members have confirmed.
#[derive(Clone, Debug)]
pub struct Board<P: Protocol> {
    pub(super) plan: Plan<P>,
    entries: BTreeMap<Slot, Vec<Entry<P::Group>>>,
    exclusions: BTreeMap<(Slot, AuthorityId), Message<P::Group>>,
    /// Members that have signed something for another plan under the same number and key.
    pub(super) others: BTreeMap<Party, PlanDigest>,
}

/// A signed message, and what it says or what is wrong with it.
#[derive(Clone, Debug)]
pub(super) struct Entry<G: Group> {
    pub(super) message: Message<G>,
    pub(super) body: Result<Body<G>, Offence>,
}

/// Why bytes are not put up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refused {
    /// No message, or one that nobody can have sent in earnest.
    Format(DecodeError),
    /// Of this plan; if a member signed it, [`Progress`](crate::ceremony::Progress) tells.
    Plan(PlanDigest),
    /// The plan has nobody of this number who could say this.
    Sender,
    /// Not signed by whom it says.
    Signature,
    /// A third version: two are enough to convict. It is taken once t members have confirmed it, so offer it
    /// again after what comes later.
    Surplus,
}

impl<P: Protocol> Board<P> {
    /// Longest message, in bytes. The longest of 255 members have 38,000.
    pub const MAX_MESSAGE: usize = 1 << 16;

    /// An empty board.
    #[must_use]
    pub fn new(plan: &Plan<P>) -> Self {
        Self {
            plan: plan.clone(),
            entries: BTreeMap::new(),
            exclusions: BTreeMap::new(),
            others: BTreeMap::new(),
        }
    }

    /// Puts a message up; false if it was there already. Whatever is cheap to refuse is refused before
    /// anything is computed.
    ///
    /// # Errors
    /// [`Refused`]. The board is what it was before.
    pub fn add(&mut self, bytes: &[u8]) -> Result<bool, Refused> {
        if bytes.len() > Self::MAX_MESSAGE {
            return Err(Refused::Format(DecodeError::Length));
        }
        let message = Message::read(bytes).map_err(Refused::Format)?;
        let (step, id) = (message.step, message.from);
        let key = *step.key(&self.plan, id).ok_or(Refused::Sender)?;
        let signed = |message: &Message<_>| {
            let valid = message.is_signed_vartime(&key);
            valid.then_some(()).ok_or(Refused::Signature)
        };
        if message.plan != self.plan.digest {
            let party = step.party(id);
            if !self.others.contains_key(&party) && signed(&message).is_ok() {
                self.others.insert(party, message.plan);
            }
            return Err(Refused::Plan(message.plan));
        }
        if step == Step::Exclude {
            let slot = excluded(&self.plan, &message.body)?;
            if self.exclusions.contains_key(&(slot, id)) {
                return Ok(false);
            }
            signed(&message)?;
            self.exclusions.insert((slot, id), message);
            return Ok(true);
        }
        let slot = Slot::of(&message);
        let known = self.versions(slot);
        let mut digests = known.iter().map(|entry| entry.message.digest);
        if digests.any(|digest| digest == message.digest) {
            return Ok(false);
        }
        if known.len() > 1 && !self.is_confirmed(&message) {
            return Err(Refused::Surplus);
        }
        signed(&message)?;
        let body = Body::of(&self.plan, &message);
        let versions = self.entries.entry(slot).or_default();
        versions.push(Entry { message, body });
        Ok(true)
    }

    /// Whether t voters, and so an honest one, have confirmed this version, or the same as it confirms. Else
    /// two other versions, shown to one member first, would keep the result of all from it.
    fn is_confirmed(&self, message: &Message<P::Group>) -> bool {
        let slot = Slot::of(message);
        let confirms =
            |entry: &Entry<_>| match entry.body.as_ref().ok().and_then(Body::confirmation) {
                Some(_) if slot.step == Step::Confirm => entry.message.body == message.body,
                Some(confirmation) => confirmation.find(slot) == Some(&message.digest),
                None => false,
            };
        let voters = self
            .entries
            .values()
            .filter(|versions| versions.iter().any(confirms));
        voters.count() >= usize::from(self.plan.old_threshold().needed())
    }

    /// All messages, for others to add to theirs.
    pub fn messages(&self) -> impl Iterator<Item = Vec<u8>> {
        let entries = self.entries().map(|entry| &entry.message);
        let messages = entries.chain(self.exclusions.values());
        messages.map(Message::to_bytes)
    }

    /// Everything but exclusions.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry<P::Group>> {
        self.entries.values().flatten()
    }

    /// The versions of a member's message for a step: none, one, or two.
    pub(super) fn versions(&self, slot: Slot) -> &[Entry<P::Group>] {
        self.entries.get(&slot).map_or(&[], Vec::as_slice)
    }

    /// Who is given up in which step, and by whom.
    pub(super) fn exclusions(&self) -> impl Iterator<Item = (Slot, AuthorityId)> {
        self.exclusions.keys().copied()
    }

    /// Who gives a member up in a step.
    pub(super) fn excluders(&self, of: Slot) -> impl Iterator<Item = AuthorityId> {
        let voters = self.plan.voters.ids();
        voters.filter(move |by| self.exclusions.contains_key(&(of, *by)))
    }
}

fn excluded<P: Protocol>(plan: &Plan<P>, body: &[u8]) -> Result<Slot, Refused> {
    let mut reader = Reader::new(body);
    let slot = Slot::read(&mut reader).map_err(Refused::Format)?;
    reader.finish().map_err(Refused::Format)?;
    let there = slot.step.can_be_given_up() && slot.step.key(plan, slot.id).is_some();
    there.then_some(slot).ok_or(Refused::Sender)
}

/// What a message can say, and how to ask whether it does.
macro_rules! bodies {
    ($($variant:ident($body:ty), $name:ident;)+) => {
        #[derive(Clone, Debug)]
        pub(super) enum Body<G: Group> {
            $($variant($body),)+
        }

        impl<G: Group> Body<G> {
            $(pub(super) fn $name(&self) -> Option<&$body> {
                match self {
                    Self::$variant(body) => Some(body),
                    _ => None,
                }
            })+
        }
    };
}
bodies! {
    Join(Join<G>), join;
    Commit(Commit), commit;
    Open(Opening<G>), open;
    Disputes(Disputes<G>), disputes;
    Confirm(Confirmation), confirmation;
    HandOver(HandOver<G>), hand_over;
}

impl<G: Group> Body<G> {
    /// What a signed message says, or what its author is guilty of.
    fn of<P: Protocol<Group = G>>(plan: &Plan<P>, message: &Message<G>) -> Result<Self, Offence> {
        let mut reader = Reader::new(&message.body);
        let body = Self::read(plan, message, &mut reader);
        let body = body.and_then(|body| reader.finish().map(|()| body));
        let body = body.map_err(|_| Offence::Malformed(message.step))?;
        match &body {
            Self::Join(join) if !join.is_possessed(message) => Err(Offence::SessionKey),
            Self::Open(opening) => opening.check(plan, message).map(|()| body),
            Self::HandOver(handed) if !handed.envelope.is_possessed(&[]) => Err(Offence::Ephemeral),
            Self::HandOver(handed) if !handed.envelope.is_for(plan.lost().into_iter()) => {
                Err(Offence::Receivers)
            }
            _ => Ok(body),
        }
    }

    fn read<P: Protocol<Group = G>>(
        plan: &Plan<P>,
        message: &Message<G>,
        reader: &mut Reader<'_>,
    ) -> Result<Self, DecodeError> {
        Ok(match message.step {
            Step::Join => Self::Join(Join::read(reader)?),
            Step::Commit => Self::Commit(Commit::read(reader)?),
            Step::Open => Self::Open(Opening::read(reader, plan, message)?),
            Step::Dispute | Step::Object => Self::Disputes(Disputes::read(reader)?),
            Step::Confirm => Self::Confirm(Confirmation::read(reader)?),
            Step::HandOver => Self::HandOver(HandOver::read(reader, message)?),
            Step::Exclude => return Err(DecodeError::Value),
        })
    }

    /// What of the rounds before it speaks of.
    pub(super) const fn seen(&self) -> Option<&[u8; 32]> {
        match self {
            Self::Join(_) | Self::Confirm(_) => None,
            Self::Commit(commit) => Some(&commit.seen),
            Self::Open(opening) => Some(&opening.seen),
            Self::Disputes(said) => Some(&said.seen),
            Self::HandOver(handed) => Some(&handed.seen),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(error) => write!(f, "no message: {error}"),
            Self::Plan(plan) => write!(f, "message of plan {plan}"),
            Self::Sender => f.write_str("nobody in the plan could say this"),
            Self::Signature => f.write_str("signature of nobody in the plan"),
            Self::Surplus => f.write_str("third version of one message"),
        }
    }
}

impl core::error::Error for Refused {}
