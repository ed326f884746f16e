//! Round 2: openings to all, a share to each.

use alloc::collections::BTreeMap;
use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::ceremony::commit::{Dealing, possession_message};
use crate::ceremony::evidence::SignedShare;
use crate::ceremony::message::{Round, collect};
use crate::ceremony::plan::{Seat, Task};
use crate::ceremony::{
    Body, CeremonyError, CommitMessage, Complained, ComplaintMessage, Complaints, Echo,
    HashCommitment, OpeningFault, Party, Signed,
};
use crate::group::Secret;
use crate::protocol::Sealed;
use crate::schnorr::Signature;
use crate::sharing::Commitments;
use crate::{AuthorityId, DecodeError, Group, Protocol, tags};

/// Round 2, dealers to all.
pub type OpenMessage<G> = Signed<G, Opening<G>>;

/// Commitments to a dealer's polynomial, and, when a domain is founded, proof that the dealer knows
/// its constant term; and an echo of round 1.
#[derive(Clone, Debug)]
pub struct Opening<G: Group> {
    pub(super) commitments: Commitments<G>,
    pub(super) possession: Option<Signature<G>>,
    pub(super) hashes: Echo<G>,
}

/// Round 2, a dealer to one receiver, over a confidential and authenticated channel; signed by the
/// dealer. Wiped when dropped.
pub struct PrivateShare<G: Group> {
    pub(super) plan: [u8; 32],
    pub(super) from: AuthorityId,
    pub(super) to: AuthorityId,
    pub(super) signed: SignedShare<G>,
}

/// After round 2. Wiped when dropped.
pub struct Opened<P: Protocol> {
    pub(super) seat: Seat<P>,
    pub(super) dealing: Option<Dealing<P>>,
    pub(super) hashes: Round<P::Group, HashCommitment>,
    pub(super) own: Option<OpenMessage<P::Group>>,
}

impl<P: Protocol> Opened<P> {
    /// Round 3: checks openings and shares. The message, of receivers only, says whose share is missing,
    /// and whose is wrong, and goes to all members. A share counts as missing unless its dealer has
    /// signed it; a wrong one is shown as evidence.
    ///
    /// # Errors
    /// [`CeremonyError::Missing`], [`CeremonyError::Opening`]: an opening that fails ends the run.
    /// [`CeremonyError::Equivocated`], [`CeremonyError::FalseEcho`], [`CeremonyError::Undelivered`]:
    /// members have received different things in round 1. [`CeremonyError::CutOff`].
    #[expect(clippy::type_complexity, reason = "a state and its message")]
    pub fn complain<R: CryptoRng + ?Sized>(
        self,
        openings: Vec<OpenMessage<P::Group>>,
        shares: Vec<PrivateShare<P::Group>>,
        rng: &mut R,
    ) -> Result<(Complained<P>, Option<ComplaintMessage<P::Group>>), CeremonyError> {
        let openings = openings.into_iter().chain(self.own.clone()).collect();
        let openings = collect(&self.seat.digest, &self.seat.plan.dealers, openings)?;
        self.check_openings(&openings)?;
        let (received, mut evidence) = self.check_shares(&openings, shares);
        let Self { seat, dealing, .. } = self;
        let echo = Echo::of(&seat.digest, &openings);
        let message = match seat.receiver {
            None => None,
            Some(me) => {
                let accused = seat.plan.dealers.ids();
                let accused = accused.filter(|id| !received.contains_key(id));
                let accused: BTreeMap<_, _> =
                    accused.map(|id| (id, evidence.remove(&id))).collect();
                let missing = accused.iter().filter(|(_, evidence)| evidence.is_none());
                let dealers: Vec<AuthorityId> = missing.map(|(id, _)| *id).collect();
                if dealers.len() >= seat.plan.dealers_needed() {
                    return Err(CeremonyError::CutOff { dealers });
                }
                let body = Complaints {
                    accused,
                    openings: echo.clone(),
                };
                Some(Signed::new(&seat, me, body, rng)?)
            }
        };
        let complained = Complained {
            seat,
            dealing,
            openings,
            echo,
            received,
            own: message.clone(),
        };
        Ok((complained, message))
    }

    fn check_openings(
        &self,
        openings: &Round<P::Group, Opening<P::Group>>,
    ) -> Result<(), CeremonyError> {
        let dealers = &self.seat.plan.dealers;
        let echo = Echo::of(&self.seat.digest, &self.hashes);
        for (from, message) in openings {
            let parties = (CommitMessage::<P::Group>::party(), Party::Dealer(*from));
            echo.compare(&message.body.hashes, dealers, parties)?;
        }
        for dealer in dealers.ids() {
            let message = openings
                .get(&dealer)
                .ok_or(CeremonyError::Missing(Party::Dealer(dealer)))?;
            let hash = message.body.hash(&self.seat.digest, dealer);
            if self.hashes.get(&dealer).map(|message| message.body) != Some(hash) {
                return Err(CeremonyError::Opening(dealer, OpeningFault::Hash));
            }
            self.seat
                .check_opening(dealer, &message.body)
                .map_err(|fault| CeremonyError::Opening(dealer, fault))?;
        }
        Ok(())
    }

