//! The primary key of a tenant.

use milagro_base::{DecodeError, Reader, Writer};
use milagro_ledger::LedgerId;
use milagro_voprf::rand_core::CryptoRng;
use milagro_voprf::tokens::keys::{PortablePrimary, TokenPrimary, TokenSecretKey};
use milagro_voprf::tokens::schedule::{KeySchedule, Plan, ScheduledKey, Slot};
use milagro_wire::server::locked::{self, SecretError};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::primary::exported::Exported;
use crate::primary::place::RedeemedAt;
use crate::primary::safe::{KeyError, Safe, find, keep};
use crate::tenant::{KeyForm, Tenant, TenantName};

/// The primary key of a tenant, which belongs to one ledger.
pub struct Primary {
    ledger: LedgerId,
    key: Form,
}

enum Form {
    Compact(Box<TokenPrimary>),
    Exportable(Box<PortablePrimary>),
}

/// A key for another ledger, and the one before it.
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct Renewed {
    /// The key before.
    pub before: Primary,
    /// The key.
    pub key: Primary,
}

milagro_base::opaque_debug!(Renewed);

impl Primary {
    const VERSION: u8 = 1;
    /// Scalars of an exportable key in one sealed piece.
    const PIECE: usize = locked::SECRET_MAX;

    /// Draws the first key of a tenant, which counts in that ledger, and keeps it.
    ///
    /// # Errors
    /// [`KeyError::Secret`], with [`SecretError::Exists`] if the tenant has one.
    pub async fn draw<R: CryptoRng + ?Sized>(
        rng: &mut R,
        safe: Safe<'_>,
        tenant: &Tenant,
        ledger: LedgerId,
    ) -> Result<(), KeyError> {
        Self::draw_numbered(rng, safe, tenant, (0, ledger)).await
    }

