//! Checks peers that sign.

use alloc::sync::Arc;
use core::fmt;
use std::sync::{PoisonError, RwLock};

use milagro_base::Seconds;
use milagro_mpin::TrustDomainId;
use milagro_mpin::names::EpochPolicy;

use crate::admission::authorize::Authorize;
use crate::admission::refusal::Refusal;
use crate::admission::refused::Refused;
use crate::admission::rules::Rules;
use crate::admission::side::Side;
use crate::names::{Identity, Principal};
use crate::signing::{Context, Signature, TrustAnchor};

/// What a peer signed, with the signature as it came.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// Who is said to have signed.
    pub identity: &'a Identity,
    /// What for.
    pub context: Context,
    /// What.
    pub message: &'a [u8],
    /// The bytes of the signature, which are decoded when all else is good.
    pub signature: &'a [u8],
}

/// Checks peers, in this order: trust domain, role, expected name, epoch, and, at the signature, the epoch again,
/// [`Authorize`] and the signature itself.
///
/// It believes one anchor for each trust domain. A domain is named by its master secret, so a new master is a new
/// domain: during the change both anchors are believed, and lists name principals of both.
///
/// # Security
/// A peer that is not permitted is to be answered exactly as one whose signature is bad, as every adapter here
/// does: else a stranger learns who is on the list.
pub struct IdentityVerifier {
    anchors: RwLock<Vec<Arc<TrustAnchor>>>,
    rules: Rules,
}

impl IdentityVerifier {
    /// Believes the authorities behind `anchor`, for the epochs that `epochs` accepts, and lets in whom
    /// `authorize` permits.
    #[must_use]
    pub fn new(
        anchor: TrustAnchor,
        epochs: EpochPolicy,
        authorize: impl Authorize + 'static,
    ) -> Self {
        Self {
            anchors: RwLock::new(vec![Arc::new(anchor)]),
            rules: Rules::new(epochs, authorize),
        }
    }

    /// Calls `hook` with every peer that is refused, before it is told so; not with bytes that are not even an
    /// identity. It runs within the handshake, so it should count and return.
    #[must_use]
    pub fn on_refusal(mut self, hook: impl Fn(&Refused<'_>) + Send + Sync + 'static) -> Self {
        self.rules.set_hook(hook);
        self
    }

    /// Believes another anchor, too, from the next step of every handshake on. It takes the place of the anchor
    /// of the same trust domain, if there is one.
    pub fn believe(&self, anchor: TrustAnchor) {
        let mut anchors = self.anchors.write().unwrap_or_else(PoisonError::into_inner);
        anchors.retain(|known| known.domain() != anchor.domain());
        anchors.push(Arc::new(anchor));
    }

    /// Believes the anchor of this trust domain no more: returns whether it was believed. Handshakes that have
    /// not come to the signature fail.
    pub fn distrust(&self, domain: TrustDomainId) -> bool {
        let mut anchors = self.anchors.write().unwrap_or_else(PoisonError::into_inner);
        let before = anchors.len();
        anchors.retain(|known| known.domain() != domain);
        anchors.len() < before
    }

    /// The anchor of a trust domain, if it is believed.
    #[must_use]
    pub fn anchor(&self, domain: TrustDomainId) -> Option<Arc<TrustAnchor>> {
        let anchors = self.anchors.read().unwrap_or_else(PoisonError::into_inner);
        anchors
            .iter()
            .find(|anchor| anchor.domain() == domain)
            .cloned()
    }

    /// Which epochs count.
    #[must_use]
    pub const fn epochs(&self) -> EpochPolicy {
        self.rules.epochs()
    }

    /// Whether this identity may claim to be at this end of a connection at the time `now`: trust domain, role,
    /// epoch. It still has to sign, and [`Authorize`] is asked then.
    ///
    /// # Errors
    /// [`Refusal`], for the verifier's own records.
    pub fn check(&self, peer: &Identity, end: Side, now: Seconds) -> Result<(), Refusal> {
        self.check_called(peer, end, |_| true, now)
    }

    /// As [`Self::check`], of a peer that was called by a name: `called` tells whether it is that one's.
    ///
    /// # Errors
    /// [`Refusal`]; [`Refusal::Name`] for somebody else.
    pub fn check_called(
        &self,
        peer: &Identity,
        end: Side,
        called: impl FnOnce(&Principal) -> bool,
        now: Seconds,
    ) -> Result<(), Refusal> {
        let verdict = self.claim(peer, end, called, now);
        self.rules.tell(peer, end, verdict)
    }

    fn claim(
        &self,
        peer: &Identity,
        end: Side,
        called: impl FnOnce(&Principal) -> bool,
        now: Seconds,
    ) -> Result<(), Refusal> {
        let principal = peer.principal();
        if self.anchor(principal.domain()).is_none() {
            return Err(Refusal::Domain);
        }
        Rules::role(principal, end)?;
        if !called(principal) {
            return Err(Refusal::Name);
        }
        self.rules.epoch(peer.epoch(), now)
    }

    /// The last step: checks the claim again, as the clock goes on, asks [`Authorize`], and only then decodes the
    /// signature and checks it.
    ///
    /// # Errors
    /// [`Refusal`], for the verifier's own records: [`Refusal::NotAuthorized`] and [`Refusal::Signature`] are to
    /// look the same to the peer.
    pub fn verify(&self, signed: &Signed<'_>, end: Side, now: Seconds) -> Result<(), Refusal> {
        let verdict = self.judge(signed, end, now);
        self.rules.tell(signed.identity, end, verdict)
    }

    fn judge(&self, signed: &Signed<'_>, end: Side, now: Seconds) -> Result<(), Refusal> {
        let Signed {
            identity,
            context,
            message,
            signature,
        } = *signed;
        self.claim(identity, end, |_| true, now)?;
        self.rules.list(identity.principal())?;
        let anchor = self
            .anchor(identity.principal().domain())
            .ok_or(Refusal::Domain)?;
        let signature = Signature::from_bytes(signature).map_err(|_| Refusal::Signature)?;
        anchor
            .verify(identity, context, message, &signature)
            .map_err(|_| Refusal::Signature)
    }

    /// Asks once more for a peer that was authenticated: anchors, role, clock and [`Authorize`], and no signature. A
    /// connection that stands outlives the end of its epoch, the anchor of its authority and its place on the list,
    /// so one that stands for long is asked for from time to time, and closed when it is refused.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check_again(&self, peer: &Identity, end: Side, now: Seconds) -> Result<(), Refusal> {
        let verdict = self
            .claim(peer, end, |_| true, now)
            .and_then(|()| self.rules.list(peer.principal()));
        self.rules.tell(peer, end, verdict)
    }

    pub(crate) fn refused(&self, peer: &Identity, end: Side, reason: Refusal) -> Refusal {
        // The verdict is what was given.
        let _ = self.rules.tell(peer, end, Err(reason));
        reason
    }
}

impl fmt::Debug for IdentityVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let anchors = self.anchors.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("IdentityVerifier")
            .field("anchors", &*anchors)
            .field("epochs", &self.epochs())
            .finish_non_exhaustive()
    }
}
