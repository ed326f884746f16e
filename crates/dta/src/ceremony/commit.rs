//! Round 1: every dealer commits to its opening by a hash.

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::Transcript;
use milagro_curve::rand_core::CryptoRng;
use zeroize::ZeroizeOnDrop;

use crate::ceremony::evidence::SignedShare;
use crate::ceremony::message::collect;
use crate::ceremony::plan::{Seat, Task};
use crate::ceremony::{
    Body, CeremonyError, Echo, MemberKey, OpenMessage, Opened, Opening, Party, Plan, PrivateShare,
    Signed,
};
use crate::protocol::Sealed;
use crate::schnorr::Signature;
use crate::sharing::Polynomial;
use crate::{Authority, AuthorityId, DecodeError, Group, Protocol, group, tags};

/// Round 1, dealers to all.
pub type CommitMessage<G> = Signed<G, HashCommitment>;

/// The hash of an opening, 32 bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HashCommitment([u8; 32]);

/// After round 1. Holds the polynomial; wiped when dropped.
pub struct Committed<P: Protocol> {
    pub(super) seat: Seat<P>,
    pub(super) dealing: Option<Dealing<P>>,
    pub(super) own: Option<CommitMessage<P::Group>>,
}

/// What a dealer deals.
pub(super) struct Dealing<P: Protocol> {
    pub(super) polynomial: Polynomial<P::Group>,
    pub(super) opening: Opening<P::Group>,
}

impl<P: Protocol> Committed<P> {
    /// Takes a seat in the plan and, as a dealer, chooses a polynomial. The message, if there is one,
    /// goes to all members.
    ///
    /// `authority` is what this member holds of the domain that is refreshed or reshared.
    ///
    /// # Errors
    /// [`CeremonyError::Seat`], [`CeremonyError::Degenerate`].
    #[expect(
        clippy::type_complexity,
        reason = "a state and its message, as in every round"
    )]
    pub fn begin<R: CryptoRng + ?Sized>(
        plan: Plan<P>,
        key: &MemberKey<P::Group>,
        authority: Option<&Authority<P>>,
        rng: &mut R,
    ) -> Result<(Self, Option<CommitMessage<P::Group>>), CeremonyError> {
        let seat = Seat::take(plan, key, authority).ok_or(CeremonyError::Seat)?;
        let Some(me) = seat.dealer else {
            let (dealing, own) = (None, None);
            return Ok((Self { seat, dealing, own }, None));
        };
        let dealing = Dealing::new(&seat, me, rng).ok_or(CeremonyError::Degenerate)?;
        let hash = dealing.opening.hash(&seat.digest, me);
        let own = Some(Signed::new(&seat, me, hash, rng)?);
        let (dealing, message) = (Some(dealing), own.clone());
        Ok((Self { seat, dealing, own }, message))
    }

    /// Round 2, once the hashes of *all* dealers are there: opens the commitment to all members, and
    /// sends every receiver its share.
    ///
    /// # Errors
    /// [`CeremonyError::Missing`], [`CeremonyError::Equivocated`].
    #[expect(clippy::type_complexity, reason = "a state and its messages")]
    pub fn open<R: CryptoRng + ?Sized>(
        self,
        messages: Vec<CommitMessage<P::Group>>,
        rng: &mut R,
    ) -> Result<
        (
            Opened<P>,
            Option<OpenMessage<P::Group>>,
            Vec<PrivateShare<P::Group>>,
        ),
        CeremonyError,
    > {
        let Self { seat, dealing, own } = self;
        let messages = messages.into_iter().chain(own).collect();
        let hashes = collect(&seat.digest, &seat.plan.dealers, messages)?;
        for dealer in seat.plan.dealers.ids() {
            if !hashes.contains_key(&dealer) {
                return Err(CeremonyError::Missing(Party::Dealer(dealer)));
            }
        }
        let mut message = None;
        let mut shares = Vec::new();
        if let (Some(me), Some(dealing)) = (seat.dealer, &dealing) {
            let mut opening = dealing.opening.clone();
            opening.hashes = Echo::of(&seat.digest, &hashes);
            message = Some(Signed::new(&seat, me, opening, rng)?);
            let others = seat.plan.receivers.ids();
            let others = others.filter(|to| Some(*to) != seat.receiver);
            shares = others
                .map(|to| dealing.share(&seat, (me, to), rng))
                .collect::<Option<_>>()
                .ok_or(CeremonyError::Degenerate)?;
        }
        let opened = Opened {
            seat,
            dealing,
            hashes,
            own: message.clone(),
        };
        Ok((opened, message, shares))
    }
}

