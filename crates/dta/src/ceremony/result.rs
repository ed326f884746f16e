//! What comes out of the openings that are left, and what a member holds of it.

use milagro_curve::Transcript;

use crate::ceremony::confirm::{Confirmation, Slot};
use crate::ceremony::dispute::{Dispute, Disputes};
use crate::ceremony::message::Hash;
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
use crate::tags;

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
    pub(super) dealers: Vec<AuthorityId>,
    openings: Vec<&'a Opening<P::Group>>,
    coefficients: Vec<<P::Group as Group>::Scalar>,
    sum: Commitments<P::Group>,
}

impl<'a, P: Protocol> Sharing<'a, P> {
    /// Of the dealers that are left; `None` if they are too few, or if a coefficient of the sum is zero.
    pub(super) fn of(survey: &Survey<'a, P>) -> Option<Self> {
        let plan = survey.plan;
        let needed = usize::from(plan.old_threshold().needed());
        let all = matches!(plan.task, Task::Found | Task::Refresh);
        let most = if all { usize::MAX } else { needed };
        let left = survey.qualified().take(most);
        let (dealers, openings): (Vec<_>, Vec<_>) = left.unzip();
        let coefficients = match plan.task {
            Task::Found | Task::Refresh => {
                vec![<P::Group as Group>::Scalar::from(1); dealers.len()]
            }
            Task::Reshare => Coefficients::at_zero(&dealers)?.scalars::<P::Group>(),
            Task::Repair(seat) => Coefficients::at_index(seat, &dealers)?.scalars::<P::Group>(),
        };
        let commitments = openings.iter().map(|opening| &opening.commitments);
        let commitments: Vec<_> = commitments.collect();
        let sum = Commitments::combination(&commitments, &coefficients);
        let sum = sum.filter(|_| dealers.len() >= needed)?;
        Some(Self {
            plan,
            dealers,
            openings,
            coefficients,
            sum,
        })
    }

    /// The value of the sum at a member's number, times P.
    pub(super) fn key(&self, of: AuthorityId) -> Option<Element<P>> {
        self.sum.share(of)
    }

    /// The domain that comes out.
    pub(super) fn domain(&self) -> Option<TrustDomain<P>> {
        let one = <P::Group as Group>::Scalar::from(1);
        let old = self.plan.domain.as_ref();
        let keys = self.plan.threshold.ids().map(|id| {
            let refreshed = old.filter(|_| self.plan.task == Task::Refresh);
            match refreshed.and_then(|old| old.verification_key(id)) {
                None => self.key(id),
                Some(key) => {
                    let both: Vec<_> = self.key(id).into_iter().chain([*key]).collect();
                    P::Group::combination_vartime(&both, &vec![one; both.len()])
                }
            }
        });
        let keys: Vec<Element<P>> = keys.collect::<Option<_>>()?;
        let domain = match old {
            None => {
                let constant = *self.sum.constant()?;
                TrustDomain::found(&self.plan.name, self.plan.threshold, constant, keys)
            }
            Some(old) => old.succeeded_by(self.plan.threshold, keys),
        };
        domain.ok()
    }

