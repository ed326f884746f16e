//! The key of an identity, for the side that opens connections.

use core::fmt;
use core::marker::PhantomData;

use milagro_curve::SecretG1;
use zeroize::ZeroizeOnDrop;

use crate::keys::usage::Usage;
use crate::names::Identity;

/// An identity's key D = s·H1(identity) for one usage, 48 bytes. Wiped when dropped. For the usages with
/// [two sides](crate::keys::TwoSided) it is the key of the side that opens connections.
///
/// # Security
/// Whoever holds it is the identity until its epoch ends, and t of the authorities together can make
/// it (key escrow).
pub struct IdentityKey<U: Usage> {
    identity: Identity,
    secret: SecretG1,
    usage: PhantomData<U>,
}

impl<U: Usage> IdentityKey<U> {
    pub(crate) const fn new(identity: Identity, secret: SecretG1) -> Self {
        Self {
            identity,
            secret,
            usage: PhantomData,
        }
    }

    /// Whose key it is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// D.
    pub(crate) const fn secret(&self) -> &SecretG1 {
        &self.secret
    }
}

impl<U: Usage> fmt::Debug for IdentityKey<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityKey").finish_non_exhaustive()
    }
}

impl<U: Usage> ZeroizeOnDrop for IdentityKey<U> {}
