//! Round 0: receivers bring encryption keys that live for one session.

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;

use crate::ceremony::message::{Message, Step, place};
use crate::ceremony::seat::Seat;
use crate::domain::protocol::Protocol;
use crate::sharing::group::{self, Group};
use crate::sharing::schnorr::{Proof, Statement};
use crate::tags;

/// X = x·P, with proof of possession: nobody brings a key that is made of another's.
#[derive(Clone, Debug)]
pub(super) struct Join<G: Group> {
    pub(super) key: G::Element,
    proof: Proof<G>,
}

/// The body of a member's join; `None` if a secret is zero.
pub(super) fn join<P: Protocol>(seat: &Seat<'_, P>) -> Option<Vec<u8>> {
    let secret = seat.session_key();
    let key = P::Group::commit(&secret)?;
    let place = place(seat.plan.digest, Step::Join, seat.receiver?);
    let statement = Statement::<P::Group>::new(tags::SESSION_KEY, &place, &key);
    let proof = statement.prove(&secret, &seat.hedge())?;
    let writer = Writer::new().bytes(&P::Group::element_to_bytes(&key));
    Some(proof.write(writer).finish())
}

impl<G: Group> Join<G> {
    /// Key (48 on BLS12-381), proof (64).
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let key = group::read_element::<G>(reader)?;
        let proof = Proof::read(reader)?;
        Ok(Self { key, proof })
    }

    pub(super) fn is_possessed(&self, message: &Message<G>) -> bool {
        let place = place(message.plan, message.step, message.from);
        let statement = Statement::<G>::new(tags::SESSION_KEY, &place, &self.key);
        statement.holds_vartime(&self.proof)
    }
}
