//! Repair: helpers reshare the lost share among themselves, and hand their shares of it to the new holder.

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;

use crate::ceremony::envelope::{Address, Envelope, Place};
use crate::ceremony::message::{Hash, Step};
use crate::ceremony::plan::Plan;
use crate::ceremony::seat::Seat;
use crate::domain::member::AuthorityId;
use crate::domain::protocol::{Protocol, Secret};
use crate::sharing::group::Group;

/// v_m of a helper, masked for the new holder.
#[derive(Clone, Debug)]
pub(super) struct HandOver<G: Group> {
    pub(super) place: Place,
    /// O: of which openings v_m is made.
    pub(super) openings: Hash,
    pub(super) envelope: Envelope<G>,
}

impl<G: Group> HandOver<G> {
    /// The body of this helper's hand-over; `None` if a secret is zero.
    pub(super) fn make<P: Protocol<Group = G>>(
        seat: &Seat<'_, P>,
        joins: Hash,
        openings: Hash,
        holder: Address<'_, G>,
        share: Secret<P>,
    ) -> Option<Vec<u8>> {
        let place = place(seat.plan, seat.number(Step::HandOver)?, joins);
        let content = content(joins, openings);
        // v_m hangs on the openings, and so does the key that hides it.
        let ephemeral = seat.draw("hand-over key", &openings);
        let values = core::iter::once((holder, share));
        let envelope = Envelope::seal(&place, &content, &ephemeral, values, &seat.hedge())?;
        Some(envelope.write(Writer::new().bytes(&content)).finish())
    }

    /// J (32), O (32), envelope.
    pub(super) fn read<P: Protocol<Group = G>>(
        reader: &mut Reader<'_>,
        plan: &Plan<P>,
        from: AuthorityId,
    ) -> Result<Self, DecodeError> {
        Ok(Self {
            place: place(plan, from, *reader.array()?),
            openings: *reader.array()?,
            envelope: Envelope::read(reader)?,
        })
    }

    /// Whether the sender knows ε, and it is for the new holder alone.
    pub(super) fn is_sound(&self, holder: Option<AuthorityId>) -> bool {
        let content = content(self.place.joins, self.openings);
        self.envelope.is_for(holder.into_iter())
            && self.envelope.is_possessed(&self.place, &content)
    }
}

fn place<P: Protocol>(plan: &Plan<P>, from: AuthorityId, joins: Hash) -> Place {
    Place {
        plan: plan.digest(),
        step: Step::HandOver,
        from,
        joins,
    }
}

/// What stands before the envelope.
fn content(joins: Hash, openings: Hash) -> Vec<u8> {
    Writer::new().bytes(&joins).bytes(&openings).finish()
}
