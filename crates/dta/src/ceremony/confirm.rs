//! Round 5: all say what came out, before anybody uses it.

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::Transcript;
use zeroize::ZeroizeOnDrop;

use crate::ceremony::message::collect;
use crate::ceremony::plan::Seat;
use crate::ceremony::{
    Body, CeremonyError, ComplaintMessage, Echo, OpenMessage, Party, RevealMessage, Signed,
};
use crate::group::Secret;
use crate::protocol::Sealed;
use crate::{Authority, AuthorityId, DecodeError, Group, Protocol, TrustDomain, tags};

/// Round 5, receivers to all.
pub type ConfirmMessage<G> = Signed<G, Confirmation<G>>;

/// A hash of the result, and echoes of rounds 2 to 4.
#[derive(Clone, Debug)]
pub struct Confirmation<G: Group> {
    pub(super) result: [u8; 32],
    pub(super) openings: Echo<G>,
    pub(super) complaints: Echo<G>,
    pub(super) reveals: Echo<G>,
}

/// After round 5. Wiped when dropped.
pub struct Confirmed<P: Protocol> {
    pub(super) seat: Seat<P>,
    pub(super) domain: TrustDomain<P>,
    pub(super) share: Option<Secret<P>>,
    pub(super) excluded: Vec<AuthorityId>,
    pub(super) silent: Vec<AuthorityId>,
    pub(super) false_accusers: Vec<AuthorityId>,
    pub(super) confirmation: Confirmation<P::Group>,
}

/// What a ceremony made.
#[derive(Debug)]
pub struct Outcome<P: Protocol> {
    /// The domain, the same for all members.
    pub domain: TrustDomain<P>,
    /// The new authority, for a member that receives.
    pub authority: Option<Authority<P>>,
    /// Dealers whose part does not count, because they signed a wrong share or answered an accusation
    /// wrongly. Each of them broke the rules.
    pub excluded: Vec<AuthorityId>,
    /// Dealers whose part does not count, because they did not answer an accusation. They may have
    /// stopped because of another's fault, or have been accused by t or more, whom nobody answers.
    pub silent: Vec<AuthorityId>,
    /// Receivers that accused a dealer with evidence that is none: a right share, or what the dealer has
    /// not signed for them. Each of them broke the rules.
    pub false_accusers: Vec<AuthorityId>,
}

impl<P: Protocol> Confirmed<P> {
    /// Compares what all have confirmed. Every confirmation that is there must be of the same result,
    /// and n - t + 1 of the n receivers must have sent one (all n, if n < 2t - 1), this one included.
    ///
    /// # Errors
    /// Whoever made members see different things, as far as it can be told: see [`CeremonyError`].
    pub fn finish(
        self,
        confirmations: Vec<ConfirmMessage<P::Group>>,
    ) -> Result<Outcome<P>, CeremonyError> {
        let plan = &self.seat.plan;
        let confirmations = collect(&self.seat.digest, &plan.receivers, confirmations)?;
        for (from, message) in &confirmations {
            self.compare(*from, &message.body)?;
        }
        let silent: Vec<AuthorityId> = plan
            .receivers
            .ids()
            .filter(|id| !confirmations.contains_key(id) && self.seat.receiver != Some(*id))
            .collect();
        let (t, n) = (plan.threshold().needed(), plan.threshold().members());
        let spare = if n + 1 >= 2 * t { t - 1 } else { 0 };
        if silent.len() > spare.into() {
            return Err(CeremonyError::Unconfirmed { silent });
        }
        let authority = match (self.seat.receiver, self.share) {
            (Some(me), Some(share)) => {
                let authority = Authority::new(self.domain.clone(), me, share);
                Some(authority.map_err(|_| CeremonyError::Degenerate)?)
            }
            _ => None,
        };
        Ok(Outcome {
            domain: self.domain,
            authority,
            excluded: self.excluded,
            silent: self.silent,
            false_accusers: self.false_accusers,
        })
    }

    fn compare(
        &self,
        from: AuthorityId,
        theirs: &Confirmation<P::Group>,
    ) -> Result<(), CeremonyError> {
        let ours = &self.confirmation;
        if theirs.result == ours.result {
            return Ok(());
        }
        let (dealers, receivers) = (&self.seat.plan.dealers, &self.seat.plan.receivers);
        let openings = (OpenMessage::<P::Group>::party(), Party::Receiver(from));
        ours.openings.compare(&theirs.openings, dealers, openings)?;
        let complaints = (ComplaintMessage::<P::Group>::party(), Party::Receiver(from));
        ours.complaints
            .compare(&theirs.complaints, receivers, complaints)?;
        let reveals = (RevealMessage::<P::Group>::party(), Party::Receiver(from));
        ours.reveals.compare(&theirs.reveals, dealers, reveals)?;
        // They say that they have received the same, and from that the same follows.
        Err(CeremonyError::FalseConfirmation(from))
    }
}

impl<G: Group> Confirmation<G> {
    /// The hash of everything that must be the same for all.
    pub(super) fn of(&self, plan: &[u8; 32], domain: &[u8], qualified: &[AuthorityId]) -> [u8; 32] {
        let mut transcript = Transcript::new(tags::CONFIRMATION);
        transcript.append("plan", plan);
        transcript.append("domain", domain);
        for id in qualified {
            transcript.append("qualified", &id.get().to_be_bytes());
        }
        self.openings.absorb("opening", &mut transcript);
        self.complaints.absorb("complaints", &mut transcript);
        self.reveals.absorb("reveals", &mut transcript);
        transcript.bytes("result")
    }
}

impl<G: Group> Sealed for Confirmation<G> {}

impl<G: Group> Body for Confirmation<G> {
    const ROUND: u8 = 5;

    fn party(id: AuthorityId) -> Party {
        Party::Receiver(id)
    }

    fn write(&self, writer: Writer) -> Writer {
        let writer = self.openings.write(writer.bytes(&self.result));
        self.reveals.write(self.complaints.write(writer))
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            result: *reader.array()?,
            openings: Echo::read(reader)?,
            complaints: Echo::read(reader)?,
            reveals: Echo::read(reader)?,
        })
    }
}

impl<P: Protocol> fmt::Debug for Confirmed<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmed").finish_non_exhaustive()
    }
}

impl<P: Protocol> ZeroizeOnDrop for Confirmed<P> {}
