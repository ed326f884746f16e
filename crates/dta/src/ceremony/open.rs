//! Round 2: dealers show the commitments to their polynomials, and deal.

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;

use crate::ceremony::envelope::{Address, Envelope, context};
use crate::ceremony::fault::Offence;
use crate::ceremony::message::{Hash, Message, Step, place};
use crate::ceremony::plan::{Plan, Task};
use crate::ceremony::seat::Seat;
use crate::domain::protocol::Protocol;
use crate::sharing::group::Group;
use crate::sharing::polynomial::Commitments;
use crate::sharing::schnorr::{Proof, Statement};
use crate::tags;

/// Commitments and masked shares of a dealer.
#[derive(Clone, Debug)]
pub(super) struct Opening<G: Group> {
    /// J.
    pub(super) seen: Hash,
    pub(super) commitments: Commitments<G>,
    /// Of the constant term, when founding.
    possession: Option<Proof<G>>,
    pub(super) envelope: Envelope<G>,
}

/// The body of a member's opening; `None` if it does not deal, or if a secret is zero.
pub(super) fn open<'a, P: Protocol>(
    seat: &Seat<'_, P>,
    joined: Hash,
    receivers: impl Iterator<Item = Address<'a, P::Group>>,
) -> Option<Vec<u8>> {
    let polynomial = seat.polynomial()?;
    let place = place(seat.plan.digest, Step::Open, seat.voter?);
    let commitments = match seat.plan.task {
        Task::Refresh => polynomial.commit_without_constant()?,
        _ => polynomial.commit()?,
    };
    let possession = match seat.plan.task {
        Task::Found => {
            let statement = Statement::new(tags::POSSESSION, &place, commitments.constant()?);
            Some(statement.prove(polynomial.constant()?, &seat.hedge())?)
        }
        _ => None,
    };
    let content = content(&joined, &commitments, possession.as_ref());
    let values = receivers.map(|address| (address, polynomial.share(address.to)));
    let ephemeral = seat.draw("ephemeral key", &[]);
    let context = context(&place, &joined);
    let envelope = Envelope::seal(context, &content, &ephemeral, values, &seat.hedge())?;
    Some(envelope.write(Writer::new().bytes(&content)).finish())
}

impl<G: Group> Opening<G> {
    /// J (32), commitments to as many coefficients as the plan says, proof of possession (64) when
    /// founding, envelope.
    pub(super) fn read<P: Protocol<Group = G>>(
        reader: &mut Reader<'_>,
        plan: &Plan<P>,
        message: &Message<G>,
    ) -> Result<Self, DecodeError> {
        let seen = *reader.array()?;
        let (t, zero) = (plan.threshold.needed(), plan.task == Task::Refresh);
        let commitments = Commitments::read(reader, t, zero)?;
        let possession = match plan.task {
            Task::Found => Some(Proof::read(reader)?),
            _ => None,
        };
        let context = context(&place(plan.digest, Step::Open, message.from), &seen);
        Ok(Self {
            seen,
            commitments,
            possession,
            envelope: Envelope::read(reader, context)?,
        })
    }

    /// Checks all that can be checked without other messages.
    pub(super) fn check<P: Protocol<Group = G>>(
        &self,
        plan: &Plan<P>,
        message: &Message<G>,
    ) -> Result<(), Offence> {
        let constant = self.commitments.constant();
        if let (Some(proof), Some(constant)) = (&self.possession, constant) {
            let place = place(plan.digest, Step::Open, message.from);
            let statement = Statement::new(tags::POSSESSION, &place, constant);
            if !statement.holds_vartime(proof) {
                return Err(Offence::Possession);
            }
        }
        let domain = plan.domain.as_ref().filter(|_| plan.task != Task::Refresh);
        if domain.is_some_and(|domain| constant != domain.verification_key(message.from)) {
            return Err(Offence::Constant);
        }
        let content = content(&self.seen, &self.commitments, self.possession.as_ref());
        if self.envelope.is_possessed(&content) {
            Ok(())
        } else {
            Err(Offence::Ephemeral)
        }
    }
}

/// What stands before the envelope.
pub(super) fn content<G: Group>(
    seen: &Hash,
    commitments: &Commitments<G>,
    possession: Option<&Proof<G>>,
) -> Vec<u8> {
    let writer = commitments.write(Writer::new().bytes(seen));
    let writer = match possession {
        Some(proof) => proof.write(writer),
        None => writer,
    };
    writer.finish()
}
