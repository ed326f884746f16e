//! Who gets no permit any more.

use alloc::collections::BTreeSet;

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;
use milagro_curve::Transcript;
use milagro_mpin::{Identity, TrustDomainId, permit::Leaf};

use crate::tags;

/// The revoked identities of a domain, as leaves: it does not say who they are. This is the registrar's own copy,
/// which changes; what authorities use is a [`SignedList`](crate::permits::SignedList).
///
/// Revocation works from the next epoch whose permits are made with the list, plus the verifier's
/// grace; permits that were made ahead stay good for their epochs. With epochs of length L, permits
/// made k epochs ahead, and grace g, a revoked user is out after at most (k + 1)·L + g seconds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RevocationList {
    domain: TrustDomainId,
    leaves: BTreeSet<Leaf>,
}

/// Two lists of different domains.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DomainMismatch;

impl core::fmt::Display for DomainMismatch {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("revocation lists of different domains")
    }
}

impl core::error::Error for DomainMismatch {}

impl RevocationList {
    /// Most leaves of an encoded list: r of them leave r + 1 gaps, and a bulletin has 2^20. A longer one can be made,
    /// but neither signed nor decoded nor covered.
    pub const MAX: usize = (1 << 20) - 1;

    const VERSION: u8 = 1;

    /// Nobody is revoked.
    #[must_use]
    pub const fn new(domain: TrustDomainId) -> Self {
        Self {
            domain,
            leaves: BTreeSet::new(),
        }
    }

    /// Whose list it is.
    #[must_use]
    pub const fn domain(&self) -> &TrustDomainId {
        &self.domain
    }

    /// Revokes an identity; false if it was revoked already.
    pub fn revoke(&mut self, identity: &Identity) -> bool {
        self.leaves.insert(Leaf::of(identity, &self.domain))
    }

    /// Revokes a leaf, for a registrar that passes on no identities.
    pub fn revoke_leaf(&mut self, leaf: Leaf) -> bool {
        self.leaves.insert(leaf)
    }

    /// Takes a revocation back; false if there was none.
    pub fn restore(&mut self, identity: &Identity) -> bool {
        self.leaves.remove(&Leaf::of(identity, &self.domain))
    }

    /// Takes the revocation of a leaf back; false if there was none.
    pub fn restore_leaf(&mut self, leaf: Leaf) -> bool {
        self.leaves.remove(&leaf)
    }

    /// Revokes everybody that the other list revokes.
    ///
    /// # Errors
    /// [`DomainMismatch`] for the list of another domain.
    pub fn merge(&mut self, other: &Self) -> Result<(), DomainMismatch> {
        if self.domain != other.domain {
            return Err(DomainMismatch);
        }
        self.leaves.extend(&other.leaves);
        Ok(())
    }

    /// Whether an identity is revoked.
    #[must_use]
    pub fn contains(&self, identity: &Identity) -> bool {
        self.contains_leaf(Leaf::of(identity, &self.domain))
    }

    /// Whether a leaf is revoked.
    #[must_use]
    pub fn contains_leaf(&self, leaf: Leaf) -> bool {
        self.leaves.contains(&leaf)
    }

    /// How many leaves are revoked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.leaves.len()
    }

    /// True if nobody is revoked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    /// The gaps between the revoked leaves, both ends included, in ascending order: at most one more
    /// than there are revoked leaves. Every other leaf is in exactly one.
    pub fn gaps(&self) -> impl Iterator<Item = (Leaf, Leaf)> {
        // A gap begins after each revoked leaf, and at 0; it ends before the next one, or at the top.
        let begins =
            core::iter::once(Some(0)).chain(self.leaves.iter().map(|leaf| leaf.0.checked_add(1)));
        let ends = self.leaves.iter().map(|leaf| leaf.0.checked_sub(1));
        begins
            .zip(ends.chain(core::iter::once(Some(u128::MAX))))
            .filter_map(|(low, high)| Some((Leaf(low?), Leaf(high?))))
            .filter(|(low, high)| low <= high)
    }

    /// The gap that holds a leaf; `None` if the leaf is revoked.
    #[must_use]
    pub fn gap_of(&self, leaf: Leaf) -> Option<(Leaf, Leaf)> {
        if self.leaves.contains(&leaf) {
            return None;
        }
        // The neighbours are not the leaf itself, so neither addition can overflow.
        let low = self.leaves.range(..leaf).next_back();
        let high = self.leaves.range(leaf..).next();
        Some((
            Leaf(low.map_or(0, |low| low.0.saturating_add(1))),
            Leaf(high.map_or(u128::MAX, |high| high.0.saturating_sub(1))),
        ))
    }

    /// The hash that authorities compare, and that a bulletin names. It takes time for each leaf, so a
    /// [`SignedList`](crate::permits::SignedList) keeps it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut transcript = Transcript::new(tags::REVOCATION);
        transcript.append("domain", &self.domain.to_bytes());
        for leaf in &self.leaves {
            transcript.append("leaf", &leaf.0.to_be_bytes());
        }
        transcript.bytes("hash")
    }

    /// Version (1), domain (32), number of leaves (4), leaves in ascending order (16 each).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let count = u32::try_from(self.leaves.len()).unwrap_or(u32::MAX);
        let head = Writer::with_capacity(37 + 16 * self.leaves.len())
            .u8(Self::VERSION)
            .bytes(&self.domain.to_bytes())
            .u32(count);
        self.leaves
            .iter()
            .fold(head, |writer, leaf| writer.bytes(&leaf.0.to_be_bytes()))
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError::Value`] for more than [`Self::MAX`] leaves, or leaves out of order or twice;
    /// length, version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let domain = TrustDomainId::from_bytes(*reader.array()?);
        let count = usize::try_from(reader.u32()?).map_err(|_| DecodeError::Value)?;
        if count > Self::MAX {
            return Err(DecodeError::Value);
        }
        let mut leaves = BTreeSet::new();
        for _ in 0..count {
            let leaf = Leaf(u128::from_be_bytes(*reader.array()?));
            if leaves.last().is_some_and(|last| *last >= leaf) {
                return Err(DecodeError::Value);
            }
            leaves.insert(leaf);
        }
        reader.finish()?;
        Ok(Self { domain, leaves })
    }
}
