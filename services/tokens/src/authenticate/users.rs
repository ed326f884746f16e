//! Users under a key, so that nobody can try names against what is kept of them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use milagro_base::Writer;
use milagro_voprf::rand_core::CryptoRng;
use milagro_wire::server::locked::{self, Named, SecretError};
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::primary::Safe;

/// A user: 32 bytes that say nothing without the key.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct UserHash([u8; 32]);

impl UserHash {
    /// Takes 32 bytes that stand for one user alone, from whoever else tells users apart.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

milagro_base::opaque_debug!(UserHash);

/// The key that users are hidden under, the same for all issuers of one ledger.
pub struct UserKey(Zeroizing<[u8; 32]>);

impl UserKey {
    const NAME: &str = "tokens/users";

    /// A new key.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *key);
        Self(key)
    }

    /// The key in the records; a first one, if there is none.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn find_or_draw<R: CryptoRng + ?Sized>(
        rng: &mut R,
        safe: Safe<'_>,
    ) -> Result<Self, SecretError> {
        match locked::find(safe.records, safe.key, Self::NAME).await {
            Err(SecretError::Missing) => {
                let Self(secret) = Self::random(rng);
                let (name, secret) = (Self::NAME, &secret[..]);
                let named = Named { name, secret };
                match locked::keep(rng, safe.records, safe.key, named).await {
                    Ok(()) | Err(SecretError::Exists) => {}
                    Err(error) => return Err(error),
                }
                locked::find(safe.records, safe.key, Self::NAME)
                    .await
                    .map(Self)
            }
            found => found.map(Self),
        }
    }

    /// The user whom these parts name, in a scheme of its own name: HMAC-SHA256(key, ⟨label⟩ ‖ ⟨scheme⟩ ‖ ⟨part⟩ …),
    /// ⟨x⟩ being x behind its length in eight bytes.
    #[must_use]
    pub fn hash(&self, scheme: &str, parts: &[&[u8]]) -> UserHash {
        let mut block = Zeroizing::new([0; 64]);
        block
            .iter_mut()
            .zip(*self.0)
            .for_each(|(to, from)| *to = from);
        let mut mac = Hmac::<Sha256>::new(&(*block).into());
        let label: &[u8] = b"MILAGRO-V1-TOKEN-USER-HMAC-SHA256";
        for part in [label, scheme.as_bytes()]
            .into_iter()
            .chain(parts.iter().copied())
        {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            mac.update(&Writer::new().u64(length).finish());
            mac.update(part);
        }
        UserHash(mac.finalize().into_bytes().into())
    }
}

milagro_base::opaque_debug!(UserKey);
impl ZeroizeOnDrop for UserKey {}
