//! Round 4: dealers show the shares that receivers miss.

use alloc::collections::{BTreeMap, BTreeSet};
use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::rand_core::CryptoRng;
use zeroize::ZeroizeOnDrop;

use crate::ceremony::complain::{accusers, missing};
use crate::ceremony::message::{Round, collect};
use crate::ceremony::plan::Seat;
use crate::ceremony::{
    Body, CeremonyError, ComplaintMessage, Complaints, ConfirmMessage, Confirmation, Confirmed,
    Echo, Opening, Party, Signed,
};
use crate::group::Secret;
use crate::protocol::Sealed;
use crate::{AuthorityId, DecodeError, Group, Protocol};

/// Round 4, dealers to all.
pub type RevealMessage<G> = Signed<G, Reveals<G>>;

/// Missing shares, by receiver, which are public from now on; and an echo of round 3.
#[derive(Clone, Debug)]
pub struct Reveals<G: Group> {
    pub(super) shares: BTreeMap<AuthorityId, G::Secret>,
    pub(super) complaints: Echo<G>,
}

/// After round 4. Wiped when dropped.
pub struct Revealed<P: Protocol> {
    pub(super) seat: Seat<P>,
    pub(super) openings: Round<P::Group, Opening<P::Group>>,
    pub(super) echo: Echo<P::Group>,
    pub(super) received: BTreeMap<AuthorityId, Secret<P>>,
    pub(super) complaints: Round<P::Group, Complaints<P::Group>>,
    pub(super) own: Option<RevealMessage<P::Group>>,
}

impl<P: Protocol> Revealed<P> {
    /// Round 5: settles the disputes, computes the result, and tells all members its hash.
    ///
    /// # Errors
    /// [`CeremonyError::TooFewDealers`]; [`CeremonyError::Equivocated`],
    /// [`CeremonyError::FalseEcho`], [`CeremonyError::Undelivered`]: members have received different
    /// things in round 3; [`CeremonyError::Degenerate`].
    #[expect(clippy::type_complexity, reason = "a state and its message")]
    pub fn confirm<R: CryptoRng + ?Sized>(
        mut self,
        reveals: Vec<RevealMessage<P::Group>>,
        rng: &mut R,
    ) -> Result<(Confirmed<P>, Option<ConfirmMessage<P::Group>>), CeremonyError> {
        let reveals = reveals.into_iter().chain(self.own.take()).collect();
        let reveals = collect(&self.seat.digest, &self.seat.plan.dealers, reveals)?;
        let complaints = Echo::of(&self.seat.digest, &self.complaints);
        for (from, message) in &reveals {
            let parties = (ComplaintMessage::<P::Group>::party(), Party::Dealer(*from));
            let receivers = &self.seat.plan.receivers;
            complaints.compare(&message.body.complaints, receivers, parties)?;
        }
        let (guilty, false_accusers) = self.judge();
        let false_accusers = false_accusers.into_iter().collect();
        let (excluded, silent) = self.settle(&reveals, &guilty);
        let qualified: Vec<AuthorityId> = self.openings.keys().copied().collect();
        if qualified.len() < self.seat.plan.dealers_needed() {
            return Err(CeremonyError::TooFewDealers {
                excluded,
                silent,
                false_accusers,
            });
        }
        let (domain, share) = self.result().ok_or(CeremonyError::Degenerate)?;
        let mut confirmation = Confirmation {
            result: [0; 32],
            openings: self.echo,
            complaints,
            reveals: Echo::of(&self.seat.digest, &reveals),
        };
        confirmation.result = confirmation.of(&self.seat.digest, &domain.to_bytes(), &qualified);
        let message = match self.seat.receiver {
            None => None,
            Some(me) => Some(Signed::new(&self.seat, me, confirmation.clone(), rng)?),
        };
        let confirmed = Confirmed {
            seat: self.seat,
            domain,
            share,
            excluded,
            silent,
            false_accusers,
            confirmation,
        };
        Ok((confirmed, message))
    }

    /// Takes revealed shares over, and out those dealers that signed or revealed wrong shares, or did not
    /// reveal all.
    fn settle(
        &mut self,
        reveals: &Round<P::Group, Reveals<P::Group>>,
        guilty: &BTreeSet<AuthorityId>,
    ) -> (Vec<AuthorityId>, Vec<AuthorityId>) {
        let (mut excluded, mut silent) = (Vec::new(), Vec::new());
        for (dealer, opening) in &self.openings {
            let accusers = accusers(&self.complaints, *dealer).count();
            let missing: Vec<AuthorityId> = missing(&self.complaints, *dealer).collect();
            let shown = reveals.get(dealer).map(|message| &message.body.shares);
            let share = |to: &AuthorityId| shown.and_then(|shown| shown.get(to));
            let commitments = &opening.body.commitments;
            let wrong =
                |to: &AuthorityId| share(to).is_some_and(|share| !commitments.verify(*to, share));
            if guilty.contains(dealer) || missing.iter().any(wrong) {
                excluded.push(*dealer);
            } else if missing.iter().all(|to| share(to).is_some()) {
                let me = self.seat.receiver.filter(|me| missing.contains(me));
                if let Some(share) = me.as_ref().and_then(share) {
                    self.received.insert(*dealer, share.clone());
                }
            } else if shown.is_some() && self.seat.plan.is_answered(accusers) {
                excluded.push(*dealer);
            } else {
                silent.push(*dealer);
            }
        }
        for dealer in excluded.iter().chain(&silent) {
            self.openings.remove(dealer);
            self.received.remove(dealer);
        }
        (excluded, silent)
    }
}

impl<G: Group> Sealed for Reveals<G> {}

impl<G: Group> Body for Reveals<G> {
    const ROUND: u8 = 4;

    fn party(id: AuthorityId) -> Party {
        Party::Dealer(id)
    }

    fn write(&self, writer: Writer) -> Writer {
        let writer = self.complaints.write(writer);
        let count = u16::try_from(self.shares.len()).unwrap_or(u16::MAX);
        let shares = self.shares.iter();
        shares.fold(writer.u16(count), |writer, (id, share)| {
            writer.u16(id.get()).bytes(&*G::secret_to_bytes(share))
        })
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let complaints = Echo::read(reader)?;
        let mut shares = BTreeMap::new();
        for _ in 0..reader.u16()? {
            let id = AuthorityId::read(reader)?;
            if shares.last_key_value().is_some_and(|(last, _)| *last >= id) {
                return Err(DecodeError::Value);
            }
            shares.insert(id, G::secret_from_bytes(reader.array()?)?);
        }
        Ok(Self { shares, complaints })
    }
}

impl<P: Protocol> fmt::Debug for Revealed<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revealed").finish_non_exhaustive()
    }
}

impl<P: Protocol> ZeroizeOnDrop for Revealed<P> {}
