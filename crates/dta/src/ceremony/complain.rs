//! Round 3: receivers say whose share is missing or wrong, show the wrong ones, and say what they have
//! received.

use alloc::collections::BTreeMap;
use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::rand_core::CryptoRng;
use zeroize::ZeroizeOnDrop;

use crate::ceremony::commit::Dealing;
use crate::ceremony::evidence::SignedShare;
use crate::ceremony::message::{Round, collect};
use crate::ceremony::plan::Seat;
use crate::ceremony::{
    Body, CeremonyError, Echo, OpenMessage, Opening, Party, RevealMessage, Revealed, Reveals,
    Signed,
};
use crate::group::Secret;
use crate::protocol::Sealed;
use crate::{AuthorityId, DecodeError, Group, Protocol};

/// Round 3, receivers to all.
pub type ComplaintMessage<G> = Signed<G, Complaints<G>>;

/// Whom a receiver accuses, of a wrong share with the share for evidence, or of a missing one; and an echo
/// of round 2.
#[derive(Clone, Debug)]
pub struct Complaints<G: Group> {
    pub(super) accused: BTreeMap<AuthorityId, Option<SignedShare<G>>>,
    pub(super) openings: Echo<G>,
}

/// After round 3. Wiped when dropped.
pub struct Complained<P: Protocol> {
    pub(super) seat: Seat<P>,
    pub(super) dealing: Option<Dealing<P>>,
    pub(super) openings: Round<P::Group, Opening<P::Group>>,
    pub(super) echo: Echo<P::Group>,
    pub(super) received: BTreeMap<AuthorityId, Secret<P>>,
    pub(super) own: Option<ComplaintMessage<P::Group>>,
}

impl<G: Group> Complaints<G> {
    /// Whom the receiver accuses of a missing or wrong share.
    pub fn accused(&self) -> impl Iterator<Item = AuthorityId> {
        self.accused.keys().copied()
    }
}

impl<P: Protocol> Complained<P> {
    /// Round 4: every dealer says which complaints it has received, and shows the shares that receivers
    /// miss, unless t or more receivers accuse it. Evidence needs no answer. A receiver that accuses
    /// wrongly gives at most its own share away, and harms nobody else.
    ///
    /// # Errors
    /// [`CeremonyError::Equivocated`], [`CeremonyError::FalseEcho`],
    /// [`CeremonyError::Undelivered`]: members have received different things in round 2.
    #[expect(clippy::type_complexity, reason = "a state and its message")]
    pub fn reveal<R: CryptoRng + ?Sized>(
        self,
        complaints: Vec<ComplaintMessage<P::Group>>,
        rng: &mut R,
    ) -> Result<(Revealed<P>, Option<RevealMessage<P::Group>>), CeremonyError> {
        let complaints = complaints.into_iter().chain(self.own).collect();
        let plan = &self.seat.plan;
        let complaints = collect(&self.seat.digest, &plan.receivers, complaints)?;
        for (from, message) in &complaints {
            let parties = (OpenMessage::<P::Group>::party(), Party::Receiver(*from));
            self.echo
                .compare(&message.body.openings, &plan.dealers, parties)?;
        }
        let message = match (self.seat.dealer, self.dealing) {
            (Some(me), Some(dealing)) => {
                let answers = plan.is_answered(accusers(&complaints, me).count());
                let shares = missing(&complaints, me).filter(|_| answers);
                let shares = shares.map(|to| (to, dealing.polynomial.share(to)));
                let body = Reveals {
                    shares: shares.collect(),
                    complaints: Echo::of(&self.seat.digest, &complaints),
                };
                Some(Signed::new(&self.seat, me, body, rng)?)
            }
            _ => None,
        };
        let revealed = Revealed {
            seat: self.seat,
            openings: self.openings,
            echo: self.echo,
            received: self.received,
            complaints,
            own: message.clone(),
        };
        Ok((revealed, message))
    }
}

/// Who accuses a dealer, with or without evidence. All count towards the t that nobody answers: what is
/// shown for evidence may be a right share, which is public then too.
pub(super) fn accusers<G: Group>(
    complaints: &Round<G, Complaints<G>>,
    dealer: AuthorityId,
) -> impl Iterator<Item = AuthorityId> {
    complaints
        .iter()
        .filter(move |(_, message)| message.body.accused.contains_key(&dealer))
        .map(|(from, _)| *from)
}

/// Who accuses a dealer of a missing share.
pub(super) fn missing<G: Group>(
    complaints: &Round<G, Complaints<G>>,
    dealer: AuthorityId,
) -> impl Iterator<Item = AuthorityId> {
    accusers(complaints, dealer).filter(move |from| {
        let accused = complaints.get(from).map(|message| &message.body.accused);
        accused.is_some_and(|accused| matches!(accused.get(&dealer), Some(None)))
    })
}

impl<G: Group, B: Body> Signed<G, B> {
    /// Who speaks in this round.
    pub(super) fn party() -> fn(AuthorityId) -> Party {
        B::party
    }
}

impl<G: Group> Sealed for Complaints<G> {}

impl<G: Group> Body for Complaints<G> {
    const ROUND: u8 = 3;

    fn party(id: AuthorityId) -> Party {
        Party::Receiver(id)
    }

    fn write(&self, writer: Writer) -> Writer {
        let count = u16::try_from(self.accused.len()).unwrap_or(u16::MAX);
        let accused = self.accused.iter();
        let writer = accused.fold(writer.u16(count), |writer, (id, evidence)| {
            let writer = writer.u16(id.get());
            match evidence {
                None => writer.u8(0),
                Some(share) => share.write(writer.u8(1)),
            }
        });
        self.openings.write(writer)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut accused = BTreeMap::new();
        for _ in 0..reader.u16()? {
            let id = AuthorityId::read(reader)?;
            if accused
                .last_key_value()
                .is_some_and(|(last, _)| *last >= id)
            {
                return Err(DecodeError::Value);
            }
            let evidence = match reader.u8()? {
                0 => None,
                1 => Some(SignedShare::read(reader)?),
                _ => return Err(DecodeError::Value),
            };
            accused.insert(id, evidence);
        }
        Ok(Self {
            accused,
            openings: Echo::read(reader)?,
        })
    }
}

impl<P: Protocol> fmt::Debug for Complained<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Complained").finish_non_exhaustive()
    }
}

impl<P: Protocol> ZeroizeOnDrop for Complained<P> {}
