//! Where secrets are.

use core::fmt;

use milagro_base::DecodeError;
use milagro_ledger::Records;
use milagro_voprf::Error;
use milagro_voprf::rand_core::CryptoRng;
use milagro_wire::server::locked::{self, Named, OperatorKey, Replacement, SecretError};
use zeroize::Zeroizing;

/// Where secrets are, and the key they are sealed under.
#[derive(Clone, Copy)]
pub struct Safe<'a> {
    /// The records.
    pub records: &'a dyn Records,
    /// The operator's key.
    pub key: &'a OperatorKey,
}

milagro_base::opaque_debug!(Safe<'a>);

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
    /// Keys for another ledger than this one.
    OtherLedger,
    /// The key belongs to this ledger already, and always has.
    SameLedger,
    /// There is no key of such a place.
    Derivation(Error),
}

/// Keeps a secret under a name that is not taken.
pub(super) async fn keep<R: CryptoRng + ?Sized>(
    rng: &mut R,
    safe: Safe<'_>,
    name: &str,
    secret: &[u8],
) -> Result<(), SecretError> {
    locked::keep(rng, safe.records, safe.key, Named { name, secret }).await
}

/// Keeps a secret under a name, in the place of the one that is there, if there is one.
pub(super) async fn put<R: CryptoRng + ?Sized>(
    rng: &mut R,
    safe: Safe<'_>,
    name: &str,
    secret: &[u8],
) -> Result<(), KeyError> {
    let version = match locked::find_bytes(safe.records, safe.key, name).await {
        Ok(found) if *found.secret == secret => return Ok(()),
        Ok(found) => Some(found.version),
        Err(SecretError::Missing) => None,
        Err(error) => return Err(KeyError::Secret(error)),
    };
    let named = Named { name, secret };
    let replacement = Replacement { named, version };
    let replaced = locked::replace(rng, safe.records, safe.key, replacement).await;
    replaced.map_err(KeyError::Secret)
}

/// The secret of a name.
pub(super) async fn find(safe: Safe<'_>, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let found = locked::find_bytes(safe.records, safe.key, name).await;
    found.map(|found| found.secret).map_err(KeyError::Secret)
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
            Self::OtherLedger => f.write_str("the keys are for another ledger than this one"),
            Self::SameLedger => f.write_str("the key belongs to this ledger already"),
            Self::Derivation(error) => write!(f, "no key of this place: {error}"),
        }
    }
}

impl core::error::Error for KeyError {}
