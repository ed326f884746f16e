//! A login that is refused.

use core::fmt;

use crate::server::pin_error::OpenedFailure;

/// The login is refused. To the peer this says nothing else: send the same answer whatever the reason.
pub struct Rejected {
    pub(crate) reason: Reason,
    pub(crate) opened: Option<Box<OpenedFailure>>,
}

impl Rejected {
    pub(crate) const fn because(reason: Reason) -> Self {
        Self {
            reason,
            opened: None,
        }
    }

    /// Why, for the server's own records. Never tell the peer.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The failed proof, if it was fresh and properly opened: only then can it be told by how much the
    /// PIN was mistyped, with [`crate::server::verifier::Verifier::pin_error_vartime`].
    #[must_use]
    pub fn opened(&self) -> Option<&OpenedFailure> {
        self.opened.as_deref()
    }
}

impl From<Reason> for Rejected {
    fn from(reason: Reason) -> Self {
        Self::because(reason)
    }
}

impl fmt::Debug for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejected").finish_non_exhaustive()
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("login refused")
    }
}

impl core::error::Error for Rejected {}

/// Why a login was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// The challenge was never handed out, has been used, or was evicted.
    UnknownChallenge,
    /// The challenge has outlived its time.
    ExpiredChallenge,
    /// The policy asks for a permit and the proof has none.
    PermitMissing,
    /// The proof has a permit of a kind that the policy does not take.
    PermitKind,
    /// The permit's epoch is over or has not begun.
    PermitEpoch,
    /// The cover permit is not for this identity's leaf: a revoked user, or somebody else's permit.
    PermitDoesNotCover,
    /// The same one-pass proof or signature was taken before.
    Replayed,
    /// The time in a one-pass proof or signature is too far from the server's.
    Time,
    /// The store cannot remember another proof, so none can be taken.
    StoreFull,
    /// The policy asks for an opening and the proof has none.
    OpeningMissing,
    /// The proof has an opening and the policy asks for none.
    OpeningUnasked,
    /// The opening is not one of this proof.
    Opening,
    /// A device key is in use where the policy takes none, or none where it asks for one.
    DeviceKey,
    /// The key confirmation of the peer is wrong.
    Confirmation,
    /// The equation does not hold: wrong PIN or factor, no valid permit or secret, another server,
    /// session or channel.
    Proof,
}