    /// The good share of each dealer, and wrong ones that their dealers have signed. What they have not
    /// signed does not count, whoever sent it.
    #[expect(clippy::type_complexity, reason = "good and wrong shares")]
    fn check_shares(
        &self,
        openings: &Round<P::Group, Opening<P::Group>>,
        shares: Vec<PrivateShare<P::Group>>,
    ) -> (
        BTreeMap<AuthorityId, Secret<P>>,
        BTreeMap<AuthorityId, SignedShare<P::Group>>,
    ) {
        let (mut received, mut wrong) = (BTreeMap::new(), BTreeMap::new());
        let Some(me) = self.seat.receiver else {
            return (received, wrong);
        };
        if let (Some(dealer), Some(dealing)) = (self.seat.dealer, &self.dealing) {
            received.insert(dealer, dealing.polynomial.share(me));
        }
        for PrivateShare {
            plan,
            from,
            to,
            signed,
        } in shares
        {
            let for_me = to == me && plan == self.seat.digest;
            let known = received.contains_key(&from);
            let place = (&self.seat.digest, from, me);
            if !for_me || known || !signed.is_signed_vartime(place, &self.seat.plan.dealers) {
                continue;
            }
            let good = |opening: &Signed<_, Opening<_>>| {
                let commitments = &opening.body.commitments;
                commitments.verify(me, &signed.share)
            };
            if openings.get(&from).is_some_and(good) {
                received.insert(from, signed.share);
            } else {
                wrong.insert(from, signed);
            }
        }
        (received, wrong)
    }
}

impl<P: Protocol> Seat<P> {
    /// Everything that can be told of an opening without the private shares.
    fn check_opening(
        &self,
        dealer: AuthorityId,
        opening: &Opening<P::Group>,
    ) -> Result<(), OpeningFault> {
        let t = usize::from(self.plan.threshold().needed());
        let constant = opening.commitments.constant();
        let length = opening.commitments.len();
        match (&self.plan.task, constant) {
            (Task::Refresh(_), None) if length + 1 == t => match opening.possession {
                None => Ok(()),
                Some(_) => Err(OpeningFault::Shape),
            },
            (Task::Found { .. }, Some(constant)) if length == t => {
                let message = possession_message(&self.digest, dealer);
                opening
                    .possession
                    .filter(|proof| proof.verify_vartime(tags::POSSESSION, &message, constant))
                    .map(|_| ())
                    .ok_or(OpeningFault::Possession)
            }
            (Task::Reshare(domain, _), Some(constant)) if length == t => {
                if opening.possession.is_some() {
                    Err(OpeningFault::Shape)
                } else if domain.verification_key(dealer) == Some(constant) {
                    Ok(())
                } else {
                    Err(OpeningFault::Constant)
                }
            }
            _ => Err(OpeningFault::Shape),
        }
    }
}

impl<G: Group> Sealed for Opening<G> {}

impl<G: Group> Body for Opening<G> {
    const ROUND: u8 = 2;

    fn party(id: AuthorityId) -> Party {
        Party::Dealer(id)
    }

    fn write(&self, writer: Writer) -> Writer {
        self.hashes.write(self.write_committed(writer))
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let commitments = Commitments::read(reader)?;
        let possession = match reader.u8()? {
            0 => None,
            1 => Some(Signature::read(reader)?),
            _ => return Err(DecodeError::Value),
        };
        Ok(Self {
            commitments,
            possession,
            hashes: Echo::read(reader)?,
        })
    }
}

impl<G: Group> Opening<G> {
    /// What the hash of round 1 commits to.
    pub(super) fn write_committed(&self, writer: Writer) -> Writer {
        let writer = self.commitments.write(writer);
        match &self.possession {
            None => writer.u8(0),
            Some(proof) => proof.write(writer.u8(1)),
        }
    }
}

impl<G: Group> PrivateShare<G> {
    /// Bytes of an encoding.
    pub const LEN: usize = 133;

    const VERSION: u8 = 1;

    /// Who dealt it.
    #[must_use]
    pub const fn from(&self) -> AuthorityId {
        self.from
    }

    /// Who is to get it.
    #[must_use]
    pub const fn to(&self) -> AuthorityId {
        self.to
    }

    /// Version (1), plan (32), dealer (2), receiver (2), share (32), signature (64); into a buffer that is
    /// wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let writer = Writer::with_capacity(Self::LEN)
            .u8(Self::VERSION)
            .bytes(&self.plan)
            .u16(self.from.get())
            .u16(self.to.get());
        Zeroizing::new(self.signed.write(writer).finish())
    }

    /// Reads what [`Self::to_bytes`] wrote. The signature is checked when the share is used.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, number, scalar.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let share = Self {
            plan: *reader.array()?,
            from: AuthorityId::read(&mut reader)?,
            to: AuthorityId::read(&mut reader)?,
            signed: SignedShare::read(&mut reader)?,
        };
        reader.finish()?;
        Ok(share)
    }
}

impl<G: Group> fmt::Debug for PrivateShare<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateShare").finish_non_exhaustive()
    }
}

impl<P: Protocol> fmt::Debug for Opened<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").finish_non_exhaustive()
    }
}

impl<G: Group> ZeroizeOnDrop for PrivateShare<G> {}
impl<P: Protocol> ZeroizeOnDrop for Opened<P> {}
