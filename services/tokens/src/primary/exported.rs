//! Keys of single epochs, for redeemers that must not hold the primary key.

use milagro_base::{DecodeError, Reader};
use milagro_ledger::LedgerId;
use milagro_voprf::rand_core::CryptoRng;
use milagro_voprf::tokens::KeyId;
use milagro_voprf::tokens::keys::{PortableKey, TokenSecretKey};
use milagro_voprf::tokens::schedule::{KeySchedule, Plan};
use milagro_wire::name::Name;
use milagro_wire::server::locked::{self, Named, Replacement, SecretError};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::primary::safe::{KeyError, Safe, find, keep};
use crate::tenant::TenantName;

/// Token keys without their primary key, and the ledger that their redemptions are counted in.
pub struct Exported {
    pub(super) ledger: LedgerId,
    pub(super) keys: Vec<PortableKey>,
}

impl Exported {
    const VERSION: u8 = 1;

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.keys.len()
    }

    /// Encodes them, for a way that keeps secrets: `01 ‖ ledger (32) ‖ number (2) ‖ ⟨key⟩ …`, ⟨x⟩ behind two bytes of
    /// length.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let room = 35_usize.saturating_add(self.keys.len().saturating_mul(128));
        let count = u16::try_from(self.keys.len()).unwrap_or(u16::MAX);
        let mut out = Zeroizing::new(Vec::with_capacity(room));
        out.push(Self::VERSION);
        out.extend_from_slice(&self.ledger.to_bytes());
        out.extend_from_slice(&count.to_be_bytes());
        for key in &self.keys {
            let key = key.to_bytes();
            // 118 bytes.
            let length = u16::try_from(key.len()).unwrap_or(u16::MAX);
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(&key);
        }
        out
    }

    /// Reads what [`Self::to_bytes`] wrote, as keys of this plan.
    ///
    /// # Errors
    /// [`KeyError::Format`].
    pub fn from_bytes(bytes: &[u8], plan: &Plan) -> Result<Self, KeyError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let ledger = LedgerId::from_bytes(*reader.array()?);
        let mut keys = Vec::new();
        for _ in 0..reader.u16()? {
            keys.push(PortableKey::from_bytes(reader.string()?, plan)?);
        }
        reader.finish()?;
        Ok(Self { ledger, keys })
    }

    /// Keeps them for a redeemer. Those that are there already stay.
    ///
    /// # Errors
    /// [`KeyError::Secret`], with [`SecretError::Exists`] if keys of another ledger were kept before.
    pub async fn keep<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        safe: Safe<'_>,
        tenant: &TenantName,
    ) -> Result<(), KeyError> {
        let (name, ledger) = (exported_name(tenant), self.ledger.to_bytes());
        match keep(rng, safe, &name, &ledger).await {
            Err(SecretError::Exists) if *find(safe, &name).await? == ledger => {}
            kept => kept.map_err(KeyError::Secret)?,
        }
        for key in &self.keys {
            let bytes = key.to_bytes();
            match keep(rng, safe, &key_name(tenant, key.id()), &bytes).await {
                Ok(()) | Err(SecretError::Exists) => {}
                Err(error) => return Err(KeyError::Secret(error)),
            }
        }
        Ok(())
    }

    /// The ledger that a redeemer with exported keys counts in.
    ///
    /// # Errors
    /// [`KeyError`].
    pub(crate) async fn ledger(safe: Safe<'_>, tenant: &TenantName) -> Result<LedgerId, KeyError> {
        let found = find(safe, &exported_name(tenant)).await?;
        let bytes = found.first_chunk().ok_or(DecodeError::Length)?;
        Ok(LedgerId::from_bytes(*bytes))
    }

    /// Those keys of a schedule that were kept.
    ///
    /// # Errors
    /// [`KeyError`], but for keys that are missing, which are left out.
    pub(crate) async fn find(
        safe: Safe<'_>,
        tenant: &TenantName,
        schedule: &KeySchedule,
    ) -> Result<Vec<TokenSecretKey>, KeyError> {
        let mut keys = Vec::new();
        for listed in schedule.keys().iter().filter(|key| !key.is_withdrawn()) {
            match find(safe, &key_name(tenant, listed.id())).await {
                Ok(bytes) => keys.push(PortableKey::from_bytes(&bytes, schedule.plan())?.into()),
                Err(KeyError::Secret(SecretError::Missing)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(keys)
    }
}

milagro_base::opaque_debug!(Exported);
impl ZeroizeOnDrop for Exported {}

/// The ledger in which a tenant's redemptions are counted, where that is not the one of its primary key.
///
/// # Errors
/// [`KeyError`].
pub async fn redeemed_at(
    safe: Safe<'_>,
    tenant: &TenantName,
) -> Result<Option<LedgerId>, KeyError> {
    match find(safe, &place_name(tenant)).await {
        Ok(found) => {
            let bytes = found.first_chunk().ok_or(DecodeError::Length)?;
            Ok(Some(LedgerId::from_bytes(*bytes)))
        }
        Err(KeyError::Secret(SecretError::Missing)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where redemptions are counted.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct Place {
    /// The ledger.
    pub ledger: LedgerId,
    /// Whether that may take the place of another one.
    pub moved: bool,
}

/// Says once and for all that a tenant's redemptions are counted there.
///
/// # Errors
/// [`KeyError::Secret`], with [`SecretError::Exists`] if they are counted in another ledger, and are not to be moved.
///
/// # Security
/// A token is spent once in each ledger. Who moves them makes sure that nothing redeems in the ledger before any more; the
/// new one counts no key that has opened before it was made.
pub async fn redeem_at<R: CryptoRng + ?Sized>(
    rng: &mut R,
    safe: Safe<'_>,
    tenant: &TenantName,
    place: Place,
) -> Result<(), KeyError> {
    let (name, bytes) = (place_name(tenant), place.ledger.to_bytes());
    let named = Named {
        name: &name,
        secret: &bytes,
    };
    let version = match locked::find_bytes(safe.records, safe.key, &name).await {
        Ok(found) if *found.secret == bytes => return Ok(()),
        Ok(found) if place.moved => Some(found.version),
        Ok(_) => return Err(KeyError::Secret(SecretError::Exists)),
        Err(SecretError::Missing) => None,
        Err(error) => return Err(KeyError::Secret(error)),
    };
    let replacement = Replacement { named, version };
    let replaced = locked::replace(rng, safe.records, safe.key, replacement).await;
    replaced.map_err(KeyError::Secret)
}

fn place_name(tenant: &TenantName) -> String {
    format!("tokens/{tenant}/redeemed-at")
}

fn exported_name(tenant: &TenantName) -> String {
    format!("tokens/{tenant}/exported")
}

fn key_name(tenant: &TenantName, id: &KeyId) -> String {
    format!("tokens/{tenant}/key/{}", Name::from_bytes(id.to_bytes()))
}
