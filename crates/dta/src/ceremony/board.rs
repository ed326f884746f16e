//! What has been said: a set of messages, in any order, from anybody.

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry as Slot;
use core::fmt;

use milagro_base::Reader;
use milagro_curve::DecodeError;

use crate::ceremony::commit::Commit;
use crate::ceremony::confirm::{Confirmation, Exclusion};
use crate::ceremony::dispute::Disputes;
use crate::ceremony::fault::Offence;
use crate::ceremony::join::Join;
use crate::ceremony::message::{Header, Message, Party, Step};
use crate::ceremony::open::Opening;
use crate::ceremony::plan::{Plan, PlanDigest};
use crate::ceremony::repair::HandOver;
use crate::domain::member::AuthorityId;
use crate::domain::protocol::Protocol;
use crate::domain::roster::MemberPublicKey;
use crate::sharing::group::Group;

/// The messages of one plan as one member has seen them. Bytes may come in any order, twice, and from
/// anybody: what is not signed by a member for this plan does not get in, and of each member and step no
/// more than two versions do, which convict it.
#[derive(Clone, Debug)]
pub struct Board<P: Protocol> {
    plan: Plan<P>,
    entries: BTreeMap<(Step, AuthorityId), Vec<Entry<P::Group>>>,
    exclusions: BTreeMap<Exclusion, BTreeMap<AuthorityId, Message<P::Group>>>,
    others: BTreeMap<Party, PlanDigest>,
}

/// A message, and what it says or what is wrong with it.
#[derive(Clone, Debug)]
pub(super) struct Entry<G: Group> {
    pub(super) message: Message<G>,
    pub(super) body: Result<Body<G>, Offence>,
}

/// What a message says.
#[derive(Clone, Debug)]
pub(super) enum Body<G: Group> {
    Join(Join<G>),
    Commit(Commit),
    Open(Box<Opening<G>>),
    Disputes(Disputes<G>),
    Confirm(Confirmation),
    HandOver(Box<HandOver<G>>),
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
    /// A third version: two are enough to convict.
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
        let mut reader = Reader::new(bytes);
        let header = Header::read(&mut reader).map_err(Refused::Format)?;
        let Header { step, from, plan } = header;
        let key = *step.key(&self.plan, from).ok_or(Refused::Sender)?;
        let message = header.body(reader).map_err(Refused::Format)?;
        if plan != self.plan.digest() {
            if let Slot::Vacant(slot) = self.others.entry(step.party(from))
                && message.is_signed_vartime(&key)
            {
                slot.insert(plan);
            }
            return Err(Refused::Plan(plan));
        }
        if step == Step::Exclude {
            return self.exclude(message, &key);
        }
        let known = self.versions(step, from);
        if known
            .iter()
            .any(|entry| entry.message.digest == message.digest)
        {
            return Ok(false);
        }
        if known.len() > 1 {
            return Err(Refused::Surplus);
        }
        if !message.is_signed_vartime(&key) {
            return Err(Refused::Signature);
        }
        let body = read(&self.plan, &message);
        let entry = Entry { message, body };
        self.entries.entry((step, from)).or_default().push(entry);
        Ok(true)
    }

    /// All messages, for others to add to theirs.
    pub fn messages(&self) -> impl Iterator<Item = Vec<u8>> {
        let entries = self.entries.values().flatten().map(|entry| &entry.message);
        let exclusions = self.exclusions.values().flat_map(BTreeMap::values);
        entries
            .chain(exclusions)
            .map(|message| message.to_bytes(self.plan.digest()))
    }

    /// Members that have signed something for another plan under the same number and key.
    pub(super) const fn others(&self) -> &BTreeMap<Party, PlanDigest> {
        &self.others
    }

    pub(super) const fn plan(&self) -> &Plan<P> {
        &self.plan
    }

    /// Everything but exclusions.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry<P::Group>> {
        self.entries.values().flatten()
    }

    /// The versions of a member's message for a step: none, one, or two.
    pub(super) fn versions(&self, step: Step, from: AuthorityId) -> &[Entry<P::Group>] {
        self.entries.get(&(step, from)).map_or(&[], Vec::as_slice)
    }

    /// Who has given whom up.
    pub(super) fn exclusions(&self) -> impl Iterator<Item = (Exclusion, AuthorityId)> {
        let by = self.exclusions.iter();
        by.flat_map(|(exclusion, by)| by.keys().map(|by| (*exclusion, *by)))
    }

    fn exclude(
        &mut self,
        message: Message<P::Group>,
        key: &MemberPublicKey<P::Group>,
    ) -> Result<bool, Refused> {
        let mut reader = Reader::new(&message.body);
        let exclusion = Exclusion::read(&mut reader).map_err(Refused::Format)?;
        reader.finish().map_err(Refused::Format)?;
        let Exclusion { step, whom } = exclusion;
        if !step.can_be_given_up() || step.key(&self.plan, whom).is_none() {
            return Err(Refused::Sender);
        }
        let known = self.exclusions.get(&exclusion);
        if known.is_some_and(|by| by.contains_key(&message.from)) {
            return Ok(false);
        }
        if !message.is_signed_vartime(key) {
            return Err(Refused::Signature);
        }
        let by = self.exclusions.entry(exclusion).or_default();
        by.insert(message.from, message);
        Ok(true)
    }
}

/// What a signed message says, or what its author is guilty of.
fn read<P: Protocol>(
    plan: &Plan<P>,
    message: &Message<P::Group>,
) -> Result<Body<P::Group>, Offence> {
    let mut reader = Reader::new(&message.body);
    let body = decode(plan, message, &mut reader)
        .and_then(|body| reader.finish().map(|()| body))
        .map_err(|_| Offence::Malformed(message.step))?;
    match &body {
        Body::Join(join) if !join.is_possessed(plan.digest(), message.from) => {
            Err(Offence::SessionKey)
        }
        Body::Open(opening) => opening.check(plan).map(|()| body),
        Body::HandOver(handed) if !handed.is_sound(plan.lost()) => Err(Offence::Ephemeral),
        _ => Ok(body),
    }
}

fn decode<P: Protocol>(
    plan: &Plan<P>,
    message: &Message<P::Group>,
    reader: &mut Reader<'_>,
) -> Result<Body<P::Group>, DecodeError> {
    Ok(match message.step {
        Step::Join => Body::Join(Join::read(reader)?),
        Step::Commit => Body::Commit(Commit::read(reader)?),
        Step::Open => Body::Open(Box::new(Opening::read(reader, plan, message.from)?)),
        Step::Dispute | Step::Object => Body::Disputes(Disputes::read(reader)?),
        Step::Confirm => Body::Confirm(Confirmation::read(reader)?),
        Step::HandOver => Body::HandOver(Box::new(HandOver::read(reader, plan, message.from)?)),
        Step::Exclude => return Err(DecodeError::Value),
    })
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
