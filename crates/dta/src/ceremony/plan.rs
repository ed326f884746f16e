//! What a ceremony is about. All members have the same plan; its digest is in every message.

use alloc::collections::BTreeSet;
use core::fmt;

use milagro_base::Writer;
use milagro_curve::Transcript;

use crate::domain::issued::IssuedSet;
use crate::domain::member::{AuthorityId, Threshold};
use crate::domain::protocol::Protocol;
use crate::domain::roster::{MemberPublicKey, Roster};
use crate::domain::trust_domain::{TrustDomain, is_name};
use crate::errors::errors;
use crate::sharing::group::Group;
use crate::tags;

/// The plan of one session: the task, who deals, who receives, who votes. It comes from configuration,
/// never from received messages.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Plan<P: Protocol> {
    pub(super) task: Task,
    pub(super) name: Box<str>,
    pub(super) domain: Option<TrustDomain<P>>,
    pub(super) threshold: Threshold,
    pub(super) voters: Roster<P::Group>,
    pub(super) dealers: BTreeSet<AuthorityId>,
    pub(super) receivers: Roster<P::Group>,
    /// The hash of the set of issued subjects that receivers begin with.
    pub(super) issued: Option<[u8; 32]>,
    session: [u8; 32],
    pub(super) digest: PlanDigest,
}

/// What binds every message to a plan; shown in groups of four, to be compared by telephone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PlanDigest(pub(super) [u8; 32]);

/// What is to be done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Task {
    Found,
    Refresh,
    Reshare,
    Repair(AuthorityId),
}

errors! {
    /// Why there is no such plan.
    PlanError {
        /// The name of the domain has 0 or more than 255 bytes.
        Name => "names of domains have 1 to 255 bytes",
        /// The members are not those of the domain, or not 1 to n.
        Roster => "members are not those that the task needs",
        /// Too few dealers: t, or exactly t helpers of a repair.
        Dealers => "not as many dealers as the task needs",
        /// Too few receivers to confirm a result.
        Receivers => "too few receivers to confirm a result",
        /// A set of issued subjects of another domain, or where none is carried.
        Issued => "not a set of issued subjects of the domain that is handed over",
        /// With t = 1 every share is the key, and stays it.
        NothingToRefresh => "shares of a domain with t = 1 are the key itself",
    }
}

impl<P: Protocol> Plan<P> {
    /// Founds a domain: distributed key generation. `session` is a value that this group has never used
    /// before, such as 32 random bytes that one member proposes; so below.
    ///
    /// # Errors
    /// [`PlanError::Roster`] unless the members are 1 to n, [`PlanError::Name`].
    pub fn found(
        session: [u8; 32],
        name: &str,
        threshold: Threshold,
        members: Roster<P::Group>,
    ) -> Result<Self, PlanError> {
        let mut plan = Self::draft(Task::Found, threshold, members);
        plan.name = name.into();
        plan.sealed(session)
    }

    /// Gives all authorities of a domain new shares of the same key, and makes the old ones useless.
    ///
    /// # Errors
    /// [`PlanError::NothingToRefresh`] for t = 1, [`PlanError::Roster`].
    pub fn refresh(
        session: [u8; 32],
        domain: TrustDomain<P>,
        members: Roster<P::Group>,
    ) -> Result<Self, PlanError> {
        let mut plan = Self::draft(Task::Refresh, domain.threshold(), members);
        plan.domain = Some(domain);
        plan.sealed(session)
    }

    /// Hands the key of a domain over to other authorities, or to more or fewer, or changes how many are
    /// needed. All old members deal; [`Self::without`] leaves some of them out.
    ///
    /// # Security
    /// The old shares stay good for the old threshold: their holders erase them, once the receivers say
    /// that they have finished, and not before.
    ///
    /// # Errors
    /// [`PlanError::Roster`] unless these are all old members, and 1 to n of the new threshold.
    pub fn reshare(
        session: [u8; 32],
        domain: TrustDomain<P>,
        members: Roster<P::Group>,
        threshold: Threshold,
        receivers: Roster<P::Group>,
    ) -> Result<Self, PlanError> {
        let mut plan = Self::draft(Task::Reshare, threshold, members);
        plan.domain = Some(domain);
        plan.receivers = receivers;
        plan.sealed(session)
    }

    /// Makes the share of one seat anew, for whoever holds it from now on under this key: the old member
    /// after a loss, or the successor of one that is dead or hostile. `helpers` are t others.
    ///
    /// # Errors
    /// [`PlanError::Dealers`] unless the helpers are t, [`PlanError::Roster`].
    pub fn repair(
        session: [u8; 32],
        domain: TrustDomain<P>,
        helpers: Roster<P::Group>,
        seat: AuthorityId,
        key: MemberPublicKey<P::Group>,
    ) -> Result<Self, PlanError> {
        let receivers = helpers.with(seat, key).map_err(|_| PlanError::Roster)?;
        let mut plan = Self::draft(Task::Repair(seat), domain.threshold(), helpers);
        plan.domain = Some(domain);
        plan.receivers = receivers;
        plan.sealed(session)
    }

    /// The plan of the next session after one that a member spoiled: it neither deals nor receives. It
    /// still counts among the n of whose number a quorum is taken, and its seat can be repaired
    /// afterwards. The session must be a new one.
    ///
    /// # Errors
    /// [`PlanError::Dealers`] or [`PlanError::Receivers`] if too few are left. Of a repair: choose other
    /// helpers.
    pub fn without(&self, session: [u8; 32], member: AuthorityId) -> Result<Self, PlanError> {
        let mut plan = self.clone();
        plan.dealers.remove(&member);
        match self.task {
            Task::Reshare => {}
            Task::Found | Task::Refresh => {
                let others = self.receivers.ids().filter(|id| *id != member);
                plan.receivers = self.receivers.among(&others.collect::<Vec<_>>());
            }
            Task::Repair(_) => return Err(PlanError::Dealers),
        }
        plan.sealed(session)
    }

