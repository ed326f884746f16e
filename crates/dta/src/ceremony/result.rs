//! What comes out of the openings that are left.

use crate::ceremony::confirm::{Confirmation, Counted};
use crate::ceremony::message::Message;
use crate::ceremony::open::Opening;
use crate::ceremony::plan::{Plan, Task};
use crate::ceremony::seat::Seat;
use crate::ceremony::survey::Survey;
use crate::domain::member::AuthorityId;
use crate::domain::protocol::{Element, Protocol, Secret};
use crate::domain::trust_domain::TrustDomain;
use crate::issue::authority::Authority;
use crate::sharing::group::Group;
use crate::sharing::lagrange::Coefficients;
use crate::sharing::polynomial::Commitments;

/// What a session has brought.
#[derive(Debug)]
pub struct Outcome<P: Protocol> {
    /// The domain, the same for all.
    pub domain: TrustDomain<P>,
    /// What this member holds of it from now on; `None` if it holds nothing new: an old member that hands
    /// over, a helper, or a member whose seat has to be repaired.
    pub authority: Option<Authority<P>>,
    /// Whose polynomials are in the result.
    pub dealers: Vec<AuthorityId>,
    /// Who has received and seen everything. The seats of the others have to be repaired.
    pub holders: Vec<AuthorityId>,
}

/// The polynomials that make the result, each with its coefficient, and the commitments to their sum.
pub(super) struct Sharing<'a, P: Protocol> {
    plan: &'a Plan<P>,
    terms: Vec<Term<'a, P>>,
    sum: Commitments<P::Group>,
}

struct Term<'a, P: Protocol> {
    opening: &'a Opening<P::Group>,
    coefficient: <P::Group as Group>::Scalar,
}

impl<'a, P: Protocol> Sharing<'a, P> {
    /// Of the dealers that are left; `None` if they are too few, or if a coefficient of the sum is zero.
    pub(super) fn of(survey: &Survey<'a, P>) -> Option<Self> {
        let plan = survey.plan();
        let one = <P::Group as Group>::Scalar::from(1);
        let needed = usize::from(plan.old_threshold().needed());
        let mut dealers: Vec<_> = survey.qualified().collect();
        if dealers.len() < needed {
            return None;
        }
        if plan.is_interpolated() {
            dealers.truncate(needed);
        }
        let ids: Vec<AuthorityId> = dealers.iter().map(|(id, _)| *id).collect();
        let coefficients = match &plan.task {
            Task::Found(..) | Task::Refresh(_) => vec![one; dealers.len()],
            Task::Reshare(..) => Coefficients::at_zero(&ids)?.scalars::<P::Group>(),
            Task::Repair(_, seat) => Coefficients::at_index(*seat, &ids)?.scalars::<P::Group>(),
        };
        let terms = dealers.into_iter().zip(coefficients);
        let terms = terms.map(|((_, opening), coefficient)| Term {
            opening,
            coefficient,
        });
        let terms: Vec<_> = terms.collect();
        let commitments = terms
            .iter()
            .map(|term| (&term.opening.commitments, term.coefficient));
        let sum = Commitments::combination(&commitments.collect::<Vec<_>>())?;
        Some(Self { plan, terms, sum })
    }

    /// The value of the sum at a member's number, times P.
    pub(super) fn key(&self, of: AuthorityId) -> Option<Element<P>> {
        self.sum.share(of)
    }

    pub(super) fn dealers(&self) -> Vec<AuthorityId> {
        let dealers = self.terms.iter().map(|term| term.opening.place.from);
        dealers.collect()
    }

    /// The domain that comes out.
    pub(super) fn domain(&self) -> Option<TrustDomain<P>> {
        let threshold = self.plan.threshold();
        let one = <P::Group as Group>::Scalar::from(1);
        let keys = threshold.ids().map(|id| match &self.plan.task {
            Task::Refresh(domain) => {
                let old = (*domain.verification_key(id)?, one);
                let new = self.key(id).map(|new| (new, one));
                let both: Vec<_> = core::iter::once(old).chain(new).collect();
                P::Group::combination_vartime(&both)
            }
            _ => self.key(id),
        });
        let keys: Option<Vec<Element<P>>> = match &self.plan.task {
            Task::Repair(domain, _) => return Some(domain.clone()),
            _ => keys.collect(),
        };
        match &self.plan.task {
            Task::Found(name, _) => {
                TrustDomain::found(name, threshold, *self.sum.constant()?, keys?).ok()
            }
            Task::Refresh(domain) | Task::Reshare(domain, _) | Task::Repair(domain, _) => {
                domain.succeeded_by(threshold, keys?).ok()
            }
        }
    }

    /// This member's value of the sum; `None` if it was dealt nothing.
    pub(super) fn share(&self, seat: &Seat<'_, P>, survey: &Survey<'_, P>) -> Option<Secret<P>> {
        let address = survey.address(seat.receiver?)?;
        let x = seat.session_key();
        let held = seat.held.as_ref().filter(|_| self.plan.is_refresh());
        let zero = P::Group::secret_from_bytes(&[0; 32]).ok()?;
        let mut sum = held.map_or(zero, Clone::clone);
        for Term {
            opening,
            coefficient,
        } in &self.terms
        {
            let share = opening.envelope.open(&opening.place, address, &x)?;
            sum = P::Group::secret_add_product(&sum, &share, coefficient);
        }
        Some(sum)
    }

    /// This member's part of the result, if it is right.
    pub(super) fn authority(
        &self,
        seat: &Seat<'_, P>,
        survey: &Survey<'_, P>,
        domain: &TrustDomain<P>,
    ) -> Option<Authority<P>> {
        let share = self.share(seat, survey)?;
        Authority::new(domain.clone(), seat.receiver?, share).ok()
    }
}

/// What a voter confirms of a domain and of what counts.
pub(super) fn confirmation<P: Protocol>(
    survey: &Survey<'_, P>,
    domain: &TrustDomain<P>,
) -> Confirmation {
    let counted = survey.counted().map(|message: &Message<_>| Counted {
        step: message.step,
        from: message.from,
        digest: message.digest,
    });
    Confirmation {
        domain: domain.edition().digest,
        counted: counted.collect(),
    }
}
