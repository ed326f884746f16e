//! Secret keys at rest: the primary key of a tenant, the signer of its schedule, keys that were exported, and the key that
//! hides users. All are sealed under the operator's key.

use core::fmt;

use milagro_base::{DecodeError, Reader, Writer};
use milagro_ledger::{LedgerId, Records};
use milagro_voprf::Error;
use milagro_voprf::rand_core::CryptoRng;
use milagro_voprf::tokens::KeyId;
use milagro_voprf::tokens::keys::{PortableKey, PortablePrimary, TokenPrimary, TokenSecretKey};
use milagro_voprf::tokens::schedule::{KeySchedule, Plan, ScheduleSigner, Slot};
use milagro_wire::name::Name;
use milagro_wire::server::locked::{self, Named, OperatorKey, SecretError};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::tenant::{KeyForm, Tenant, TenantName};

/// Where secrets are, and the key they are sealed under.
#[derive(Clone, Copy)]
pub struct Safe<'a> {
    /// The records.
    pub records: &'a dyn Records,
    /// The operator's key.
    pub key: &'a OperatorKey,
}

milagro_base::opaque_debug!(Safe<'a>);

/// The primary key of a tenant, which belongs to one ledger.
pub struct Primary {
    ledger: LedgerId,
    key: Form,
}

enum Form {
    Compact(Box<TokenPrimary>),
    Exportable(Box<PortablePrimary>),
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyError {
    /// It is not there, or cannot be read.
    Secret(SecretError),
    /// What is there is not the encoding of such a key.
    Format(DecodeError),
    /// What is there is a key of another form than the settings say.
    OtherForm,
    /// There is no key of such a place.
    Derivation(Error),
}

impl Primary {
    const VERSION: u8 = 1;
    /// Scalars of an exportable key in one sealed piece.
    const PIECE: usize = locked::SECRET_MAX;

    /// Draws a key that counts in that ledger, and keeps it.
    ///
    /// # Errors
    /// [`KeyError::Secret`], with [`SecretError::Exists`] if the tenant has one.
    pub async fn draw<R: CryptoRng + ?Sized>(
        rng: &mut R,
        safe: Safe<'_>,
        tenant: &Tenant,
        ledger: LedgerId,
    ) -> Result<(), KeyError> {
        let head = Writer::new().u8(Self::VERSION).bytes(&ledger.to_bytes());
        let name = primary_name(tenant.name());
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

    /// The key of a tenant.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn find(safe: Safe<'_>, tenant: &Tenant) -> Result<Self, KeyError> {
        let name = primary_name(tenant.name());
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

    /// The keys of a schedule that are not withdrawn, for redeemers that count in that ledger.
    ///
    /// # Errors
    /// [`KeyError::OtherForm`] unless the key is exportable; [`KeyError::Derivation`].
    ///
    /// # Security
    /// Whoever has the bytes can make tokens of these epochs, and of no others.
    pub fn export(&self, schedule: &KeySchedule, ledger: LedgerId) -> Result<Exported, KeyError> {
        let Form::Exportable(primary) = &self.key else {
            return Err(KeyError::OtherForm);
        };
        let listed = schedule.keys().iter().filter(|key| !key.is_withdrawn());
        let keys = listed.map(|key| primary.derive(schedule.plan(), *key.slot()));
        let keys = keys
            .collect::<Result<_, _>>()
            .map_err(KeyError::Derivation)?;
        Ok(Exported { ledger, keys })
    }
}

milagro_base::opaque_debug!(Primary);
impl ZeroizeOnDrop for Primary {}

/// Token keys without their primary key, and the ledger that their redemptions are counted in.
pub struct Exported {
    pub(crate) ledger: LedgerId,
    pub(crate) keys: Vec<PortableKey>,
}

impl Exported {
    const VERSION: u8 = 1;

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

/// Draws what signs a tenant's schedule, and keeps it.
///
/// # Errors
/// [`KeyError::Secret`], with [`SecretError::Exists`] if the tenant has one.
pub async fn draw_signer<R: CryptoRng + ?Sized>(
    rng: &mut R,
    safe: Safe<'_>,
    tenant: &TenantName,
) -> Result<(), KeyError> {
    let signer = ScheduleSigner::generate(rng).to_bytes();
    let kept = keep(rng, safe, &signer_name(tenant), &*signer).await;
    kept.map_err(KeyError::Secret)
}

/// What signs a tenant's schedule.
///
/// # Errors
/// [`KeyError`].
pub async fn signer(safe: Safe<'_>, tenant: &TenantName) -> Result<ScheduleSigner, KeyError> {
    let found = locked::find(safe.records, safe.key, &signer_name(tenant)).await;
    found
        .map(|bytes| ScheduleSigner::from_bytes(&bytes))
        .map_err(KeyError::Secret)
}

async fn keep<R: CryptoRng + ?Sized>(
    rng: &mut R,
    safe: Safe<'_>,
    name: &str,
    secret: &[u8],
) -> Result<(), SecretError> {
    locked::keep(rng, safe.records, safe.key, Named { name, secret }).await
}

async fn find(safe: Safe<'_>, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let found = locked::find_bytes(safe.records, safe.key, name).await;
    found.map(|found| found.secret).map_err(KeyError::Secret)
}

fn primary_name(tenant: &TenantName) -> String {
    format!("tokens/{tenant}/primary")
}

fn signer_name(tenant: &TenantName) -> String {
    format!("tokens/{tenant}/signer")
}

fn exported_name(tenant: &TenantName) -> String {
    format!("tokens/{tenant}/exported")
}

fn key_name(tenant: &TenantName, id: &KeyId) -> String {
    format!("tokens/{tenant}/key/{}", Name::from_bytes(id.to_bytes()))
}

impl From<DecodeError> for KeyError {
    fn from(error: DecodeError) -> Self {
        Self::Format(error)
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(error) => error.fmt(f),
            Self::Format(error) => write!(f, "not the encoding of a key: {error}"),
            Self::OtherForm => f.write_str("the key is of another form than the settings say"),
            Self::Derivation(error) => write!(f, "no key of this place: {error}"),
        }
    }
}

impl core::error::Error for KeyError {}
