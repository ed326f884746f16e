//! Small secrets of services in records: member keys, seeds of sessions, keys of audit files, signing keys.
//!
//! ```text
//! key    = HMAC-SHA-256(operator's key, MILAGRO-V1-SERVICE-SECRET-HMAC-SHA256 || name)
//! sealed = version (1) || nonce (24) || XChaCha20-Poly1305(key, nonce, secret; name)      RFC 8439, with 24-byte nonces
//! ```
//!
//! A name says what the secret is for and where it is kept, so that one cannot be put in the place of another.

use core::fmt;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use hmac::{Hmac, Mac as _};
use milagro_base::{Reader, Writer, opaque_debug};
use milagro_dta::rand_core::CryptoRng;
use milagro_ledger::records::{Entry, Put, Version};
use milagro_ledger::{Kind, Records, Unavailable};
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// The kind of the records that secrets are kept in, by their name. No service may use it for anything else.
pub const KIND: Kind = Kind::new(132);
/// A secret has at most so many bytes.
pub const SECRET_MAX: usize = 4096;

const VERSION: u8 = 1;
const TAG: &[u8] = b"MILAGRO-V1-SERVICE-SECRET-HMAC-SHA256";

/// The key that everything secret which a service keeps is sealed under: 32 uniformly random bytes that the operator keeps
/// elsewhere. Wiped when dropped.
pub struct OperatorKey(Box<Zeroizing<[u8; 32]>>);

/// Why a secret cannot be kept or found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SecretError {
    /// There is none of this name.
    Missing,
    /// There is another one of this name.
    Exists,
    /// Sealed under another key, or altered.
    Key,
    /// More than [`SECRET_MAX`] bytes.
    TooLong,
    /// The records did not answer.
    Unavailable,
}

impl OperatorKey {
    /// A new key.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut key = Box::new(Zeroizing::new([0; 32]));
        rng.fill_bytes(&mut **key);
        Self(key)
    }

    /// A key from where the operator keeps it.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Box::new(Zeroizing::new(*bytes)))
    }

    /// The bytes, for whoever keeps them, and for `milagro_dta::vault`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn cipher(&self, name: &str) -> XChaCha20Poly1305 {
        let mut mac = mac(self.as_bytes());
        mac.update(TAG);
        mac.update(name.as_bytes());
        XChaCha20Poly1305::new(&mac.finalize().into_bytes())
    }
}

opaque_debug!(OperatorKey);
impl ZeroizeOnDrop for OperatorKey {}

/// HMAC takes keys of any length.
fn mac(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; 64]);
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    Hmac::new(&(*block).into())
}

/// Keeps a new secret under a name that is not taken.
///
/// # Errors
/// [`SecretError::Exists`], [`SecretError::TooLong`], [`SecretError::Unavailable`].
pub async fn keep<R: CryptoRng + ?Sized>(
    rng: &mut R,
    records: &dyn Records,
    key: &OperatorKey,
    named: Named<'_>,
) -> Result<(), SecretError> {
    let replacement = Replacement {
        named,
        version: None,
    };
    replace(rng, records, key, replacement).await
}

/// Puts another secret in the place of one, if it is still the one that was found.
///
/// # Errors
/// [`SecretError::Exists`] when somebody else was faster, [`SecretError::TooLong`], [`SecretError::Unavailable`].
pub async fn replace<R: CryptoRng + ?Sized>(
    rng: &mut R,
    records: &dyn Records,
    key: &OperatorKey,
    replacement: Replacement<'_>,
) -> Result<(), SecretError> {
    let Replacement { named, version } = replacement;
    if named.secret.len() > SECRET_MAX {
        return Err(SecretError::TooLong);
    }
    let mut nonce = [0; 24];
    rng.fill_bytes(&mut nonce);
    let payload = Payload {
        msg: named.secret,
        aad: named.name.as_bytes(),
    };
    let sealed = key.cipher(named.name).encrypt(&nonce.into(), payload);
    let sealed = sealed.map_err(|_| SecretError::Key)?;
    let value = Writer::new()
        .u8(VERSION)
        .bytes(&nonce)
        .bytes(&sealed)
        .finish();
    let entry = Entry {
        kind: KIND,
        key: named.name.as_bytes(),
        value: &value,
        expected: version,
        until: None,
    };
    match records.put(entry).await {
        Ok(Put::Stored(_)) => Ok(()),
        Ok(Put::Conflict(_)) => Err(SecretError::Exists),
        Err(Unavailable) => Err(SecretError::Unavailable),
    }
}

