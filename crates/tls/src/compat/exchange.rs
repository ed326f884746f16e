//! The exchange: one message each way, each side in two steps.

use core::fmt;

use milagro_curve::SecretScalar;
use milagro_curve::rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{
    ChowChooError, InitiatorName, LegacyAnswer, LegacyInitiatorKey, LegacyOffer,
    LegacyResponderKey, ResponderName, spec,
};

/// An initiator that has sent its offer and waits for one answer. Holds x, and is used up by finishing.
///
/// ```compile_fail,E0382
/// # use milagro_tls::compat::{LegacyAnswer, LegacyInitiator};
/// # fn demo(waiting: LegacyInitiator, answer: LegacyAnswer, other: LegacyAnswer) {
/// let first = waiting.finish(&answer);
/// let second = waiting.finish(&other); // moved: one answer per x
/// # }
/// ```
#[derive(Debug)]
pub struct LegacyInitiator {
    key: LegacyInitiatorKey,
    peer: ResponderName,
    x: SecretScalar,
    offer: LegacyOffer,
}

/// The agreed key, 16 bytes. Wiped when dropped.
///
/// # Security
/// Milagro has no confirmation. Until the peer has shown in some message that it has this key, nobody knows
/// who has it, if anybody.
pub struct UnconfirmedKey(Zeroizing<[u8; 16]>);

impl LegacyInitiatorKey {
    /// Chooses x and offers PaG1 = x·A. x comes from fresh randomness, the key and both names, so that a weak
    /// generator alone does not give it away.
    ///
    /// # Errors
    /// [`ChowChooError::SameName`].
    pub fn start<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        peer: &ResponderName,
    ) -> Result<(LegacyOffer, LegacyInitiator), ChowChooError> {
        let x = SecretScalar::hedged(rng, self.hedge(peer.as_bytes(), &[]));
        self.start_with(x, peer)
    }

    /// As [`Self::start`], with an x from outside: for test vectors, and for generators in hardware.
    ///
    /// # Security
    /// x must be uniformly random, known to nobody, and never be used twice.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn start_with(
        &self,
        x: SecretScalar,
        peer: &ResponderName,
    ) -> Result<(LegacyOffer, LegacyInitiator), ChowChooError> {
        differ(&self.name, peer)?;
        let pa = self.name.point() * &x;
        let offer = LegacyOffer { pa };
        let waiting = LegacyInitiator {
            key: self.clone(),
            peer: peer.clone(),
            x,
            offer,
        };
        Ok((offer, waiting))
    }
}

impl LegacyInitiator {
    /// k = e((x + πa)·sA, πb·B + PbG2), D = x·PgG1.
    ///
    /// # Errors
    /// [`ChowChooError::Reflected`] if PgG1 is PaG1; [`ChowChooError::Degenerate`] if x + πa or πb·B + PbG2
    /// vanishes, which nobody can bring about.
    pub fn finish(self, answer: &LegacyAnswer) -> Result<UnconfirmedKey, ChowChooError> {
        if answer.pg == self.offer.pa {
            return Err(ChowChooError::Reflected);
        }
        let points = (self.offer.pa, answer.pg, answer.pb);
        let pi_a = spec::pi_a(&points, self.peer.as_bytes());
        let pi_b = spec::pi_b(&points, self.key.name.as_bytes());
        let theirs = (&pi_b, self.peer.point(), &answer.pb);
        let k = spec::initiator_k((&self.x, &pi_a), &self.key.key, theirs);
        let k = k.ok_or(ChowChooError::Degenerate)?;
        let d = answer.pg.mul_secret(&self.x);
        Ok(UnconfirmedKey(spec::key(&k, &d)))
    }
}

impl LegacyResponderKey {
    /// Chooses w and y, answers PgG1 = w·A and PbG2 = y·B, and computes k = e(πa·A + PaG1, (y + πb)·sB) and
    /// D = w·PaG1. w and y come from fresh randomness, the key, both names and the offer.
    ///
    /// # Errors
    /// [`ChowChooError::SameName`]; [`ChowChooError::Degenerate`] if y + πb or πa·A + PaG1 vanishes, which
    /// nobody can bring about.
    pub fn answer<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        peer: &InitiatorName,
        offer: &LegacyOffer,
    ) -> Result<(LegacyAnswer, UnconfirmedKey), ChowChooError> {
        let hedge = self.hedge(peer.as_bytes(), &offer.to_bytes());
        let mut scalar = |role| {
            let mut hedge = hedge.clone();
            hedge.append("scalar", role);
            SecretScalar::hedged(rng, hedge)
        };
        let (w, y) = (scalar(b"w"), scalar(b"y"));
        self.answer_with(OneTime { w, y }, peer, offer)
    }

    /// As [`Self::answer`], with w and y from outside.
    ///
    /// # Security
    /// Both must be uniformly random, known to nobody, and never be used twice.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn answer_with(
        &self,
        OneTime { w, y }: OneTime,
        peer: &InitiatorName,
        offer: &LegacyOffer,
    ) -> Result<(LegacyAnswer, UnconfirmedKey), ChowChooError> {
        differ(peer, &self.name)?;
        let (pg, pb) = (peer.point() * &w, self.name.point() * &y);
        let points = (offer.pa, pg, pb);
        let pi_a = spec::pi_a(&points, self.name.as_bytes());
        let pi_b = spec::pi_b(&points, peer.as_bytes());
        let theirs = (&pi_a, peer.point(), &offer.pa);
        let k = spec::responder_k(theirs, (&y, &pi_b), &self.key);
        let k = k.ok_or(ChowChooError::Degenerate)?;
        let d = offer.pa.mul_secret(&w);
        let key = UnconfirmedKey(spec::key(&k, &d));
        Ok((LegacyAnswer { pg, pb }, key))
    }
}

/// The one-time scalars of a responder. Wiped when dropped.
pub struct OneTime {
    /// w, of PgG1 = w·A.
    pub w: SecretScalar,
    /// y, of PbG2 = y·B.
    pub y: SecretScalar,
}

milagro_base::opaque_debug!(OneTime);

fn differ(initiator: &InitiatorName, responder: &ResponderName) -> Result<(), ChowChooError> {
    if initiator.as_bytes() == responder.as_bytes() {
        return Err(ChowChooError::SameName);
    }
    Ok(())
}

impl UnconfirmedKey {
    /// The 16 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for UnconfirmedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnconfirmedKey").finish_non_exhaustive()
    }
}
impl ZeroizeOnDrop for UnconfirmedKey {}
impl ZeroizeOnDrop for LegacyInitiator {}
