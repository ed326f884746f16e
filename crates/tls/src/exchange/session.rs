//! What a finished exchange gives.

use core::fmt;

use zeroize::{ZeroizeOnDrop, Zeroizing};

use milagro_curve::hash::TooLong;

use crate::exchange::expand::{KEY_LEN, expand};
use crate::names::Identity;

/// Proof that `P` is at the other end, and the keys that only the two ends have. Only a finished exchange
/// makes one. Wiped when dropped.
#[must_use = "a session that nobody looks at protects nothing"]
pub struct Session<P = Identity> {
    peer: P,
    sending: Zeroizing<[u8; KEY_LEN]>,
    receiving: Zeroizing<[u8; KEY_LEN]>,
    exporter: Zeroizing<[u8; KEY_LEN]>,
}

/// The keys of one end.
pub(super) struct SessionKeys {
    pub(super) sending: Zeroizing<[u8; KEY_LEN]>,
    pub(super) receiving: Zeroizing<[u8; KEY_LEN]>,
    pub(super) exporter: Zeroizing<[u8; KEY_LEN]>,
}

impl<P> Session<P> {
    pub(super) fn new(peer: P, keys: SessionKeys) -> Self {
        let SessionKeys {
            sending,
            receiving,
            exporter,
        } = keys;
        Self {
            peer,
            sending,
            receiving,
            exporter,
        }
    }

    /// Who is there.
    #[must_use]
    pub const fn peer(&self) -> &P {
        &self.peer
    }

    /// The key for what this end sends: 32 bytes, for this direction of this session alone.
    #[must_use]
    pub fn sending(&self) -> &[u8; KEY_LEN] {
        &self.sending
    }

    /// The key for what this end receives: 32 bytes, for this direction of this session alone.
    #[must_use]
    pub fn receiving(&self) -> &[u8; KEY_LEN] {
        &self.receiving
    }

    /// Fills `out` with a secret of the application's own, the same at both ends: another label, another
    /// context or another length gives an unrelated one (as RFC 8446, section 7.5, does it).
    ///
    /// # Errors
    /// [`TooLong`] for more than 8,160 bytes.
    pub fn export(&self, label: &str, context: &[u8], out: &mut [u8]) -> Result<(), TooLong> {
        expand(&self.exporter, label, context, out)
    }
}

impl<P> fmt::Debug for Session<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl<P> ZeroizeOnDrop for Session<P> {}
