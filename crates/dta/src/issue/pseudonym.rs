//! Names that say nothing.

use hmac::{Hmac, KeyInit as _, Mac as _};
use milagro_base::opaque_debug;
use milagro_curve::rand_core::CryptoRng;
use milagro_mpin::{Identity, TrustDomainId};
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::tags;

/// The key by which a registrar gives every identity a pseudonym, HMAC-SHA-256(key, tag || domain || identity) (RFC
/// 2104), which is the identity everywhere else: in secrets, permits, logins and revocation lists. Authorities and
/// servers never see a name; only the registrar maps one to the other. 32 bytes; wiped when dropped.
///
/// # Security
/// With the key and a list of names anybody can tell who is who. It cannot be changed without issuing
/// all secrets anew. Pseudonyms of one name in two domains have nothing in common.
pub struct PseudonymKey(Zeroizing<[u8; 32]>);

impl PseudonymKey {
    /// A new key.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *key);
        Self(key)
    }

    /// A stored key.
    #[must_use]
    pub fn from_bytes(key: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*key))
    }

    /// The key, for storage.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The pseudonym of an identity in a domain, itself an identity.
    #[must_use]
    pub fn pseudonym(&self, domain: &TrustDomainId, identity: &Identity) -> Identity {
        let mac = Hmac::<Sha256>::new((&*block(&self.0)).into())
            .chain_update(tags::PSEUDONYM)
            .chain_update(domain.to_bytes())
            .chain_update(identity.to_bytes());
        Identity::pseudonym(&mac.finalize().into_bytes().into())
    }
}

/// The key as HMAC uses it: filled up to a block of SHA-256 with zeros (RFC 2104, section 2).
fn block(key: &[u8; 32]) -> Zeroizing<[u8; 64]> {
    let mut block = Zeroizing::new([0; 64]);
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    block
}

opaque_debug!(PseudonymKey);

impl ZeroizeOnDrop for PseudonymKey {}
