//! Keys of single epochs, for redeemers that must not hold the primary key.

use milagro_base::{DecodeError, Reader};
use milagro_ledger::LedgerId;
use milagro_voprf::rand_core::CryptoRng;
use milagro_voprf::tokens::KeyId;
use milagro_voprf::tokens::keys::{PortableKey, TokenSecretKey};
use milagro_voprf::tokens::schedule::{KeySchedule, Plan};
use milagro_wire::name::Name;
use milagro_wire::server::locked::SecretError;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::primary::safe::{KeyError, Safe, find, keep, put};
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

    /// Whether they are keys of this schedule for redemptions in that ledger.
    ///
    /// # Errors
    /// [`KeyError::OtherLedger`]; [`KeyError::OtherForm`] for a key that the schedule does not list, or has withdrawn.
    pub fn check(&self, schedule: &KeySchedule, ledger: LedgerId) -> Result<(), KeyError> {
        if self.ledger != ledger {
            return Err(KeyError::OtherLedger);
        }
        let live = |id: &KeyId| schedule.key(id).is_some_and(|key| !key.is_withdrawn());
        let all = self.keys.iter().all(|key| live(key.id()));
        all.then_some(()).ok_or(KeyError::OtherForm)
    }

    /// Keeps them for a redeemer that counts in that ledger. Those that are there already stay, each under the name of the
    /// ledger. Where keys of another ledger were kept before, which this one has taken the place of, these take theirs.
    ///
    /// # Errors
    /// [`KeyError::OtherLedger`] for keys of another ledger, of which nothing is kept; [`KeyError::Secret`].
    pub async fn keep<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        safe: Safe<'_>,
        tenant: &TenantName,
        ledger: LedgerId,
    ) -> Result<(), KeyError> {
        if self.ledger != ledger {
            return Err(KeyError::OtherLedger);
        }
        for key in &self.keys {
            let bytes = key.to_bytes();
            match keep(rng, safe, &key_name(tenant, ledger, key.id()), &bytes).await {
                Ok(()) | Err(SecretError::Exists) => {}
                Err(error) => return Err(KeyError::Secret(error)),
            }
        }
        put(rng, safe, &exported_name(tenant), &ledger.to_bytes()).await
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

    /// Those keys of a schedule that were kept for a ledger.
    ///
    /// # Errors
    /// [`KeyError`], but for keys that are missing, which are left out.
    pub(crate) async fn find(
        safe: Safe<'_>,
        tenant: &TenantName,
        ledger: LedgerId,
        schedule: &KeySchedule,
    ) -> Result<Vec<TokenSecretKey>, KeyError> {
        let mut keys = Vec::new();
        for listed in schedule.keys().iter().filter(|key| !key.is_withdrawn()) {
            match find(safe, &key_name(tenant, ledger, listed.id())).await {
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

fn exported_name(tenant: &TenantName) -> String {
    format!("tokens/{tenant}/exported")
}

fn key_name(tenant: &TenantName, ledger: LedgerId, id: &KeyId) -> String {
    let ledger = Name::from_bytes(ledger.to_bytes());
    let id = Name::from_bytes(id.to_bytes());
    format!("tokens/{tenant}/key/{ledger}/{id}")
}
