//! Users of an OpenID provider, by a signed token in the header `Authorization` (RFC 6750, RFC 7519, RFC 9068).
//!
//! | checked | how |
//! |---|---|
//! | algorithm | ES256 or EdDSA, and the one of the key; nothing else is read |
//! | key | of the provider's set, by `kid`; without one, the only key of the algorithm |
//! | `iss`, `aud` | equal to the configured ones; `aud` may be a list that has it |
//! | `exp`, `nbf` | whole seconds, by the clock of the service, with a leeway; `exp` is needed |
//! | `sub` | 1 to 255 bytes: the user |

use alloc::sync::Arc;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use milagro_base::Seconds;
use serde::Deserialize;
use serde_json::Value;

use crate::authenticate::asked::{Authenticate, Unauthenticated};
use crate::authenticate::users::{UserHash, UserKey};

/// The longest token in bytes.
const TOKEN_MAX: usize = 8192;
/// The longest subject in bytes.
const SUBJECT_MAX: usize = 255;

/// The signing keys of a provider: those of its JWK set (RFC 7517) that this service knows how to use.
#[derive(Clone)]
pub struct KeySet(Vec<Verifier>);

#[derive(Clone)]
struct Verifier {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// Why a text is no set of keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeySetError {
    /// Longer than [`KeySet::BYTES_MAX`], or of more than [`KeySet::KEYS_MAX`] keys.
    TooLong,
    /// Not a JWK set.
    Format,
    /// No key of it is one of P-256 or Ed25519 that signs.
    NoKey,
}

impl KeySet {
    /// The longest text in bytes.
    pub const BYTES_MAX: usize = 1 << 16;
    /// The most keys, of all kinds.
    pub const KEYS_MAX: usize = 64;

    /// Reads a JWK set. Keys of other kinds, known or not (RFC 7517, section 5), and those that are not for checking
    /// signatures, are left out.
    ///
    /// # Errors
    /// [`KeySetError`].
    pub fn from_json(text: &[u8]) -> Result<Self, KeySetError> {
        if text.len() > Self::BYTES_MAX {
            return Err(KeySetError::TooLong);
        }
        let set: Set = serde_json::from_slice(text).map_err(|_| KeySetError::Format)?;
        if set.keys.len() > Self::KEYS_MAX {
            return Err(KeySetError::TooLong);
        }
        let known = set
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value(key).ok());
        let keys: Vec<_> = known.filter_map(|key| Verifier::of(&key)).collect();
        if keys.is_empty() {
            return Err(KeySetError::NoKey);
        }
        Ok(Self(keys))
    }

    /// Whether there is a key of that id.
    fn has(&self, id: &str) -> bool {
        self.0.iter().any(|key| key.id.as_deref() == Some(id))
    }

    /// The key of that id; without an id, the only one of the algorithm.
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Verifier> {
        let mut fitting = self
            .0
            .iter()
            .filter(|key| key.algorithm == algorithm && (id.is_none() || key.id.as_deref() == id));
        let found = fitting.next()?;
        fitting.next().is_none().then_some(found)
    }
}

/// A JWK set, whatever its keys are.
#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySet({} keys)", self.0.len())
    }
}

impl Verifier {
    fn of(jwk: &Jwk) -> Option<Self> {
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                Algorithm::ES256
            }
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                Algorithm::EdDSA
            }
            _ => return None,
        };
        let purpose = jwk.common.public_key_use.as_ref();
        let operations = jwk.common.key_operations.as_ref();
        let checks = purpose.is_none_or(|purpose| *purpose == PublicKeyUse::Signature)
            && operations.is_none_or(|all| all.contains(&KeyOperations::Verify));
        Some(Self {
            id: jwk.common.key_id.clone(),
            algorithm,
            key: DecodingKey::from_jwk(jwk).ok().filter(|_| checks)?,
        })
    }
}

/// Whose tokens are accepted.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a configuration fills in all of it"
)]
pub struct Provider {
    /// The provider's name, as `iss` has it.
    pub issuer: String,
    /// This service's name with the provider, as `aud` has it.
    pub audience: String,
    /// How far clocks may differ.
    pub leeway: Seconds,
}

/// Takes bearer tokens of one provider.
pub struct Bearer {
    provider: Provider,
    keys: RwLock<Option<Arc<KeySet>>>,
    users: Arc<UserKey>,
    /// Whether a token has named a key that is not here.
    wanted: AtomicBool,
}

