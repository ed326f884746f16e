//! The keys of a registrar: one that signs, one that makes pseudonyms. Both stand sealed in records.

use core::fmt;

use milagro_base::opaque_debug;
use milagro_dta::grants::{RegistrarKey, RegistrarPublicKey};
use milagro_dta::issue::PseudonymKey;
use milagro_dta::rand_core::CryptoRng;
use milagro_ledger::Records;
use milagro_wire::server::locked::{self, Named, OperatorKey, SecretError};

/// The name of the key that signs grants and lists.
const SIGNS: &str = "registrar/signing key";
/// The name of the key that makes pseudonyms.
const HIDES: &str = "registrar/pseudonym key";

/// The keys of a registrar.
pub struct Keys {
    pub(crate) signs: RegistrarKey,
    pub(crate) hides: PseudonymKey,
}

/// Why there are no keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeysError {
    /// They cannot be kept or found.
    Secret(SecretError),
    /// What was found is no key.
    Format,
}

impl Keys {
    /// Draws keys and keeps them, sealed, in records that have none yet. The public half goes to the operators of the
    /// authorities.
    ///
    /// # Security
    /// Keep a copy of records and operator's key: without the pseudonym key nobody can tell who is who, and it cannot be
    /// changed without enrolling everybody anew.
    ///
    /// # Errors
    /// [`KeysError::Secret`], also if there are keys already.
    pub async fn draw<R: CryptoRng + ?Sized>(
        rng: &mut R,
        records: &dyn Records,
        operator: &OperatorKey,
    ) -> Result<Self, KeysError> {
        let keys = Self {
            signs: RegistrarKey::random(rng),
            hides: PseudonymKey::random(rng),
        };
        // The one that is looked for first comes last: what was interrupted can be repeated.
        match locked::find(records, operator, HIDES).await {
            Err(SecretError::Missing) => {
                let hides = Named {
                    name: HIDES,
                    secret: keys.hides.as_bytes(),
                };
                locked::keep(rng, records, operator, hides).await?;
            }
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let signs = Named {
            name: SIGNS,
            secret: &*keys.signs.to_bytes(),
        };
        locked::keep(rng, records, operator, signs).await?;
        Self::find(records, operator).await
    }

    /// The keys that were drawn.
    ///
    /// # Errors
    /// [`KeysError`].
    pub async fn find(records: &dyn Records, operator: &OperatorKey) -> Result<Self, KeysError> {
        let signs = locked::find(records, operator, SIGNS).await?;
        let hides = locked::find(records, operator, HIDES).await?;
        Ok(Self {
            signs: RegistrarKey::from_bytes(&signs).map_err(|_| KeysError::Format)?,
            hides: PseudonymKey::from_bytes(&hides),
        })
    }

    /// What authorities know the registrar by.
    #[must_use]
    pub const fn public(&self) -> RegistrarPublicKey {
        self.signs.public()
    }
}

opaque_debug!(Keys);

impl From<SecretError> for KeysError {
    fn from(error: SecretError) -> Self {
        Self::Secret(error)
    }
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(error) => write!(f, "keys of the registrar: {error}"),
            Self::Format => f.write_str("keys of the registrar: not what was kept"),
        }
    }
}

impl core::error::Error for KeysError {}