/// A secret and its name.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct Named<'a> {
    /// What it is for.
    pub name: &'a str,
    /// The secret.
    pub secret: &'a [u8],
}

/// A secret that takes the place of another.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct Replacement<'a> {
    /// The new secret, and the name of both.
    pub named: Named<'a>,
    /// Which one it takes the place of; `None` if there must be none.
    pub version: Option<Version>,
}

/// A secret that was found.
pub struct Found {
    /// The secret.
    pub secret: Zeroizing<Vec<u8>>,
    /// Which one it is, for [`replace`].
    pub version: Version,
}

opaque_debug!(Replacement<'a>);
opaque_debug!(Found);

opaque_debug!(Named<'a>);

/// The secret of a name, of 32 bytes.
///
/// # Errors
/// [`SecretError`].
pub async fn find(
    records: &dyn Records,
    key: &OperatorKey,
    name: &str,
) -> Result<Zeroizing<[u8; 32]>, SecretError> {
    let found = find_bytes(records, key, name).await?;
    let mut secret = Zeroizing::new([0; 32]);
    if found.secret.len() != secret.len() {
        return Err(SecretError::Key);
    }
    secret
        .iter_mut()
        .zip(found.secret.iter())
        .for_each(|(to, from)| *to = *from);
    Ok(secret)
}

/// The secret of a name, of any length.
///
/// # Errors
/// [`SecretError`].
pub async fn find_bytes(
    records: &dyn Records,
    key: &OperatorKey,
    name: &str,
) -> Result<Found, SecretError> {
    let found = records.get(KIND, &[name.as_bytes()]).await;
    let found = found.map_err(|Unavailable| SecretError::Unavailable)?;
    let record = found
        .into_iter()
        .flatten()
        .next()
        .ok_or(SecretError::Missing)?;
    let mut reader = Reader::new(&record.value);
    let parts = || -> Option<([u8; 24], &[u8])> {
        reader.version(VERSION).ok()?;
        let nonce = *reader.array().ok()?;
        Some((nonce, reader.bytes(reader.remaining()).ok()?))
    }();
    let (nonce, sealed) = parts.ok_or(SecretError::Key)?;
    let payload = Payload {
        msg: sealed,
        aad: name.as_bytes(),
    };
    let opened = key.cipher(name).decrypt(&nonce.into(), payload);
    let secret = Zeroizing::new(opened.map_err(|_| SecretError::Key)?);
    Ok(Found {
        secret,
        version: record.version,
    })
}

/// Erases the secret of a name, if there is one.
///
/// # Errors
/// [`SecretError::Unavailable`].
pub async fn erase(records: &dyn Records, name: &str) -> Result<(), SecretError> {
    let unavailable = |Unavailable| SecretError::Unavailable;
    let found = records
        .get(KIND, &[name.as_bytes()])
        .await
        .map_err(unavailable)?;
    let Some(record) = found.into_iter().flatten().next() else {
        return Ok(());
    };
    let gone = records.delete(KIND, name.as_bytes(), record.version).await;
    match gone.map_err(unavailable)? {
        Put::Stored(_) => Ok(()),
        Put::Conflict(_) => Err(SecretError::Unavailable),
    }
}

/// A name for something in logs that nobody can try names against who does not have the key.
#[must_use]
pub fn hidden(key: &[u8; 32], what: &[u8]) -> String {
    let mut mac = mac(key);
    mac.update(what);
    let hash = mac.finalize().into_bytes();
    let digits = hash.iter().take(16).flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is no such secret",
            Self::Exists => "there is another secret of this name",
            Self::Key => "the secret is sealed under another operator's key, or altered",
            Self::TooLong => "a secret has at most 4096 bytes",
            Self::Unavailable => "the records did not answer",
        })
    }
}

impl core::error::Error for SecretError {}

#[cfg(test)]
mod tests;
