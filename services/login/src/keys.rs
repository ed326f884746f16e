//! The service's keys, sealed in records.
//!
//! ```text
//! login/server/<id of the ledger, in hexadecimal>     trust domain (32) || ServerKey
//! login/cookies                                       Cookies
//! login/countersigning                                keys of statements
//! ```
//!
//! A server's key belongs to one ledger, and is not found over another.

use core::fmt;

use milagro_base::{Reader, Seconds, Writer};
use milagro_ledger::records::Version;
use milagro_ledger::{LedgerId, Records};
use milagro_mpin::rand_core::CryptoRng;
use milagro_mpin::server::Cookies;
use milagro_mpin::{ServerKey, TrustDomainId};
use milagro_wire::server::locked::{self, Named, OperatorKey, Replacement, SecretError};
use zeroize::Zeroizing;

use crate::statements::Statements;

/// How long before its first use a key is written.
pub const LEAD: Seconds = Seconds::minutes(10);

const COOKIES: &str = "login/cookies";
const COUNTERSIGNS: &str = "login/countersigning";

/// The keys of a login service. Wiped when dropped.
pub struct Keys {
    pub(crate) domain: TrustDomainId,
    pub(crate) server: ServerKey,
    pub(crate) ring: Ring,
}

/// What cookies and statements are made with, which changes while the service runs.
pub(crate) struct Ring {
    pub(crate) cookies: Cookies,
    pub(crate) statements: Statements,
}

/// Keys that are to take the place of those in the records.
pub(crate) struct Next {
    name: &'static str,
    secret: Zeroizing<Vec<u8>>,
    version: Version,
}

milagro_base::opaque_debug!(Keys, Ring, Next);

/// Why there are no keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeysError {
    /// The records do not have them, or not for this ledger.
    Secret(SecretError),
    /// What was sealed is no key.
    Format,
    /// A key that was made before is not used yet.
    TooSoon,
    /// Too many keys are in use.
    TooMany,
}

impl KeysError {
    /// Why there is no new key.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::TooSoon => "the newest key is not used yet",
            Self::TooMany => "too many keys are in use",
            _ => "another key was made at the same time",
        }
    }
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
            _ => write!(f, "keys of the login service: {}", self.word()),
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
    let statements = Statements::random(rng).to_bytes();
    let second = Named {
        name: COUNTERSIGNS,
        secret: &statements,
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

/// Makes cookies under another key in ten minutes, when every process has read it; the ones before are good for 400 days from
/// then on.
///
/// # Errors
/// [`KeysError`]; [`KeysError::TooSoon`] while a key waits; [`KeysError::TooMany`] where 32 keys still check cookies;
/// [`SecretError::Exists`] when somebody else rotates at the same time.
pub async fn rotate_cookies<R: CryptoRng + ?Sized>(
    rng: &mut R,
    records: &dyn Records,
    operator: &OperatorKey,
    now: Seconds,
) -> Result<(), KeysError> {
    let next = next_cookies(rng, records, operator, now).await?;
    next.write(rng, records, operator).await
}

/// The keys of cookies with another one, which nobody has yet.
///
/// # Errors
/// As [`rotate_cookies`], but [`SecretError::Exists`].
pub(crate) async fn next_cookies<R: CryptoRng + ?Sized>(
    rng: &mut R,
    records: &dyn Records,
    operator: &OperatorKey,
    now: Seconds,
) -> Result<Next, KeysError> {
    let found = locked::find_bytes(records, operator, COOKIES).await?;
    let mut cookies = Cookies::from_bytes(&found.secret).map_err(|_| KeysError::Format)?;
    cookies.turn(now);
    if cookies.waits() {
        return Err(KeysError::TooSoon);
    }
    let rotated = cookies.rotate_from(rng, now, now.plus(LEAD));
    rotated.map_err(|_| KeysError::TooMany)?;
    Ok(Next {
        name: COOKIES,
        secret: cookies.to_bytes(),
        version: found.version,
    })
}

/// Makes a new key for statements about signatures, which signs in ten minutes. The ones before are published for ever, up to
/// sixty-four.
///
/// # Errors
/// As [`rotate_cookies`].
pub async fn rotate_countersigning<R: CryptoRng + ?Sized>(
    rng: &mut R,
    records: &dyn Records,
    operator: &OperatorKey,
    now: Seconds,
) -> Result<(), KeysError> {
    let next = next_countersigning(rng, records, operator, now).await?;
    next.write(rng, records, operator).await
}

/// The keys of statements with another one, which nobody has yet.
///
/// # Errors
/// As [`next_cookies`].
pub(crate) async fn next_countersigning<R: CryptoRng + ?Sized>(
    rng: &mut R,
    records: &dyn Records,
    operator: &OperatorKey,
    now: Seconds,
) -> Result<Next, KeysError> {
    let found = locked::find_bytes(records, operator, COUNTERSIGNS).await?;
    let statements = Statements::from_bytes(&found.secret);
    let mut statements = statements.map_err(|_| KeysError::Format)?;
    if !statements.rotate(rng, now, now.plus(LEAD)) {
        return Err(KeysError::TooSoon);
    }
    Ok(Next {
        name: COUNTERSIGNS,
        secret: statements.to_bytes(),
        version: found.version,
    })
}

impl Next {
    /// Puts them there, unless others were put there since.
    ///
    /// # Errors
    /// [`KeysError::Secret`].
    pub(crate) async fn write<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        records: &dyn Records,
        operator: &OperatorKey,
    ) -> Result<(), KeysError> {
        let replacement = Replacement {
            named: Named {
                name: self.name,
                secret: &self.secret,
            },
            version: Some(self.version),
        };
        Ok(locked::replace(rng, records, operator, replacement).await?)
    }
}

/// The keys that may change.
pub(crate) async fn ring(records: &dyn Records, operator: &OperatorKey) -> Result<Ring, KeysError> {
    let cookies = locked::find_bytes(records, operator, COOKIES).await?;
    let statements = locked::find_bytes(records, operator, COUNTERSIGNS).await?;
    Ok(Ring {
        cookies: Cookies::from_bytes(&cookies.secret).map_err(|_| KeysError::Format)?,
        statements: Statements::from_bytes(&statements.secret).map_err(|_| KeysError::Format)?,
    })
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
        Ok(Self {
            domain,
            server,
            ring: ring(records, operator).await?,
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
