//! The service's keys, sealed in records.
//!
//! ```text
//! login/server/<id of the ledger, in hexadecimal>     trust domain (32) || ServerKey
//! login/cookies                                       Cookies
//! login/countersigning                                seed of an Ed25519 key (32)
//! ```
//!
//! A server's key belongs to one ledger, and is not found over another.

use core::fmt;

use milagro_base::{Reader, Seconds, Writer};
use milagro_ledger::{LedgerId, Records};
use milagro_mpin::rand_core::CryptoRng;
use milagro_mpin::server::Cookies;
use milagro_mpin::{ServerKey, TrustDomainId};
use milagro_wire::server::locked::{self, Named, OperatorKey, Replacement, SecretError};
use zeroize::Zeroizing;

use crate::countersign::Countersigner;

const COOKIES: &str = "login/cookies";
const COUNTERSIGNS: &str = "login/countersigning";

/// The keys of a login service. Wiped when dropped.
pub struct Keys {
    pub(crate) domain: TrustDomainId,
    pub(crate) server: ServerKey,
    pub(crate) cookies: Cookies,
    pub(crate) countersigner: Countersigner,
}

milagro_base::opaque_debug!(Keys);

/// Why there are no keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeysError {
    /// The records do not have them, or not for this ledger.
    Secret(SecretError),
    /// What was sealed is no key.
    Format,
}

impl From<SecretError> for KeysError {
    fn from(error: SecretError) -> Self {
        Self::Secret(error)
    }
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(error) => write!(f, "keys of the login service: {error}"),
            Self::Format => f.write_str("keys of the login service: what was sealed is no key"),
        }
    }
}

impl core::error::Error for KeysError {}

/// A server's key, and the domain that it is of.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct ServerOf<'a> {
    /// The domain.
    pub domain: TrustDomainId,
    /// The key, which names its ledger.
    pub key: &'a ServerKey,
}

/// Seals a server's key, and new keys of cookies and for countersigning if there are none yet. These outlive the ledger: devices
/// keep their cookies, and others know the service, when the ledger is put back from a copy.
///
/// # Errors
/// [`KeysError::Secret`]; [`SecretError::Exists`] if the ledger has a key.
pub async fn install<R: CryptoRng + ?Sized>(
    rng: &mut R,
    records: &dyn Records,
    operator: &OperatorKey,
    server: ServerOf<'_>,
) -> Result<(), KeysError> {
    let cookies = Cookies::new(rng, server.domain, server.key.server().clone());
    let cookies = cookies.to_bytes();
    let first = Named {
        name: COOKIES,
        secret: &cookies,
    };
    let seed = Countersigner::random(rng);
    let second = Named {
        name: COUNTERSIGNS,
        secret: &*seed,
    };
    for named in [first, second] {
        match locked::keep(rng, records, operator, named).await {
            Ok(()) | Err(SecretError::Exists) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let key = server.key.to_bytes();
    let sealed = Zeroizing::new(
        Writer::with_capacity(2048)
            .bytes(&server.domain.to_bytes())
            .bytes(&key)
            .finish(),
    );
    let named = Named {
        name: &name(server.key.ledger()),
        secret: &sealed,
    };
    Ok(locked::keep(rng, records, operator, named).await?)
}

/// Makes cookies under another key from now on; the ones before are good for another 400 days. Each process opens its keys
/// again to use it.
///
/// # Errors
/// [`KeysError`]; [`SecretError::Exists`] when somebody else rotates at the same time.
pub async fn rotate_cookies<R: CryptoRng + ?Sized>(
    rng: &mut R,
    records: &dyn Records,
    operator: &OperatorKey,
    now: Seconds,
) -> Result<(), KeysError> {
    let found = locked::find_bytes(records, operator, COOKIES).await?;
    let mut cookies = Cookies::from_bytes(&found.secret).map_err(|_| KeysError::Format)?;
    cookies.rotate(rng, now);
    let secret = cookies.to_bytes();
    let replacement = Replacement {
        named: Named {
            name: COOKIES,
            secret: &secret,
        },
        version: Some(found.version),
    };
    Ok(locked::replace(rng, records, operator, replacement).await?)
}

impl Keys {
    /// Opens the keys that belong to a ledger.
    ///
    /// # Errors
    /// [`KeysError`].
    pub async fn open(
        records: &dyn Records,
        operator: &OperatorKey,
        ledger: LedgerId,
    ) -> Result<Self, KeysError> {
        let found = locked::find_bytes(records, operator, &name(ledger)).await?;
        let mut reader = Reader::new(&found.secret);
        let domain = reader.array().map_err(|_| KeysError::Format)?;
        let domain = TrustDomainId::from_bytes(*domain);
        let rest = reader
            .bytes(reader.remaining())
            .map_err(|_| KeysError::Format)?;
        let server = ServerKey::from_bytes(rest).map_err(|_| KeysError::Format)?;
        let cookies = locked::find_bytes(records, operator, COOKIES).await?;
        let cookies = Cookies::from_bytes(&cookies.secret).map_err(|_| KeysError::Format)?;
        let seed = locked::find(records, operator, COUNTERSIGNS).await?;
        Ok(Self {
            countersigner: Countersigner::new(&seed),
            domain,
            server,
            cookies,
        })
    }
}

fn name(ledger: LedgerId) -> String {
    let digits = ledger.to_bytes();
    let digits = digits.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits: String = digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect();
    format!("login/server/{digits}")
}
