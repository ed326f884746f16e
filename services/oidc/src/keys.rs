//! The provider's secrets, sealed in records: the keys that sign, and the key of codes, pseudonyms and forms.
//!
//! ```text
//! oidc/keys   version (1) || MAC key (32) || number of keys (1) || keys
//! key         algorithm (1) || secret (32) || signs from (8) || is published until (8)
//! ```
//!
//! A new key is published [`LEAD`] before it signs, so that every application and every replica knows it by then: they read
//! the set again after [`CACHED`] and [`RELOAD`]. The one before is published for [`KEPT`] after its last signature, which
//! is longer than anything lasts that it signed.

use core::fmt;

use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_ledger::Records;
use milagro_ledger::rand_core::CryptoRng;
use milagro_ledger::records::Version;
use milagro_wire::server::locked::{self, Named, OperatorKey, Replacement, SecretError};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// For how long applications may keep the set of keys.
pub const CACHED: Seconds = Seconds::minutes(5);
/// After how long a replica reads its keys again.
pub const RELOAD: Seconds = Seconds::minutes(1);
/// How long before its first signature a key is published.
pub const LEAD: Seconds = Seconds::minutes(15);
/// How long after its last signature a key is published.
pub const KEPT: Seconds = Seconds::hours(24);

const NAME: &str = "oidc/keys";
/// Most keys at once.
const KEYS_MAX: usize = 16;
/// RFC 8410, section 7, up to the secret.
const ED25519: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
/// RFC 5915 in RFC 5958 on P-256 (RFC 5480), without the public key, up to the secret.
const P256: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01,
    0x01, 0x04, 0x20,
];

/// A key that signs, or has signed, or will.
#[derive(Clone)]
pub(crate) struct SigningKey {
    pub(crate) algorithm: Algorithm,
    pub(crate) id: String,
    pub(crate) signer: EncodingKey,
    pub(crate) verifier: DecodingKey,
    jwk: Value,
    secret: Zeroizing<[u8; 32]>,
    from: Seconds,
    until: Seconds,
}

milagro_base::opaque_debug!(SigningKey);

/// All keys of a provider. Wiped when dropped.
pub struct Keys {
    pub(crate) mac: Zeroizing<[u8; 32]>,
    signing: Vec<SigningKey>,
}

/// Keys that are to take the place of those in the records.
pub(crate) struct Next {
    /// When the new ones sign first.
    pub(crate) from: Seconds,
    secret: Zeroizing<Vec<u8>>,
    version: Version,
}

milagro_base::opaque_debug!(Keys, Next);

/// Why there are no keys, or no others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeysError {
    /// The records do not have them.
    Secret(SecretError),
    /// What was sealed is not what should be there.
    Format,
    /// A key that was made before does not sign yet.
    TooSoon,
}

impl From<SecretError> for KeysError {
    fn from(error: SecretError) -> Self {
        Self::Secret(error)
    }
}

impl From<DecodeError> for KeysError {
    fn from(_: DecodeError) -> Self {
        Self::Format
    }
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(error) => write!(f, "keys of the OpenID provider: {error}"),
            Self::Format => f.write_str("keys of the OpenID provider: what was sealed is none"),
            Self::TooSoon => f.write_str("the newest key of the OpenID provider does not sign yet"),
        }
    }
}

impl core::error::Error for KeysError {}

/// Seals new keys, which sign at once, where there are none yet.
///
/// # Errors
/// [`KeysError`].
pub async fn install<R: CryptoRng + ?Sized>(
    rng: &mut R,
    records: &dyn Records,
    operator: &OperatorKey,
) -> Result<(), KeysError> {
    let mut mac = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *mac);
    let signing = [Algorithm::ES256, Algorithm::EdDSA];
    let signing = signing.map(|algorithm| SigningKey::random(rng, algorithm, Seconds::ZERO));
    let signing = signing.into_iter().collect::<Result<_, _>>()?;
    let secret = Keys { mac, signing }.to_bytes();
    let named = Named {
        name: NAME,
        secret: &secret,
    };
    match locked::keep(rng, records, operator, named).await {
        Ok(()) | Err(SecretError::Exists) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Makes new keys, which sign after [`LEAD`]; the present ones sign until then. Replicas read them by themselves.
///
/// # Errors
/// [`KeysError`]; [`KeysError::TooSoon`] between a rotation and its end; [`SecretError::Exists`] when somebody else rotates
/// at the same time.
pub async fn rotate<R: CryptoRng + ?Sized>(
    rng: &mut R,
    records: &dyn Records,
    operator: &OperatorKey,
    now: Seconds,
) -> Result<(), KeysError> {
    let next = next(rng, records, operator, now).await?;
    next.write(rng, records, operator).await
}

/// The keys with new ones, which nobody has yet.
///
/// # Errors
/// As [`rotate`], but [`SecretError::Exists`].
pub(crate) async fn next<R: CryptoRng + ?Sized>(
    rng: &mut R,
    records: &dyn Records,
    operator: &OperatorKey,
    now: Seconds,
) -> Result<Next, KeysError> {
    let found = locked::find_bytes(records, operator, NAME).await?;
    let mut keys = Keys::from_bytes(&found.secret)?;
    keys.signing.retain(|key| key.until > now);
    if keys.signing.iter().any(|key| key.from > now) {
        return Err(KeysError::TooSoon);
    }
    let from = now.plus(LEAD);
    for key in &mut keys.signing {
        key.until = key.until.min(from.plus(KEPT));
    }
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA] {
        keys.signing.push(SigningKey::random(rng, algorithm, from)?);
    }
    if keys.signing.len() > KEYS_MAX {
        return Err(KeysError::TooSoon);
    }
    Ok(Next {
        from,
        secret: keys.to_bytes(),
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
                name: NAME,
                secret: &self.secret,
            },
            version: Some(self.version),
        };
        Ok(locked::replace(rng, records, operator, replacement).await?)
    }
}

