//! What is checked of a peer, one rule each.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_mpin::TrustDomainId;
use milagro_mpin::names::{Epoch, EpochPolicy};

use crate::admission::authorize::Authorize;
use crate::admission::refusal::Refusal;
use crate::admission::refused::{Hook, Refused};
use crate::admission::side::Side;
use crate::names::{Identity, Principal};

/// Epochs, the list, and who hears of refusals.
#[derive(Clone)]
pub(super) struct Rules {
    epochs: EpochPolicy,
    authorize: Arc<dyn Authorize>,
    hook: Option<Hook>,
}

impl Rules {
    pub(super) fn new(epochs: EpochPolicy, authorize: impl Authorize + 'static) -> Self {
        Self {
            epochs,
            authorize: Arc::new(authorize),
            hook: None,
        }
    }

    pub(super) fn set_hook(&mut self, hook: impl Fn(&Refused<'_>) + Send + Sync + 'static) {
        self.hook = Some(Arc::new(hook));
    }

    pub(super) const fn epochs(&self) -> EpochPolicy {
        self.epochs
    }

    pub(super) const fn role(peer: &Principal, end: Side) -> Result<(), Refusal> {
        if end.admits(peer.role()) {
            Ok(())
        } else {
            Err(Refusal::Role)
        }
    }

    pub(super) fn epoch(&self, epoch: Epoch, now: Seconds) -> Result<(), Refusal> {
        if self.epochs.accepts(epoch, now) {
            Ok(())
        } else if epoch > Epoch::at(now, self.epochs.length) {
            Err(Refusal::NotYetValid)
        } else {
            Err(Refusal::Expired)
        }
    }

    pub(super) fn list(&self, peer: &Principal) -> Result<(), Refusal> {
        if self.authorize.permits(peer) {
            Ok(())
        } else {
            Err(Refusal::NotAuthorized)
        }
    }

    /// Tells the hook of a refusal.
    pub(super) fn tell(
        &self,
        claimed: &Identity,
        end: Side,
        verdict: Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        if let (Err(reason), Some(hook)) = (verdict, &self.hook) {
            hook(&Refused {
                claimed,
                end,
                reason,
            });
        }
        verdict
    }
}

/// What an end of one trust domain checks of a peer before it computes for it: trust domain, role, epoch,
/// [`Authorize`]. Its clones ask the same list.
#[derive(Clone)]
pub(crate) struct Admission {
    domain: TrustDomainId,
    rules: Rules,
}

impl Admission {
    pub(crate) fn new(
        domain: TrustDomainId,
        epochs: EpochPolicy,
        authorize: impl Authorize + 'static,
    ) -> Self {
        Self {
            domain,
            rules: Rules::new(epochs, authorize),
        }
    }

    pub(crate) fn set_hook(&mut self, hook: impl Fn(&Refused<'_>) + Send + Sync + 'static) {
        self.rules.set_hook(hook);
    }

    /// Whether somebody of this name can be at this end at all.
    pub(crate) fn check_principal(&self, peer: &Principal, end: Side) -> Result<(), Refusal> {
        if peer.domain() == self.domain {
            Rules::role(peer, end)
        } else {
            Err(Refusal::Domain)
        }
    }

    /// Everything that costs nothing. Asked again at the last step, as clock and list go on.
    pub(crate) fn check(&self, peer: &Identity, end: Side, now: Seconds) -> Result<(), Refusal> {
        let verdict = self
            .check_principal(peer.principal(), end)
            .and_then(|()| self.rules.epoch(peer.epoch(), now))
            .and_then(|()| self.rules.list(peer.principal()));
        self.rules.tell(peer, end, verdict)
    }

    /// Tells the hook of what was found out elsewhere.
    pub(crate) fn refused(&self, peer: &Identity, end: Side, reason: Refusal) -> Refusal {
        // The verdict is what was given.
        let _ = self.rules.tell(peer, end, Err(reason));
        reason
    }
}
