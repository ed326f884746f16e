//! What a ceremony is about. All members must have the same plan; its hash is in every message.

use milagro_base::Writer;
use milagro_curve::Transcript;

use crate::ceremony::{MemberKey, PlanError, Roster};
use crate::group::Secret;
use crate::{Authority, AuthorityId, Form, Group, Protocol, Threshold, TrustDomain, tags};

/// The plan of one run: the task, who deals, who receives. It comes from configuration, never from
/// received messages.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Plan<P: Protocol> {
    pub(super) session: [u8; 32],
    pub(super) task: Task<P>,
    pub(super) dealers: Roster<P::Group>,
    pub(super) receivers: Roster<P::Group>,
}

/// What is to be done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Task<P: Protocol> {
    Found {
        name: Box<str>,
        threshold: Threshold,
    },
    Refresh(TrustDomain<P>),
    Reshare(TrustDomain<P>, Threshold),
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
        if name.is_empty() || name.len() > 255 {
            return Err(PlanError::Name);
        }
        let task = Task::Found {
            name: name.into(),
            threshold,
        };
        Self {
            session,
            task,
            dealers: members.clone(),
            receivers: members,
        }
        .checked()
    }

    /// Gives all authorities of a domain new shares of the same key, and makes the old ones useless.
    ///
    /// # Security
    /// Wipe an old share once the others say that they are of the new generation, not before: a member
    /// that confirms to some and not to others leaves these behind, until a
    /// [`RepairPlan`](crate::ceremony::RepairPlan) brings them on.
    ///
    /// # Errors
    /// [`PlanError::NothingToRefresh`] for t = 1, [`PlanError::Additive`], [`PlanError::Roster`].
    pub fn refresh(
        session: [u8; 32],
        domain: TrustDomain<P>,
        members: Roster<P::Group>,
    ) -> Result<Self, PlanError> {
        if domain.form() == Form::Additive {
            return Err(PlanError::Additive);
        }
        if domain.threshold().needed() == 1 {
            return Err(PlanError::NothingToRefresh);
        }
        Self {
            session,
            task: Task::Refresh(domain),
            dealers: members.clone(),
            receivers: members,
        }
        .checked()
    }

    /// Hands the key of a domain over to other authorities, or to more or fewer, or changes how many
    /// are needed. `dealers` are at least t of the old ones, under their old numbers.
    ///
    /// # Security
    /// The old shares stay good for the old threshold: their holders must wipe them, once the receivers
    /// say that they have finished, and not before.
    ///
    /// # Errors
    /// [`PlanError::Roster`], [`PlanError::Dealers`].
    pub fn reshare(
        session: [u8; 32],
        domain: TrustDomain<P>,
        dealers: Roster<P::Group>,
        threshold: Threshold,
        receivers: Roster<P::Group>,
    ) -> Result<Self, PlanError> {
        Self {
            session,
            task: Task::Reshare(domain, threshold),
            dealers,
            receivers,
        }
        .checked()
    }

    /// The plan of the next run after one that a dealer spoiled: the dealer deals no more. As a receiver
    /// it stays, since what it receives harms nobody else. The session must be a new one.
    ///
    /// # Errors
    /// [`PlanError::Dealers`] if too few are left.
    pub fn leave_out(&self, session: [u8; 32], dealer: AuthorityId) -> Result<Self, PlanError> {
        Self {
            session,
            task: self.task.clone(),
            dealers: self.dealers.without(dealer),
            receivers: self.receivers.clone(),
        }
        .checked()
    }

    /// How many there will be, and how many will be needed.
    #[must_use]
    pub const fn threshold(&self) -> Threshold {
        match &self.task {
            Task::Found { threshold, .. } | Task::Reshare(_, threshold) => *threshold,
            Task::Refresh(domain) => domain.threshold(),
        }
    }

    /// Those who deal.
    #[must_use]
    pub const fn dealers(&self) -> &Roster<P::Group> {
        &self.dealers
    }

    /// Those who receive.
    #[must_use]
    pub const fn receivers(&self) -> &Roster<P::Group> {
        &self.receivers
    }

    /// The dealers that must stay to the end, so that one of them at least is honest.
    pub(super) fn dealers_needed(&self) -> usize {
        let threshold = match &self.task {
            Task::Found { threshold, .. } => *threshold,
            Task::Refresh(domain) | Task::Reshare(domain, _) => domain.threshold(),
        };
        threshold.needed().into()
    }

    /// Whether a dealer that so many receivers accuse shows their shares. t of them would give its
    /// polynomial away; and since fewer than t members lie, something else must have gone wrong
    /// (Gennaro et al. 2007, where too many complaints disqualify a dealer too).
    pub(super) fn is_answered(&self, accusers: usize) -> bool {
        accusers < usize::from(self.threshold().needed())
    }

    fn checked(self) -> Result<Self, PlanError> {
        if !self.receivers.ids().eq(self.threshold().ids()) {
            return Err(PlanError::Roster);
        }
        let old = match &self.task {
            Task::Found { threshold, .. } => *threshold,
            Task::Refresh(domain) | Task::Reshare(domain, _) => domain.threshold(),
        };
        let enough = self.dealers.len() >= self.dealers_needed();
        if enough && self.dealers.ids().all(|id| old.contains(id)) {
            Ok(self)
        } else {
            Err(PlanError::Dealers)
        }
    }

    /// What binds every message to this run.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut transcript = Transcript::new(tags::PLAN);
        transcript.append("session", &self.session);
        transcript.append("protocol", P::NAME.as_bytes());
        transcript.append("group", P::Group::NAME.as_bytes());
        let task: (&str, &[u8]) = match &self.task {
            Task::Found { name, .. } => ("found", name.as_bytes()),
            Task::Refresh(domain) => ("refresh", &domain.to_bytes()),
            Task::Reshare(domain, _) => ("reshare", &domain.to_bytes()),
        };
        transcript.append("task", task.0.as_bytes());
        transcript.append("of", task.1);
        let threshold = self.threshold().write(Writer::new()).finish();
        transcript.append("t, n", &threshold);
        transcript.append("dealers", &self.dealers.to_bytes());
        transcript.append("receivers", &self.receivers.to_bytes());
        transcript.bytes("plan")
    }
}

