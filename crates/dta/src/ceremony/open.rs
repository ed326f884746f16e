//! Round 2: dealers show the commitments to their polynomials, and deal.

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;

use crate::ceremony::envelope::{Address, Envelope, Place};
use crate::ceremony::fault::Offence;
use crate::ceremony::message::{Hash, Step};
use crate::ceremony::plan::{Plan, PlanDigest, Task};
use crate::ceremony::seat::Seat;
use crate::domain::member::AuthorityId;
use crate::domain::protocol::Protocol;
use crate::sharing::group::Group;
use crate::sharing::polynomial::Commitments;
use crate::sharing::schnorr::{Proof, Statement};
use crate::tags;

/// Commitments and masked shares of a dealer.
#[derive(Clone, Debug)]
pub(super) struct Opening<G: Group> {
    pub(super) place: Place,
    pub(super) commitments: Commitments<G>,
    /// Of the constant term, when founding.
    possession: Option<Proof<G>>,
    pub(super) envelope: Envelope<G>,
}

impl<G: Group> Opening<G> {
    /// The body of this member's opening; `None` if it does not deal, or if a secret is zero.
    pub(super) fn make<'a, P: Protocol<Group = G>>(
        seat: &Seat<'_, P>,
        joins: Hash,
        receivers: impl Iterator<Item = Address<'a, G>>,
    ) -> Option<Vec<u8>>
    where
        G::Element: 'a,
    {
        let (plan, me) = (seat.plan, seat.number(Step::Open)?);
        let polynomial = seat.polynomial()?;
        let (commitments, possession) = match &plan.task {
            Task::Refresh(_) => (polynomial.commit_without_constant()?, None),
            Task::Reshare(..) | Task::Repair(..) => (polynomial.commit()?, None),
            Task::Found(..) => {
                let commitments = polynomial.commit()?;
                let context = context(plan.digest(), me);
                let statement = possessed::<G>(&context, commitments.constant()?);
                let proof = statement.prove(polynomial.constant()?, &seat.hedge())?;
                (commitments, Some(proof))
            }
        };
        let place = place(plan.digest(), me, joins);
        let content = content(joins, &commitments, possession.as_ref());
        let values = receivers.map(|address| (address, polynomial.share(address.to)));
        let ephemeral = seat.draw("ephemeral key", &[]);
        let envelope = Envelope::seal(&place, &content, &ephemeral, values, &seat.hedge())?;
        Some(envelope.write(Writer::new().bytes(&content)).finish())
    }

    /// J (32), commitments to as many coefficients as the plan says, proof of possession (64) when
    /// founding, envelope.
    pub(super) fn read<P: Protocol<Group = G>>(
        reader: &mut Reader<'_>,
        plan: &Plan<P>,
        dealer: AuthorityId,
    ) -> Result<Self, DecodeError> {
        let place = place(plan.digest(), dealer, *reader.array()?);
        let t = plan.threshold().needed();
        let commitments = Commitments::read(reader, t, plan.is_refresh())?;
        let possession = match plan.task {
            Task::Found(..) => Some(Proof::read(reader)?),
            _ => None,
        };
        Ok(Self {
            place,
            commitments,
            possession,
            envelope: Envelope::read(reader)?,
        })
    }

    /// Checks all that can be checked without other messages.
    pub(super) fn check<P: Protocol<Group = G>>(&self, plan: &Plan<P>) -> Result<(), Offence> {
        let dealer = self.place.from;
        let constant = self.commitments.constant();
        if let (Some(proof), Some(constant)) = (&self.possession, constant) {
            let context = context(plan.digest(), dealer);
            if !possessed::<G>(&context, constant).holds_vartime(proof) {
                return Err(Offence::Possession);
            }
        }
        if let Task::Reshare(domain, _) | Task::Repair(domain, _) = &plan.task
            && constant != domain.verification_key(dealer)
        {
            return Err(Offence::Constant);
        }
        let content = content(
            self.place.joins,
            &self.commitments,
            self.possession.as_ref(),
        );
        if self.envelope.is_possessed(&self.place, &content) {
            Ok(())
        } else {
            Err(Offence::Ephemeral)
        }
    }
}

pub(super) fn place(plan: PlanDigest, dealer: AuthorityId, joins: Hash) -> Place {
    Place {
        plan,
        step: Step::Open,
        from: dealer,
        joins,
    }
}

/// What stands before the envelope.
pub(super) fn content<G: Group>(
    joins: Hash,
    commitments: &Commitments<G>,
    possession: Option<&Proof<G>>,
) -> Vec<u8> {
    let writer = commitments.write(Writer::new().bytes(&joins));
    match possession {
        Some(proof) => proof.write(writer),
        None => writer,
    }
    .finish()
}

pub(super) fn context(plan: PlanDigest, dealer: AuthorityId) -> Vec<u8> {
    Writer::new().bytes(&plan.0).u16(dealer.get()).finish()
}

pub(super) fn possessed<'a, G: Group>(
    context: &'a [u8],
    constant: &'a G::Element,
) -> Statement<'a, G> {
    Statement {
        tag: tags::POSSESSION,
        message: context,
        public: constant,
        pair: None,
    }
}
