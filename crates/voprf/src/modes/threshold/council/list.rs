//! Who certifies.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::error;
use core::fmt::{self, Display, Formatter};

use milagro_dta::issue::Received;
use milagro_dta::{AuthorityId, Threshold};
use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::tags;
use crate::tokens::signature::{self, KEY_LEN, SIGNATURE_LEN};

/// The members who certify, by number, and how many of them may be corrupt. It comes from configuration, the same for
/// everybody.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Council {
    pub(super) threshold: Threshold,
    keys: Vec<[u8; KEY_LEN]>,
    pub(super) id: [u8; 32],
}

/// Why there is no such council, member or certified key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CouncilError {
    /// Not as many keys as members, a key twice, or one that is none.
    Keys,
    /// No such member, another one's key, or what another one has paid for.
    Member,
    /// The share is another member's, or of another threshold.
    Share,
    /// Fewer than a quorum has signed, or somebody has not.
    Uncertified,
}

impl Display for CouncilError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keys => "not one key for each member",
            Self::Member => "not this member",
            Self::Share => "share of another member or threshold",
            Self::Uncertified => "not certified by a quorum",
        })
    }
}

impl error::Error for CouncilError {}

/// A member's signing key. Wiped when dropped.
pub struct CouncilKey(pub(super) Box<Zeroizing<[u8; KEY_LEN]>>);

impl CouncilKey {
    /// A fresh key.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self(Box::new(signature::seed(rng)))
    }

    /// Reads a stored key; every value of 32 bytes is one.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; KEY_LEN]) -> Self {
        Self(Box::new(Zeroizing::new(*bytes)))
    }

    /// The key as bytes, for safekeeping.
    #[must_use]
    pub fn to_bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }

    /// What the council lists: an Ed25519 key (RFC 8032).
    #[must_use]
    pub fn public(&self) -> [u8; KEY_LEN] {
        signature::public(&self.0)
    }
}

milagro_base::opaque_debug!(CouncilKey);

impl ZeroizeOnDrop for CouncilKey {}

impl Council {
    /// The members 1 to n by their keys.
    ///
    /// # Errors
    /// [`CouncilError::Keys`] unless there is one valid key for each, all different.
    pub fn new(threshold: Threshold, keys: &[[u8; KEY_LEN]]) -> Result<Self, CouncilError> {
        let counted = keys.len() == usize::from(threshold.members());
        let mut sorted = keys.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        if !counted || sorted.len() != keys.len() || !keys.iter().all(signature::is_key) {
            return Err(CouncilError::Keys);
        }
        let hash = Sha256::new()
            .chain_update(tags::COUNCIL)
            .chain_update(threshold.needed().to_be_bytes())
            .chain_update(threshold.members().to_be_bytes());
        let hash = hash.chain_update(keys.as_flattened());
        Ok(Self {
            threshold,
            keys: keys.to_vec(),
            id: hash.finalize().into(),
        })
    }

    /// The hash of threshold and keys: what to pin.
    #[must_use]
    pub const fn id(&self) -> &[u8; 32] {
        &self.id
    }

    /// How many signatures certify a key: q = ⌊(n + t - 1)/2⌋ + 1.
    #[must_use]
    pub fn quorum(&self) -> usize {
        let (t, n) = (self.threshold.needed(), self.threshold.members());
        (usize::from(n) + usize::from(t) - 1) / 2 + 1
    }

    pub(super) fn key(&self, of: AuthorityId) -> Option<&[u8; KEY_LEN]> {
        self.keys.get(usize::from(of.get()).checked_sub(1)?)
    }

    pub(super) fn has_signed(&self, one: &Received<[u8; SIGNATURE_LEN]>, message: &[u8]) -> bool {
        let key = self.key(one.from);
        key.is_some_and(|key| signature::verify(key, message, &one.value))
    }
}