/// A member's place in a run.
pub(super) struct Seat<P: Protocol> {
    pub(super) plan: Plan<P>,
    pub(super) digest: [u8; 32],
    pub(super) key: MemberKey<P::Group>,
    pub(super) dealer: Option<AuthorityId>,
    pub(super) receiver: Option<AuthorityId>,
    /// The share that is refreshed or reshared.
    pub(super) old: Option<Secret<P>>,
}

impl<P: Protocol> Seat<P> {
    /// Takes the seat of a key; `None` if there is none, or if the authority does not fit.
    pub(super) fn take(
        plan: Plan<P>,
        key: &MemberKey<P::Group>,
        authority: Option<&Authority<P>>,
    ) -> Option<Self> {
        let dealer = plan.dealers.find(&key.public());
        let receiver = plan.receivers.find(&key.public());
        // Whose old share the task needs: a dealer's when resharing, a receiver's when refreshing.
        let (domain, holder) = match &plan.task {
            Task::Found { .. } => (None, None),
            Task::Refresh(domain) => (Some(domain), receiver),
            Task::Reshare(domain, _) => (Some(domain), dealer),
        };
        let old = match (domain, holder, authority) {
            (Some(domain), Some(holder), Some(authority)) => (authority.domain() == domain
                && authority.id() == holder)
                .then(|| Some(authority.secret().clone()))?,
            (_, Some(_), None) => return None,
            _ => None,
        };
        dealer.or(receiver)?;
        Some(Self {
            digest: plan.digest(),
            key: key.duplicate(),
            plan,
            dealer,
            receiver,
            old,
        })
    }
}
