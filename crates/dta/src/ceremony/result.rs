//! What follows from the openings and shares of the dealers that are left.

use crate::ceremony::CeremonyError;
use crate::ceremony::plan::Task;
use crate::ceremony::reveal::Revealed;
use crate::group::{Element, Secret};
use crate::sharing::Commitments;
use crate::{AuthorityId, Form, Group, Protocol, TrustDomain};

type Scalar<P> = <<P as Protocol>::Group as Group>::Scalar;
type Result<P> = Option<(TrustDomain<P>, Option<Secret<P>>)>;

impl<P: Protocol> Revealed<P> {
    /// The new domain and, for a receiver, its share; `None` if a sum is zero.
    pub(super) fn result(&self) -> Result<P> {
        let one = Scalar::<P>::from(1);
        let all = |k: Scalar<P>| self.openings.keys().map(move |id| (*id, k)).collect();
        match &self.seat.plan.task {
            Task::Found { name, threshold } => {
                let weights: Vec<_> = all(one);
                let sum = self.commitments(&weights)?;
                let keys: Option<Vec<_>> = threshold.ids().map(|id| sum.share(id)).collect();
                let domain =
                    TrustDomain::found(name, Form::Threshold, *threshold, *sum.constant()?, keys?);
                Some((domain.ok()?, self.share(&weights, None).ok()?))
            }
            Task::Refresh(domain) => {
                let weights: Vec<_> = all(one);
                let sum = self.commitments(&weights)?;
                let threshold = domain.threshold();
                let keys: Option<Vec<_>> = threshold
                    .ids()
                    .map(|id| shifted::<P>(domain.verification_key(id)?, sum.share(id)))
                    .collect();
                let domain = domain.succeeded_by(threshold, keys?).ok()?;
                Some((domain, self.share(&weights, self.seat.old.as_ref()).ok()?))
            }
            Task::Reshare(domain, threshold) => {
                // All agree on the dealers: those left with the lowest numbers, as many as needed.
                let dealers = self.openings.keys().copied();
                let dealers: Vec<AuthorityId> =
                    dealers.take(self.seat.plan.dealers_needed()).collect();
                let coefficients = domain.coefficients(&dealers)?.scalars::<P::Group>();
                let weights: Vec<_> = dealers.into_iter().zip(coefficients).collect();
                let sum = self.commitments(&weights)?;
                // Each constant term was checked against sj·P; their sum is s·P.
                if sum.constant() != Some(domain.commitment()) {
                    return None;
                }
                let keys: Option<Vec<_>> = threshold.ids().map(|id| sum.share(id)).collect();
                let domain = domain.succeeded_by(*threshold, keys?).ok()?;
                Some((domain, self.share(&weights, None).ok()?))
            }
        }
    }

    fn commitments(&self, weights: &[(AuthorityId, Scalar<P>)]) -> Option<Commitments<P::Group>> {
        let terms: Option<Vec<_>> = weights
            .iter()
            .map(|(id, k)| Some((&self.openings.get(id)?.body.commitments, *k)))
            .collect();
        Commitments::combination(&terms?)
    }

    /// The receiver's share, added to an old one; no share for a member that receives none.
    fn share(
        &self,
        weights: &[(AuthorityId, Scalar<P>)],
        old: Option<&Secret<P>>,
    ) -> core::result::Result<Option<Secret<P>>, CeremonyError> {
        if self.seat.receiver.is_none() {
            return Ok(None);
        }
        let zero = P::Group::secret_from_bytes(&[0; 32]).map_err(|_| CeremonyError::Degenerate)?;
        let mut sum = old.cloned().unwrap_or(zero);
        for (id, k) in weights {
            // There is a share of every dealer that is left: sent, or revealed.
            let share = self.received.get(id).ok_or(CeremonyError::Degenerate)?;
            sum = P::Group::secret_add_product(&sum, share, k);
        }
        Ok(Some(sum))
    }
}

/// A + B, where B may be the identity; `None` if the sum is.
fn shifted<P: Protocol>(a: &Element<P>, b: Option<Element<P>>) -> Option<Element<P>> {
    let one = Scalar::<P>::from(1);
    match b {
        None => Some(*a),
        Some(b) => P::Group::combination_vartime(&[(*a, one), (b, one)]),
    }
}
