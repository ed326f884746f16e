//! Shares that their dealers have signed. A wrong one is evidence against its dealer, which everybody can
//! check, and needs no answer.

use alloc::collections::BTreeSet;

use milagro_base::{Reader, Writer};
use milagro_curve::rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::ceremony::reveal::Revealed;
use crate::ceremony::{MemberKey, Roster};
use crate::schnorr::Signature;
use crate::{AuthorityId, DecodeError, Group, Protocol, tags};

/// Whose a share is: the run, which tells the generation too, the dealer and the receiver.
pub(super) type Place<'a> = (&'a [u8; 32], AuthorityId, AuthorityId);

/// A share with its dealer's signature over it and its place.
#[derive(Clone, Debug)]
pub(super) struct SignedShare<G: Group> {
    pub(super) share: G::Secret,
    signature: Signature<G>,
}

impl<G: Group> SignedShare<G> {
    /// Signs a share with its dealer's key; `None` if that is zero.
    pub(super) fn new<R: CryptoRng + ?Sized>(
        place: Place<'_>,
        share: G::Secret,
        key: &MemberKey<G>,
        rng: &mut R,
    ) -> Option<Self> {
        let message = message::<G>(place, &share);
        let signature = Signature::new(tags::PRIVATE_SHARE, &message, key.pair(), rng)?;
        Some(Self { share, signature })
    }

    /// Whether the dealer has signed the share for this place. Variable time in the signature alone; the
    /// share is only hashed.
    pub(super) fn is_signed_vartime(&self, place: Place<'_>, dealers: &Roster<G>) -> bool {
        let message = message::<G>(place, &self.share);
        dealers.key(place.1).is_some_and(|key| {
            self.signature
                .verify_vartime(tags::PRIVATE_SHARE, &message, &key.0)
        })
    }

    pub(super) fn write(&self, writer: Writer) -> Writer {
        self.signature
            .write(writer.bytes(&*G::secret_to_bytes(&self.share)))
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            share: G::secret_from_bytes(reader.array()?)?,
            signature: Signature::read(reader)?,
        })
    }
}

/// What is signed, in a buffer that is wiped.
fn message<G: Group>((plan, from, to): Place<'_>, share: &G::Secret) -> Zeroizing<Vec<u8>> {
    let writer = Writer::with_capacity(68)
        .bytes(plan)
        .u16(from.get())
        .u16(to.get())
        .bytes(&*G::secret_to_bytes(share));
    Zeroizing::new(writer.finish())
}

impl<P: Protocol> Revealed<P> {
    /// Dealers that have signed a wrong share, and receivers whose evidence is none: a right share, or
    /// what its dealer has not signed for them. All see the same, since complaints come with the same
    /// openings.
    pub(super) fn judge(&self) -> (BTreeSet<AuthorityId>, BTreeSet<AuthorityId>) {
        let (mut guilty, mut false_accusers) = (BTreeSet::new(), BTreeSet::new());
        for (accuser, message) in &self.complaints {
            for (dealer, evidence) in &message.body.accused {
                let Some(evidence) = evidence else { continue };
                let place = (&self.seat.digest, *dealer, *accuser);
                let wrong = self.openings.get(dealer).is_some_and(|opening| {
                    let commitments = &opening.body.commitments;
                    !commitments.verify(*accuser, &evidence.share)
                });
                if wrong && evidence.is_signed_vartime(place, &self.seat.plan.dealers) {
                    guilty.insert(*dealer);
                } else {
                    false_accusers.insert(*accuser);
                }
            }
        }
        (guilty, false_accusers)
    }
}