impl<P: Protocol> Dealing<P> {
    fn new<R: CryptoRng + ?Sized>(seat: &Seat<P>, me: AuthorityId, rng: &mut R) -> Option<Self> {
        let t = seat.plan.threshold().needed();
        let zero = || P::Group::secret_from_bytes(&[0; 32]).ok();
        let (polynomial, commitments) = match &seat.plan.task {
            Task::Refresh(_) => {
                let polynomial = Polynomial::random(zero()?, t, rng);
                let commitments = polynomial.commit_without_constant()?;
                (polynomial, commitments)
            }
            Task::Found { .. } => {
                let secret = group::random::<P::Group, R>(rng);
                let polynomial = Polynomial::random(secret, t, rng);
                let commitments = polynomial.commit()?;
                (polynomial, commitments)
            }
            Task::Reshare(..) => {
                let polynomial = Polynomial::random(seat.old.clone()?, t, rng);
                let commitments = polynomial.commit()?;
                (polynomial, commitments)
            }
        };
        let possession = match &seat.plan.task {
            Task::Found { .. } => {
                let pair = (polynomial.constant()?, commitments.constant()?);
                let message = possession_message(&seat.digest, me);
                Some(Signature::new(tags::POSSESSION, &message, pair, rng)?)
            }
            Task::Refresh(_) | Task::Reshare(..) => None,
        };
        let opening = Opening {
            commitments,
            possession,
            hashes: Echo::none(),
        };
        Some(Self {
            polynomial,
            opening,
        })
    }

    fn share<R: CryptoRng + ?Sized>(
        &self,
        seat: &Seat<P>,
        (from, to): (AuthorityId, AuthorityId),
        rng: &mut R,
    ) -> Option<PrivateShare<P::Group>> {
        let place = (&seat.digest, from, to);
        Some(PrivateShare {
            plan: seat.digest,
            from,
            to,
            signed: SignedShare::new(place, self.polynomial.share(to), &seat.key, rng)?,
        })
    }
}

/// What a proof of possession signs: the run and the dealer, so that it is good for nobody else and
/// nowhere else.
pub(super) fn possession_message(plan: &[u8; 32], dealer: AuthorityId) -> Vec<u8> {
    Writer::new().bytes(plan).u16(dealer.get()).finish()
}

impl<G: Group> Opening<G> {
    /// The hash that commits to this opening, all but the echo.
    pub(super) fn hash(&self, plan: &[u8; 32], dealer: AuthorityId) -> HashCommitment {
        let mut transcript = Transcript::new(tags::HASH_COMMITMENT);
        transcript.append("plan", plan);
        transcript.append("dealer", &dealer.get().to_be_bytes());
        transcript.append("opening", &self.write_committed(Writer::new()).finish());
        HashCommitment(transcript.bytes("hash"))
    }
}

impl Sealed for HashCommitment {}

impl Body for HashCommitment {
    const ROUND: u8 = 1;

    fn party(id: AuthorityId) -> Party {
        Party::Dealer(id)
    }

    fn write(&self, writer: Writer) -> Writer {
        writer.bytes(&self.0)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.array().copied().map(Self)
    }
}

impl<P: Protocol> fmt::Debug for Committed<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Committed").finish_non_exhaustive()
    }
}

impl<P: Protocol> ZeroizeOnDrop for Committed<P> {}