    /// The same plan with the set of subjects that keys were issued to: the union of the sets of all old members,
    /// or of t of them at least. Whoever receives a share enters the set in its ledger before it issues. A member
    /// joins only if the set [includes](IssuedSet::includes) its own, and issues nothing more in between. Without a
    /// set, even an empty one, no receiver answers a grant. A refresh needs none: authorities go on counting where
    /// they counted.
    ///
    /// # Errors
    /// [`PlanError::Issued`] for a set of another domain, and when founding or refreshing.
    pub fn carrying(mut self, issued: &IssuedSet) -> Result<Self, PlanError> {
        let carries = matches!(self.task, Task::Reshare | Task::Repair(_));
        let ours = self.domain.as_ref().map(TrustDomain::id) == Some(issued.domain());
        if !carries || !ours {
            return Err(PlanError::Issued);
        }
        self.issued = Some(issued.hash());
        self.digest = self.hash();
        Ok(self)
    }

    /// What to compare with the others before joining.
    #[must_use]
    pub const fn digest(&self) -> PlanDigest {
        self.digest
    }

    /// How many of the voters exclude a member, and confirm a result: two such quorums share t members.
    #[must_use]
    pub fn quorum(&self) -> usize {
        quorum(self.old_threshold())
    }

    /// The threshold that the voters and dealers have among them.
    pub(super) fn old_threshold(&self) -> Threshold {
        let domain = self.domain.as_ref();
        domain.map_or(self.threshold, TrustDomain::threshold)
    }

    /// The seat that is repaired.
    pub(super) const fn lost(&self) -> Option<AuthorityId> {
        match self.task {
            Task::Repair(seat) => Some(seat),
            _ => None,
        }
    }

    /// How many have to join, and how many of those to receive: all in a repair, else as many as can
    /// confirm.
    pub(super) fn receivers_needed(&self) -> (usize, usize) {
        match self.task {
            Task::Repair(_) => (self.receivers.len(), self.dealers.len()),
            _ => (quorum(self.threshold), quorum(self.threshold)),
        }
    }

    fn draft(task: Task, threshold: Threshold, members: Roster<P::Group>) -> Self {
        Self {
            task,
            name: "".into(),
            domain: None,
            threshold,
            dealers: members.ids().collect(),
            voters: members.clone(),
            receivers: members,
            issued: None,
            session: [0; 32],
            digest: PlanDigest([0; 32]),
        }
    }

    fn sealed(mut self, session: [u8; 32]) -> Result<Self, PlanError> {
        let old = self.old_threshold();
        let (t, helpers) = (usize::from(old.needed()), self.voters.len());
        let known = |roster: &Roster<P::Group>| roster.ids().all(|id| old.contains(id));
        match self.task {
            Task::Found if !is_name(&self.name) => return Err(PlanError::Name),
            Task::Refresh if t == 1 => return Err(PlanError::NothingToRefresh),
            Task::Repair(_) if helpers != t => return Err(PlanError::Dealers),
            Task::Repair(seat) if self.voters.key(seat).is_some() => return Err(PlanError::Roster),
            Task::Repair(_) if known(&self.receivers) => {}
            Task::Repair(_) => return Err(PlanError::Roster),
            Task::Reshare if !self.receivers.ids().eq(self.threshold.ids()) => {
                return Err(PlanError::Roster);
            }
            _ if !self.voters.ids().eq(old.ids()) => return Err(PlanError::Roster),
            _ if self.dealers.len() < t => return Err(PlanError::Dealers),
            _ if self.receivers.len() < quorum(self.threshold) => return Err(PlanError::Receivers),
            _ => {}
        }
        self.session = session;
        self.digest = self.hash();
        Ok(self)
    }

    fn hash(&self) -> PlanDigest {
        let (task, seat) = match self.task {
            Task::Found => (0, 0),
            Task::Refresh => (1, 0),
            Task::Reshare => (2, 0),
            Task::Repair(seat) => (3, seat.get()),
        };
        let head = Writer::new()
            .bytes(&self.session)
            .string(P::NAME.as_bytes())
            .string(P::Group::NAME.as_bytes())
            .u8(task)
            .u16(seat)
            .string(self.name.as_bytes());
        let dealers = self.dealers.iter();
        let dealers = dealers.fold(Writer::new(), |writer, id| writer.u16(id.get()));
        let domain = self.domain.as_ref();
        let mut transcript = Transcript::new(tags::PLAN);
        transcript.append("head", &self.threshold.write(head).finish());
        transcript.append("domain", &domain.map_or(Vec::new(), TrustDomain::to_bytes));
        transcript.append("voters", &self.voters.to_bytes());
        transcript.append("dealers", &dealers.finish());
        transcript.append("receivers", &self.receivers.to_bytes());
        if let Some(issued) = &self.issued {
            transcript.append("issued", issued);
        }
        PlanDigest(transcript.bytes("plan"))
    }
}

/// q = ⌊(n + t - 1)/2⌋ + 1: 2q - n >= t.
fn quorum(of: Threshold) -> usize {
    let (t, n) = (usize::from(of.needed()), usize::from(of.members()));
    (n + t - 1) / 2 + 1
}

impl PlanDigest {
    /// The bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Display for PlanDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = self.0.chunks(2).enumerate();
        pairs.into_iter().try_for_each(|(place, pair)| {
            f.write_str(if place == 0 { "" } else { " " })?;
            pair.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
        })
    }
}