impl Bearer {
    /// Takes tokens of that provider, signed by these keys; hides its users under that key.
    #[must_use]
    pub fn new(provider: Provider, keys: KeySet, users: Arc<UserKey>) -> Self {
        let bearer = Self::waiting(provider, users);
        bearer.replace_keys(keys);
        bearer
    }

    /// As [`Self::new`], before the keys are there: until then nobody can be asked.
    #[must_use]
    pub const fn waiting(provider: Provider, users: Arc<UserKey>) -> Self {
        Self {
            provider,
            keys: RwLock::new(None),
            users,
            wanted: AtomicBool::new(false),
        }
    }

    /// Takes other keys from now on: providers change theirs.
    pub fn replace_keys(&self, keys: KeySet) {
        self.set_keys(Some(Arc::new(keys)));
    }

    /// Takes no token any more, until there are keys again.
    pub fn forget_keys(&self) {
        self.set_keys(None);
    }

    /// Whether a token has named a key that is not here since this was asked last: time to look whether there are others.
    /// Anybody can make such a token, so look no more often than the provider can bear.
    pub fn wants_keys(&self) -> bool {
        self.wanted.swap(false, Ordering::Relaxed)
    }

    fn set_keys(&self, keys: Option<Arc<KeySet>>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    fn keys(&self) -> Option<Arc<KeySet>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.clone()
    }

    fn subject(&self, keys: &KeySet, token: &str, now: Seconds) -> Option<String> {
        let header = decode_header(token).ok()?;
        let is_jwt = |kind: &String| ["jwt", "at+jwt"].contains(&&*kind.to_ascii_lowercase());
        if header.crit.is_some() || !header.typ.iter().all(is_jwt) {
            return None;
        }
        if header.kid.as_ref().is_some_and(|id| !keys.has(id)) {
            self.wanted.store(true, Ordering::Relaxed);
        }
        let key = keys.find(header.kid.as_deref(), header.alg)?;
        // Times are judged below by the service's own clock, and names by equality.
        let mut signature = Validation::new(key.algorithm);
        signature.required_spec_claims.clear();
        (signature.validate_exp, signature.validate_aud) = (false, false);
        let claims = decode::<Claims>(token, &key.key, &signature).ok()?.claims;
        let Provider {
            issuer,
            audience,
            leeway,
        } = &self.provider;
        let began = claims
            .nbf
            .is_none_or(|from| Seconds::new(from) <= now.plus(*leeway));
        let lasts = now < Seconds::new(claims.exp).plus(*leeway);
        let names = claims.iss == *issuer && claims.aud.has(audience);
        let subject = (1..=SUBJECT_MAX).contains(&claims.sub.len());
        (began && lasts && names && subject).then_some(claims.sub)
    }
}

impl Authenticate for Bearer {
    fn user(&self, head: &Parts, now: Seconds) -> Result<UserHash, Unauthenticated> {
        let mut values = head.headers.get_all(AUTHORIZATION).iter();
        let value = values.next().ok_or(Unauthenticated::Missing)?;
        let value = value.to_str().map_err(|_| Unauthenticated::Invalid)?;
        let (scheme, token) = value.split_once(' ').ok_or(Unauthenticated::Invalid)?;
        let bearer = scheme.eq_ignore_ascii_case("bearer");
        if !bearer || values.next().is_some() || token.len() > TOKEN_MAX {
            return Err(Unauthenticated::Invalid);
        }
        let keys = self.keys().ok_or(Unauthenticated::Unavailable)?;
        let subject = self.subject(&keys, token, now);
        let subject = subject.ok_or(Unauthenticated::Invalid)?;
        let parts = [self.provider.issuer.as_bytes(), subject.as_bytes()];
        Ok(self.users.hash("openid", &parts))
    }

    fn challenge(&self) -> HeaderValue {
        HeaderValue::from_static("Bearer")
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bearer")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: u64,
    nbf: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Many(many) => many.iter().any(|one| one == name),
        }
    }
}

impl fmt::Display for KeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "more than 64 KiB or 64 keys",
            Self::Format => "not a JWK set",
            Self::NoKey => "no key of P-256 or Ed25519 that signs",
        })
    }
}

impl core::error::Error for KeySetError {}
