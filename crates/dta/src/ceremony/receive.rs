//! What a member does with the values that it was sent.

use milagro_curve::Transcript;

use crate::ceremony::dispute::{Dispute, Disputes};
use crate::ceremony::message::{Hash, Step, hash_of};
use crate::ceremony::result::Sharing;
use crate::ceremony::seat::Seat;
use crate::ceremony::survey::Survey;
use crate::domain::member::AuthorityId;
use crate::domain::protocol::{Protocol, Secret};
use crate::issue::authority::Authority;
use crate::sharing::group::Group;
use crate::sharing::lagrange::Coefficients;
use crate::tags;

/// A receiver's disputes of all shares that do not fit; `None` if it has not joined.
pub(super) fn disputes<P: Protocol>(
    seat: &Seat<'_, P>,
    survey: &Survey<'_, P>,
) -> Option<Disputes<P::Group>> {
    let (me, x) = (seat.receiver?, seat.session_key());
    let address = survey.address(me)?;
    let mut items = Vec::new();
    if !all_fit(seat, survey, me)? {
        for (id, (message, opening)) in &survey.openings {
            let share = opening.envelope.open(&opening.place, address, &x)?;
            if !opening.commitments.verify(me, &share) {
                let hedge = seat.hedge();
                let shown = opening.envelope.show(&opening.place, address, &x, &hedge);
                items.push(Dispute {
                    against: *id,
                    message: message.digest,
                    shown: shown?,
                });
            }
        }
    }
    Some(Disputes {
        joins: survey.joined,
        seen: survey.opened,
        items,
    })
}

/// Whether all shares fit, by one sum with weights that no dealer can foresee: a wrong one goes through
/// with probability 2^-254 (Bellare, Garay and Rabin, EUROCRYPT '98).
fn all_fit<P: Protocol>(
    seat: &Seat<'_, P>,
    survey: &Survey<'_, P>,
    me: AuthorityId,
) -> Option<bool> {
    let (address, x) = (survey.address(me)?, seat.session_key());
    let mut weights = Transcript::new(tags::SHARES);
    weights.append("hedge", &*seat.hedge());
    weights.append("openings", &survey.opened);
    let mut sum = P::Group::secret_from_bytes(&[0; 32]).ok()?;
    let mut terms = Vec::new();
    for (id, (_, opening)) in &survey.openings {
        weights.append("dealer", &id.get().to_be_bytes());
        let weight = P::Group::scalar_from_wide(&weights.secret_bytes::<64>("weight"));
        let share = opening.envelope.open(&opening.place, address, &x)?;
        sum = P::Group::secret_add_product(&sum, &share, &weight);
        opening.commitments.terms(me, weight, &mut terms);
    }
    Some(P::Group::commit(&sum) == P::Group::combination_vartime(&terms))
}

/// What the new holder of a repaired seat has: its share, or objections.
pub(super) enum Repaired<P: Protocol> {
    Share(Authority<P>),
    Objections(Disputes<P::Group>),
}

/// Takes what the helpers have handed over; `None` if a sum is zero.
pub(super) fn repaired<P: Protocol>(
    seat: &Seat<'_, P>,
    survey: &Survey<'_, P>,
) -> Option<Repaired<P>> {
    let (me, x) = (seat.receiver?, seat.session_key());
    let address = survey.address(me)?;
    let sharing = Sharing::of(survey)?;
    let helpers: Vec<AuthorityId> = survey.handed.keys().copied().collect();
    let coefficients = Coefficients::at_zero(&helpers)?.scalars::<P::Group>();
    let mut share: Secret<P> = P::Group::secret_from_bytes(&[0; 32]).ok()?;
    let mut items = Vec::new();
    for ((helper, (message, handed)), coefficient) in survey.handed.iter().zip(coefficients) {
        let value = handed.envelope.open(&handed.place, address, &x)?;
        if P::Group::commit(&value) != sharing.key(*helper) {
            let shown = handed
                .envelope
                .show(&handed.place, address, &x, &seat.hedge());
            items.push(Dispute {
                against: *helper,
                message: message.digest,
                shown: shown?,
            });
        }
        share = P::Group::secret_add_product(&share, &value, &coefficient);
    }
    if items.is_empty() {
        let authority = Authority::new(seat.plan.domain()?.clone(), me, share);
        return authority.ok().map(Repaired::Share);
    }
    Some(Repaired::Objections(Disputes {
        joins: survey.joined,
        seen: handed_over(survey),
        items,
    }))
}

fn handed_over<P: Protocol>(survey: &Survey<'_, P>) -> Hash {
    let handed = survey.handed.iter();
    let digests = handed.map(|(id, (message, _))| (*id, message.digest));
    hash_of(survey.plan().digest(), Step::HandOver, digests)
}
