//! What a ceremony is about. All members have the same plan; its digest is in every message.

use alloc::collections::BTreeSet;
use core::fmt;

use milagro_base::Writer;
use milagro_curve::Transcript;

use crate::domain::member::{AuthorityId, Threshold};
use crate::domain::protocol::Protocol;
use crate::domain::roster::{MemberPublicKey, Roster};
use crate::domain::trust_domain::{TrustDomain, is_name};
use crate::sharing::group::Group;
use crate::tags;

/// The plan of one session: the task, who deals, who receives, who votes. It comes from configuration,
/// never from received messages.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Plan<P: Protocol> {
    pub(super) task: Task<P>,
    pub(super) voters: Roster<P::Group>,
    pub(super) dealers: BTreeSet<AuthorityId>,
    pub(super) receivers: Roster<P::Group>,
    digest: PlanDigest,
}

/// What binds every message to a plan; shown in groups of four, to be compared by telephone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PlanDigest(pub(super) [u8; 32]);

/// What is to be done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Task<P: Protocol> {
    Found(Box<str>, Threshold),
    Refresh(TrustDomain<P>),
    Reshare(TrustDomain<P>, Threshold),
    Repair(TrustDomain<P>, AuthorityId),
}

/// Why there is no such plan.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PlanError {
    /// The name of the domain has 0 or more than 255 bytes.
    Name,
    /// The members are not those of the domain, or not 1 to n.
    Roster,
    /// Too few dealers: t, or exactly t helpers of a repair.
    Dealers,
    /// Too few receivers to confirm a result.
    Receivers,
    /// With t = 1 every share is the key, and stays it.
    NothingToRefresh,
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
        if !is_name(name) {
            return Err(PlanError::Name);
        }
        Self::among(session, Task::Found(name.into(), threshold), members)
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
        if domain.threshold().needed() == 1 {
            return Err(PlanError::NothingToRefresh);
        }
        Self::among(session, Task::Refresh(domain), members)
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
        if !receivers.ids().eq(threshold.ids()) {
            return Err(PlanError::Roster);
        }
        let task = Task::Reshare(domain, threshold);
        let dealers = members.ids().collect();
        Self::new(session, task, (members, dealers, receivers)).checked()
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
        let threshold = domain.threshold();
        if helpers.len() != usize::from(threshold.needed()) {
            return Err(PlanError::Dealers);
        }
        let known = helpers.ids().chain([seat]).all(|id| threshold.contains(id));
        if helpers.key(seat).is_some() || !known {
            return Err(PlanError::Roster);
        }
        let receivers = helpers.with(seat, key).map_err(|_| PlanError::Roster)?;
        let dealers = helpers.ids().collect();
        let task = Task::Repair(domain, seat);
        Ok(Self::new(session, task, (helpers, dealers, receivers)))
    }

    /// The plan of the next session after one that a member spoiled: it neither deals nor receives. It
    /// still counts among the n of whose number a quorum is taken, and its seat can be repaired
    /// afterwards. The session must be a new one.
    ///
    /// # Errors
    /// [`PlanError::Dealers`] or [`PlanError::Receivers`] if too few are left. Of a repair: choose other
    /// helpers.
    pub fn without(&self, session: [u8; 32], member: AuthorityId) -> Result<Self, PlanError> {
        let mut dealers = self.dealers.clone();
        dealers.remove(&member);
        let receivers = match &self.task {
            Task::Reshare(..) => self.receivers.clone(),
            Task::Found(..) | Task::Refresh(_) => self.receivers.only(|id| id != member),
            Task::Repair(..) => return Err(PlanError::Dealers),
        };
        let rosters = (self.voters.clone(), dealers, receivers);
        Self::new(session, self.task.clone(), rosters).checked()
    }

    /// What to compare with the others before joining.
    #[must_use]
    pub const fn digest(&self) -> PlanDigest {
        self.digest
    }

    /// How many there will be, and how many will be needed.
    #[must_use]
    pub const fn threshold(&self) -> Threshold {
        match &self.task {
            Task::Found(_, threshold) | Task::Reshare(_, threshold) => *threshold,
            Task::Refresh(domain) | Task::Repair(domain, _) => domain.threshold(),
        }
    }

    /// The domain whose shares are renewed, handed over or repaired.
    #[must_use]
    pub const fn domain(&self) -> Option<&TrustDomain<P>> {
        match &self.task {
            Task::Found(..) => None,
            Task::Refresh(domain) | Task::Reshare(domain, _) | Task::Repair(domain, _) => {
                Some(domain)
            }
        }
    }

    /// How many of the voters exclude a member, and confirm a result: two such quorums share t members.
    #[must_use]
    pub fn quorum(&self) -> usize {
        quorum(self.old_threshold())
    }

    /// The threshold that the voters and dealers have among them.
    pub(super) fn old_threshold(&self) -> Threshold {
        let domain = self.domain();
        domain.map_or_else(|| self.threshold(), TrustDomain::threshold)
    }

    /// Whether dealers and receivers are the same people under the same numbers.
    pub(super) const fn is_among_members(&self) -> bool {
        !matches!(self.task, Task::Reshare(..))
    }

    /// The seat that is repaired.
    pub(super) const fn lost(&self) -> Option<AuthorityId> {
        match self.task {
            Task::Repair(_, seat) => Some(seat),
            _ => None,
        }
    }

    /// Whether the constant terms are zero, and their commitments left out.
    pub(super) const fn is_refresh(&self) -> bool {
        matches!(self.task, Task::Refresh(_))
    }

    /// Whether the result is interpolated from shares, so that t dealers make it.
    pub(super) const fn is_interpolated(&self) -> bool {
        matches!(self.task, Task::Reshare(..) | Task::Repair(..))
    }

    /// Whom a dealer sends shares: all receivers, but for the one for whom the others repair.
    pub(super) fn is_dealt_to(&self, receiver: AuthorityId) -> bool {
        self.lost() != Some(receiver)
    }

    fn among(
        session: [u8; 32],
        task: Task<P>,
        members: Roster<P::Group>,
    ) -> Result<Self, PlanError> {
        let dealers = members.ids().collect();
        let rosters = (members.clone(), dealers, members);
        Self::new(session, task, rosters).checked()
    }

    fn new(
        session: [u8; 32],
        task: Task<P>,
        (voters, dealers, receivers): (Roster<P::Group>, BTreeSet<AuthorityId>, Roster<P::Group>),
    ) -> Self {
        let mut plan = Self {
            task,
            voters,
            dealers,
            receivers,
            digest: PlanDigest([0; 32]),
        };
        plan.digest = plan.hash(&session);
        plan
    }

    fn checked(self) -> Result<Self, PlanError> {
        let old = self.old_threshold();
        if !self.voters.ids().eq(old.ids()) {
            Err(PlanError::Roster)
        } else if self.dealers.len() < usize::from(old.needed()) {
            Err(PlanError::Dealers)
        } else if self.receivers.len() < quorum(self.threshold()) {
            Err(PlanError::Receivers)
        } else {
            Ok(self)
        }
    }

    fn hash(&self, session: &[u8; 32]) -> PlanDigest {
        let mut transcript = Transcript::new(tags::PLAN);
        transcript.append("session", session);
        transcript.append("protocol", P::NAME.as_bytes());
        transcript.append("group", P::Group::NAME.as_bytes());
        let (task, of, seat): (&str, Vec<u8>, u16) = match &self.task {
            Task::Found(name, _) => ("found", name.as_bytes().to_vec(), 0),
            Task::Refresh(domain) => ("refresh", domain.to_bytes(), 0),
            Task::Reshare(domain, _) => ("reshare", domain.to_bytes(), 0),
            Task::Repair(domain, seat) => ("repair", domain.to_bytes(), seat.get()),
        };
        transcript.append("task", task.as_bytes());
        transcript.append("of", &of);
        transcript.append("seat", &seat.to_be_bytes());
        let threshold = self.threshold().write(Writer::new()).finish();
        transcript.append("t, n", &threshold);
        transcript.append("voters", &self.voters.to_bytes());
        let dealers = self.dealers.iter();
        let dealers = dealers.fold(Writer::new(), |writer, id| writer.u16(id.get()));
        transcript.append("dealers", &dealers.finish());
        transcript.append("receivers", &self.receivers.to_bytes());
        PlanDigest(transcript.bytes("plan"))
    }
}

/// q = ⌊(n + t - 1)/2⌋ + 1: 2q - n >= t.
pub(super) fn quorum(of: Threshold) -> usize {
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
        for (place, pair) in self.0.chunks(2).enumerate() {
            let gap = if place == 0 { "" } else { " " };
            f.write_str(gap)?;
            pair.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        }
        Ok(())
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "names of domains have 1 to 255 bytes",
            Self::Roster => "members are not those that the task needs",
            Self::Dealers => "not as many dealers as the task needs",
            Self::Receivers => "too few receivers to confirm a result",
            Self::NothingToRefresh => "shares of a domain with t = 1 are the key itself",
        })
    }
}

impl core::error::Error for PlanError {}