    /// The last key of a tenant.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn find(safe: Safe<'_>, tenant: &Tenant) -> Result<Self, KeyError> {
        Self::last(safe, tenant).await.map(|(_, key)| key)
    }

    /// A key that counts in that ledger, where the last one counts in another, as after the ledger was restored: a new one,
    /// or the one that an attempt which was cut off has drawn. No key goes with two ledgers, or its tokens would be good
    /// once in each.
    ///
    /// # Errors
    /// [`KeyError::SameLedger`]; [`KeyError`].
    pub async fn renew<R: CryptoRng + ?Sized>(
        rng: &mut R,
        safe: Safe<'_>,
        tenant: &Tenant,
        ledger: LedgerId,
    ) -> Result<Renewed, KeyError> {
        let (number, last) = Self::last(safe, tenant).await?;
        if last.ledger == ledger {
            let before = number.checked_sub(1).ok_or(KeyError::SameLedger)?;
            return Ok(Renewed {
                before: Self::find_numbered(safe, tenant, before).await?,
                key: last,
            });
        }
        let number = number.checked_add(1).ok_or(KeyError::OtherForm)?;
        match Self::draw_numbered(rng, safe, tenant, (number, ledger)).await {
            // Somebody else has drawn it meanwhile.
            Ok(()) | Err(KeyError::Secret(SecretError::Exists)) => {}
            Err(error) => return Err(error),
        }
        Ok(Renewed {
            before: last,
            key: Self::find_numbered(safe, tenant, number).await?,
        })
    }

    async fn draw_numbered<R: CryptoRng + ?Sized>(
        rng: &mut R,
        safe: Safe<'_>,
        tenant: &Tenant,
        (number, ledger): (u32, LedgerId),
    ) -> Result<(), KeyError> {
        let head = Writer::new().u8(Self::VERSION).bytes(&ledger.to_bytes());
        let name = primary_name(tenant.name(), number);
        let secret = match tenant.key_form() {
            KeyForm::Compact => {
                let key = <TokenPrimary>::generate(rng);
                head.u8(0).bytes(&key.to_bytes()[..]).finish()
            }
            KeyForm::Exportable => {
                // All scalars are drawn independently, so that pieces of an attempt that was cut off go with new ones.
                let bytes = <PortablePrimary>::generate(rng).to_bytes();
                for (number, piece) in bytes.chunks(Self::PIECE).enumerate() {
                    let name = format!("{name}/{number}");
                    match keep(rng, safe, &name, piece).await {
                        Ok(()) | Err(SecretError::Exists) => {}
                        Err(error) => return Err(KeyError::Secret(error)),
                    }
                }
                head.u8(1).finish()
            }
        };
        let secret = Zeroizing::new(secret);
        keep(rng, safe, &name, &secret)
            .await
            .map_err(KeyError::Secret)
    }

    async fn last(safe: Safe<'_>, tenant: &Tenant) -> Result<(u32, Self), KeyError> {
        let mut last = (0, Self::find_numbered(safe, tenant, 0).await?);
        for number in 1..=u32::MAX {
            match Self::find_numbered(safe, tenant, number).await {
                Ok(key) => last = (number, key),
                Err(KeyError::Secret(SecretError::Missing)) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(last)
    }

    async fn find_numbered(safe: Safe<'_>, tenant: &Tenant, number: u32) -> Result<Self, KeyError> {
        let name = primary_name(tenant.name(), number);
        let secret = find(safe, &name).await?;
        let mut reader = Reader::new(&secret);
        reader.version(Self::VERSION)?;
        let ledger = LedgerId::from_bytes(*reader.array()?);
        let key = match (reader.u8()?, tenant.key_form()) {
            (0, KeyForm::Compact) => Form::Compact(Box::new(TokenPrimary::from_bytes(
                reader.bytes(reader.remaining())?,
            )?)),
            (1, KeyForm::Exportable) => {
                reader.finish()?;
                // 257 scalars of 32 bytes.
                let mut bytes = Zeroizing::new(Vec::with_capacity(257 * 32));
                for number in 0..3 {
                    bytes.extend_from_slice(&find(safe, &format!("{name}/{number}")).await?);
                }
                Form::Exportable(Box::new(PortablePrimary::from_bytes(&bytes)?))
            }
            (0 | 1, _) => return Err(KeyError::OtherForm),
            _ => return Err(KeyError::Format(DecodeError::Value)),
        };
        Ok(Self { ledger, key })
    }

    /// The ledger that it belongs to.
    #[must_use]
    pub const fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// The key of a place in a plan.
    ///
    /// # Errors
    /// [`KeyError::Derivation`].
    pub fn derive(&self, plan: &Plan, slot: Slot) -> Result<TokenSecretKey, KeyError> {
        match &self.key {
            Form::Compact(key) => key.derive(plan, slot),
            Form::Exportable(key) => key.derive(plan, slot).map(Into::into),
        }
        .map_err(KeyError::Derivation)
    }

    /// The keys of a schedule that are not withdrawn, for redeemers that count in that ledger: those whose tokens were spent
    /// nowhere else.
    ///
    /// # Errors
    /// [`KeyError::OtherForm`] unless the key is exportable; [`KeyError::Derivation`].
    ///
    /// # Security
    /// Whoever has the bytes can make tokens of these epochs, and of no others.
    pub fn export(&self, schedule: &KeySchedule, at: &RedeemedAt) -> Result<Exported, KeyError> {
        let Form::Exportable(primary) = &self.key else {
            return Err(KeyError::OtherForm);
        };
        let ledger = at.ledger;
        let counted = |key: &&ScheduledKey| !key.is_withdrawn() && key.slot().opens() >= at.since;
        let listed = schedule.keys().iter().filter(counted);
        let keys = listed.map(|key| primary.derive(schedule.plan(), *key.slot()));
        let keys = keys
            .collect::<Result<_, _>>()
            .map_err(KeyError::Derivation)?;
        Ok(Exported { ledger, keys })
    }
}

milagro_base::opaque_debug!(Primary);
impl ZeroizeOnDrop for Primary {}

/// The first has no number in its name.
fn primary_name(tenant: &TenantName, number: u32) -> String {
    if number == 0 {
        format!("tokens/{tenant}/primary")
    } else {
        format!("tokens/{tenant}/primary-{number}")
    }
}