    /// This member's value of the sum; `None` if it was dealt nothing.
    pub(super) fn share(&self, seat: &Seat<'_, P>, survey: &Survey<'_, P>) -> Option<Secret<P>> {
        let address = survey.address(seat.receiver?)?;
        let x = seat.session_key();
        let refreshed = seat
            .held
            .as_ref()
            .filter(|_| self.plan.task == Task::Refresh);
        let mut sum = refreshed.map_or_else(zero::<P>, |held| Some(held.clone()))?;
        for (opening, coefficient) in self.openings.iter().zip(&self.coefficients) {
            let share = opening.envelope.open(address, &x)?;
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
        let authority = Authority::new(domain.clone(), seat.receiver?, share).ok()?;
        Some(authority.with_book(seat.book(domain)))
    }
}

/// What a voter confirms of a domain and of what counts.
pub(super) fn confirmation<P: Protocol>(
    survey: &Survey<'_, P>,
    domain: &TrustDomain<P>,
) -> Confirmation {
    let counted = survey.counted();
    let counted = counted.map(|message| (Slot::of(message), message.digest));
    Confirmation {
        domain: domain.edition().digest,
        counted: counted.collect(),
    }
}

/// A receiver's disputes of all shares that do not fit; `None` if it has not joined.
pub(super) fn disputes<P: Protocol>(
    seat: &Seat<'_, P>,
    survey: &Survey<'_, P>,
) -> Option<Disputes<P::Group>> {
    let (address, x) = (survey.address(seat.receiver?)?, seat.session_key());
    let mut items = Vec::new();
    // Of all at once first: it is rare that one does not fit.
    let fit = all_fit(seat, survey)?;
    for (id, (message, opening)) in survey.openings.iter().filter(|_| !fit) {
        let share = opening.envelope.open(address, &x)?;
        if !opening.commitments.verify(address.to, &share) {
            items.push(Dispute {
                against: *id,
                message: message.digest,
                shown: opening.envelope.show(address, &x, &seat.hedge())?,
            });
        }
    }
    let seen = survey.opened;
    Some(Disputes { seen, items })
}

/// Whether all shares fit, by one sum with weights that no dealer can foresee: a wrong one goes through
/// with probability 2^-254 (Bellare, Garay and Rabin, EUROCRYPT '98).
fn all_fit<P: Protocol>(seat: &Seat<'_, P>, survey: &Survey<'_, P>) -> Option<bool> {
    let (address, x) = (survey.address(seat.receiver?)?, seat.session_key());
    let mut weights = Transcript::new(tags::SHARES);
    weights.append("hedge", &*seat.hedge());
    weights.append("openings", &survey.opened);
    let mut sum = zero::<P>()?;
    let (mut elements, mut factors) = (Vec::new(), Vec::new());
    for (id, (_, opening)) in &survey.openings {
        weights.append("dealer", &id.get().to_be_bytes());
        let weight = P::Group::scalar_from_wide(&weights.secret_bytes::<64>("weight"));
        let share = opening.envelope.open(address, &x)?;
        sum = P::Group::secret_add_product(&sum, &share, &weight);
        let terms = (&mut elements, &mut factors);
        opening.commitments.terms(address.to, weight, terms);
    }
    Some(P::Group::commit(&sum) == P::Group::combination_vartime(&elements, &factors))
}

/// The new holder's share of a repaired seat, or its objections; `None` if a sum is zero.
pub(super) fn repaired<P: Protocol>(
    seat: &Seat<'_, P>,
    survey: &Survey<'_, P>,
    domain: &TrustDomain<P>,
) -> Option<Result<Authority<P>, Disputes<P::Group>>> {
    let (address, x) = (survey.address(seat.receiver?)?, seat.session_key());
    let sharing = Sharing::of(survey)?;
    let helpers: Vec<AuthorityId> = survey.handed.keys().copied().collect();
    let coefficients = Coefficients::at_zero(&helpers)?.scalars::<P::Group>();
    let (mut share, mut items) = (zero::<P>()?, Vec::new());
    for ((helper, (message, handed)), coefficient) in survey.handed.iter().zip(coefficients) {
        let value = handed.envelope.open(address, &x)?;
        if P::Group::commit(&value) != sharing.key(*helper) {
            items.push(Dispute {
                against: *helper,
                message: message.digest,
                shown: handed.envelope.show(address, &x, &seat.hedge())?,
            });
        }
        share = P::Group::secret_add_product(&share, &value, &coefficient);
    }
    if items.is_empty() {
        let authority = Authority::new(domain.clone(), address.to, share);
        let authority = authority.ok()?.with_book(seat.book(domain));
        return Some(Ok(authority));
    }
    let seen: Hash = survey.opened;
    Some(Err(Disputes { seen, items }))
}

fn zero<P: Protocol>() -> Option<Secret<P>> {
    P::Group::secret_from_bytes(&[0; 32]).ok()
}
