//! Round 0: receivers bring encryption keys that live for one session.

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;

use crate::ceremony::plan::PlanDigest;
use crate::ceremony::seat::Seat;
use crate::domain::member::AuthorityId;
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

impl<G: Group> Join<G> {
    /// The body of this member's join; `None` if a secret is zero.
    pub(super) fn make<P: Protocol<Group = G>>(
        seat: &Seat<'_, P>,
        me: AuthorityId,
    ) -> Option<Vec<u8>> {
        let secret = seat.session_key();
        let key = G::commit(&secret)?;
        let context = context(seat.plan.digest(), me);
        let proof = statement::<G>(&context, &key).prove(&secret, &seat.hedge())?;
        let writer = Writer::new().bytes(&G::element_to_bytes(&key));
        Some(proof.write(writer).finish())
    }

    /// Key (48 on BLS12-381), proof (64).
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            key: group::read_element::<G>(reader)?,
            proof: Proof::read(reader)?,
        })
    }

    pub(super) fn is_possessed(&self, plan: PlanDigest, from: AuthorityId) -> bool {
        statement::<G>(&context(plan, from), &self.key).holds_vartime(&self.proof)
    }
}

fn context(plan: PlanDigest, from: AuthorityId) -> Vec<u8> {
    Writer::new().bytes(&plan.0).u16(from.get()).finish()
}

fn statement<'a, G: Group>(context: &'a [u8], key: &'a G::Element) -> Statement<'a, G> {
    Statement {
        tag: tags::SESSION_KEY,
        message: context,
        public: key,
        pair: None,
    }
}
