//! Repair: helpers reshare the lost share among themselves, and hand their shares of it to the new holder.

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;

use crate::ceremony::envelope::{Address, Envelope, context};
use crate::ceremony::message::{Hash, Message, Step, place};
use crate::ceremony::seat::Seat;
use crate::domain::protocol::{Protocol, Secret};
use crate::sharing::group::Group;

/// v_m of a helper, masked for the new holder.
#[derive(Clone, Debug)]
pub(super) struct HandOver<G: Group> {
    /// O: of which openings v_m is made.
    pub(super) seen: Hash,
    pub(super) envelope: Envelope<G>,
}

/// The body of a helper's hand-over; `None` if a secret is zero.
pub(super) fn hand_over<P: Protocol>(
    seat: &Seat<'_, P>,
    opened: Hash,
    holder: Address<'_, P::Group>,
    share: Secret<P>,
) -> Option<Vec<u8>> {
    let place = place(seat.plan.digest, Step::HandOver, seat.voter?);
    let context = context(&place, &opened);
    // v_m hangs on the openings, and so does the key that hides it.
    let ephemeral = seat.draw("hand-over key", &opened);
    let values = core::iter::once((holder, share));
    let envelope = Envelope::seal(context, &[], &ephemeral, values, &seat.hedge())?;
    Some(envelope.write(Writer::new().bytes(&opened)).finish())
}

impl<G: Group> HandOver<G> {
    /// O (32), envelope.
    pub(super) fn read(reader: &mut Reader<'_>, message: &Message<G>) -> Result<Self, DecodeError> {
        let seen = *reader.array()?;
        let context = context(&place(message.plan, message.step, message.from), &seen);
        let envelope = Envelope::read(reader, context)?;
        Ok(Self { seen, envelope })
    }
}