impl SigningKey {
    fn random<R: CryptoRng + ?Sized>(
        rng: &mut R,
        algorithm: Algorithm,
        from: Seconds,
    ) -> Result<Self, KeysError> {
        // A scalar of P-256 is less than its order: one of 2^32 is not.
        for _ in 0..8 {
            let mut secret = Zeroizing::new([0; 32]);
            rng.fill_bytes(&mut *secret);
            if let Some(key) = Self::new(algorithm, secret, from, Seconds::MAX) {
                return Ok(key);
            }
        }
        Err(KeysError::Format)
    }

    fn new(
        algorithm: Algorithm,
        secret: Zeroizing<[u8; 32]>,
        from: Seconds,
        until: Seconds,
    ) -> Option<Self> {
        let mut der = Zeroizing::new(Vec::with_capacity(80));
        let ed25519 = algorithm == Algorithm::EdDSA;
        let before: &[u8] = if ed25519 { &ED25519 } else { &P256 };
        der.extend_from_slice(before);
        der.extend_from_slice(&*secret);
        let signer = if ed25519 {
            EncodingKey::from_ed_der(&der)
        } else {
            EncodingKey::from_ec_der(&der)
        };
        let public = Jwk::from_encoding_key(&signer, algorithm).ok()?;
        let id = public.thumbprint(ThumbprintHash::SHA256).ok()?;
        let verifier = DecodingKey::from_jwk(&public).ok()?;
        let mut jwk = serde_json::to_value(&public.algorithm).ok()?;
        let more = [
            ("kid", json!(id)),
            ("use", json!("sig")),
            ("alg", json!(algorithm)),
        ];
        let fields = jwk.as_object_mut()?;
        fields.extend(more.map(|(name, value)| (name.to_owned(), value)));
        Some(Self {
            algorithm,
            id,
            signer,
            verifier,
            jwk,
            secret,
            from,
            until,
        })
    }
}

impl Keys {
    /// Opens the keys that stand in the records.
    ///
    /// # Errors
    /// [`KeysError`].
    pub async fn open(records: &dyn Records, operator: &OperatorKey) -> Result<Self, KeysError> {
        let found = locked::find_bytes(records, operator, NAME).await?;
        Self::from_bytes(&found.secret)
    }

    /// The key that signs now: the newest whose time has come.
    pub(crate) fn signer(&self, algorithm: Algorithm, now: Seconds) -> Option<&SigningKey> {
        let mine = self.signing.iter().filter(|key| key.algorithm == algorithm);
        mine.filter(|key| key.from <= now && now < key.until)
            .max_by_key(|key| key.from)
    }

    /// A key that is published.
    pub(crate) fn find(&self, id: &str, now: Seconds) -> Option<&SigningKey> {
        let mut published = self.signing.iter().filter(|key| now < key.until);
        published.find(|key| key.id == id)
    }

    /// The set (RFC 7517).
    pub(crate) fn published(&self, now: Seconds) -> Value {
        let published = self.signing.iter().filter(|key| now < key.until);
        let keys: Vec<_> = published.map(|key| &key.jwk).collect();
        json!({ "keys": keys })
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let count = u8::try_from(self.signing.len()).unwrap_or(u8::MAX);
        let mut writer = Writer::with_capacity(2048)
            .u8(1)
            .bytes(&*self.mac)
            .u8(count);
        for key in &self.signing {
            let algorithm = u8::from(key.algorithm == Algorithm::EdDSA);
            writer = writer
                .u8(algorithm)
                .bytes(&*key.secret)
                .seconds(key.from)
                .seconds(key.until);
        }
        Zeroizing::new(writer.finish())
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, KeysError> {
        let mut reader = Reader::new(bytes);
        reader.version(1)?;
        let mac = Zeroizing::new(*reader.array()?);
        let mut signing = Vec::new();
        for _ in 0..reader.u8()? {
            let algorithm = match reader.u8()? {
                0 => Algorithm::ES256,
                1 => Algorithm::EdDSA,
                _ => return Err(KeysError::Format),
            };
            let secret = Zeroizing::new(*reader.array()?);
            let (from, until) = (reader.seconds()?, reader.seconds()?);
            let key = SigningKey::new(algorithm, secret, from, until);
            signing.push(key.ok_or(KeysError::Format)?);
        }
        reader.finish()?;
        Ok(Self { mac, signing })
    }
}
