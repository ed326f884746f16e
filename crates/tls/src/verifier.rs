//! Who may be at the other end of a connection.

use core::fmt;
use milagro_base::Seconds;
use std::collections::HashSet;

use milagro_mpin::{
    TrustDomainId,
    names::{Epoch, EpochPolicy},
};

use crate::{Identity, Principal, Refusal, Role, TrustAnchor};

/// The two ends of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Side {
    /// The end that opened it.
    Client,
    /// The end that accepted it.
    Server,
}

impl Side {
    /// Whether somebody of this role may be at this end.
    #[must_use]
    pub const fn admits(self, role: Role) -> bool {
        matches!(
            (self, role),
            (_, Role::Peer) | (Self::Client, Role::Client) | (Self::Server, Role::Server)
        )
    }
}

/// Decides who is let in. Runs before any pairing is computed, so that strangers cost next to nothing.
/// Any `Fn(&Principal) -> bool` is one.
pub trait Authorize: Send + Sync {
    /// Whether the principal is welcome, provided that it proves to be who it says.
    fn permits(&self, peer: &Principal) -> bool;
}

impl<F: Fn(&Principal) -> bool + Send + Sync> Authorize for F {
    fn permits(&self, peer: &Principal) -> bool {
        self(peer)
    }
}

/// Lets in everybody to whom the authorities issue keys.
#[derive(Clone, Copy, Debug)]
pub struct Anyone;

impl Authorize for Anyone {
    fn permits(&self, _: &Principal) -> bool {
        true
    }
}

/// Lets in those on a list.
#[derive(Clone, Debug, Default)]
pub struct AllowList(HashSet<Principal>);

impl FromIterator<Principal> for AllowList {
    fn from_iter<I: IntoIterator<Item = Principal>>(principals: I) -> Self {
        Self(principals.into_iter().collect())
    }
}

impl Authorize for AllowList {
    fn permits(&self, peer: &Principal) -> bool {
        self.0.contains(peer)
    }
}

/// What is checked of a peer before it proves anything: trust domain, role, epoch, [`Authorize`].
pub(crate) struct Admission {
    domain: TrustDomainId,
    epochs: EpochPolicy,
    authorize: Box<dyn Authorize>,
}

impl Admission {
    pub(crate) const fn new(
        domain: TrustDomainId,
        epochs: EpochPolicy,
        authorize: Box<dyn Authorize>,
    ) -> Self {
        Self {
            domain,
            epochs,
            authorize,
        }
    }

    pub(crate) const fn epochs(&self) -> EpochPolicy {
        self.epochs
    }

    /// Whether somebody of this name can be at this end at all.
    pub(crate) fn check_principal(&self, peer: &Principal, end: Side) -> Result<(), Refusal> {
        if peer.domain() != self.domain {
            Err(Refusal::Domain)
        } else if !end.admits(peer.role()) {
            Err(Refusal::Role)
        } else {
            Ok(())
        }
    }

    pub(crate) fn check(&self, peer: &Identity, end: Side, now: Seconds) -> Result<(), Refusal> {
        self.check_principal(peer.principal(), end)?;
        if !self.epochs.accepts(peer.epoch(), now) {
            let current = Epoch::at(now, self.epochs.length);
            Err(if peer.epoch() > current {
                Refusal::NotYetValid
            } else {
                Refusal::Expired
            })
        } else if !self.authorize.permits(peer.principal()) {
            Err(Refusal::NotAuthorized)
        } else {
            Ok(())
        }
    }
}

/// Checks peers: trust domain, role, epoch, [`Authorize`], and then their signatures.
pub struct IdentityVerifier {
    anchor: TrustAnchor,
    admission: Admission,
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
            admission: Admission::new(anchor.domain(), epochs, Box::new(authorize)),
            anchor,
        }
    }

    /// The public key of the authorities.
    #[must_use]
    pub const fn anchor(&self) -> &TrustAnchor {
        &self.anchor
    }

    /// Which epochs count.
    #[must_use]
    pub const fn epochs(&self) -> EpochPolicy {
        self.admission.epochs()
    }

    /// Whether this identity may be at this end of a connection at the time `now`, in seconds since
    /// 1970. It still has to sign.
    ///
    /// # Errors
    /// [`Refusal`], for the verifier's own records.
    pub fn check(&self, peer: &Identity, end: Side, now: Seconds) -> Result<(), Refusal> {
        self.admission.check(peer, end, now)
    }
}

impl fmt::Debug for IdentityVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityVerifier")
            .field("anchor", &self.anchor)
            .field("epochs", &self.epochs())
            .finish_non_exhaustive()
    }
}
