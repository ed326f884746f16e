//! What a good check ends in.

use milagro_base::Seconds;

use crate::names::identity::Identity;
use crate::permit::PermitLabel;
use crate::server::device::Presented;

/// Proof that a login ended well. Only a verifier makes one, and only spending gives it out.
///
/// ```compile_fail,E0451
/// # fn demo(identity: milagro_mpin::Identity) {
/// let forged = milagro_mpin::server::Authenticated { identity, label: None, presented: None };
/// # }
/// ```
#[must_use = "an authentication that nobody looks at authenticates nobody"]
pub struct Authenticated {
    identity: Identity,
    label: Option<PermitLabel>,
    presented: Option<Presented>,
}

impl Authenticated {
    pub(crate) const fn new(
        identity: Identity,
        label: Option<PermitLabel>,
        presented: Option<Presented>,
    ) -> Self {
        Self {
            identity,
            label,
            presented,
        }
    }

    /// Who has logged in.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The permit that was used.
    #[must_use]
    pub const fn permit(&self) -> Option<&PermitLabel> {
        self.label.as_ref()
    }

    /// The cookie that the device came with; `None` if attempts were counted per identity.
    #[must_use]
    pub const fn presented(&self) -> Option<&Presented> {
        self.presented.as_ref()
    }
}

/// Proof that a signature on a message is good: what the server countersigns for others. Only a verifier makes
/// one, and only spending gives it out.
#[must_use = "a signature that nobody looks at signs nothing"]
pub struct Signed {
    pub(crate) login: Authenticated,
    pub(crate) time: Seconds,
    pub(crate) digest: [u8; 32],
}

impl Signed {
    /// Who has signed.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        self.login.identity()
    }

    /// When, by the signer's clock.
    #[must_use]
    pub const fn time(&self) -> Seconds {
        self.time
    }

    /// A hash of domain, server, signer, permit, time and message, 32 bytes, for the server to sign in its turn:
    /// a check is a PIN guess, so others trust the server that made it instead of making it again.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The device that it came from, as of a login.
    pub const fn login(&self) -> &Authenticated {
        &self.login
    }
}

milagro_base::opaque_debug!(Authenticated, Signed);
