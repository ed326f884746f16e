//! Tokens that the provider signs: JWT (RFC 7519) with ES256 or EdDSA.
//!
//! A signature takes about 30 µs, less than it costs to hand it to another thread. AWS-LC makes the nonces of ECDSA from
//! fresh randomness, the key and the message, and those of Ed25519 from the key and the message.

use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use milagro_base::Seconds;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{OAuthError, Word};
use crate::keys::Keys;

/// The longest token that is read.
const TOKEN_MAX: usize = 8192;

/// What sort of token it is (`typ`), so that none is taken for another (RFC 8725, section 3.11).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sort {
    /// RFC 9068.
    Access,
    /// OpenID Connect Core, section 2.
    Id,
    /// OpenID Connect Back-Channel Logout, section 2.4.
    Logout,
}

impl Sort {
    const fn typ(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Id => "JWT",
            Self::Logout => "logout+jwt",
        }
    }
}

/// How a token is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How {
    pub(crate) sort: Sort,
    pub(crate) algorithm: Algorithm,
    pub(crate) now: Seconds,
}

pub(crate) fn sign<T: Serialize>(keys: &Keys, how: How, claims: &T) -> Result<String, OAuthError> {
    let fault = || OAuthError::new(Word::ServerError, "no key signs");
    let key = keys.signer(how.algorithm, how.now).ok_or_else(fault)?;
    let mut header = Header::new(key.algorithm);
    header.typ = Some(how.sort.typ().to_owned());
    header.kid = Some(key.id.clone());
    encode(&header, claims, &key.signer).map_err(|_| fault())
}

/// The claims of a token of this sort that one of the keys has signed. Times and names are the caller's to judge.
pub(crate) fn open<T: DeserializeOwned>(
    keys: &Keys,
    sort: Sort,
    token: &str,
    now: Seconds,
) -> Option<T> {
    if token.len() > TOKEN_MAX {
        return None;
    }
    let header = decode_header(token).ok()?;
    if header.typ.as_deref() != Some(sort.typ()) || header.crit.is_some() {
        return None;
    }
    let key = keys.find(header.kid.as_deref()?, now)?;
    if key.algorithm != header.alg {
        return None;
    }
    let validation = signature_of(key.algorithm);
    Some(decode::<T>(token, &key.verifier, &validation).ok()?.claims)
}

/// Looks at the signature alone.
pub(crate) fn signature_of(algorithm: Algorithm) -> Validation {
    let mut signature = Validation::new(algorithm);
    signature.required_spec_claims.clear();
    (signature.validate_exp, signature.validate_aud) = (false, false);
    signature
}
