//! What the service says of a signature that it has checked, for whoever cannot check it: a JWS (RFC 7515) with EdDSA over
//! Ed25519 (RFC 8037).
//!
//! ```text
//! header = {"alg": "EdDSA", "typ": "milagro-signature+jwt", "kid": ...}
//! claims = {"iss": server, "sub": user, "device": ..., "signed_at": t, "iat": now, "sha256": SHA-256(message), "digest": Signed::digest}
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use milagro_base::Seconds;
use milagro_mpin::rand_core::CryptoRng;
use milagro_mpin::server::Signed;
use milagro_wire::problem::{Problem, ProblemType};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::device::Who;

/// The key that signs statements. Wiped when dropped.
pub(crate) struct Countersigner {
    key: SigningKey,
    kid: String,
}

milagro_base::opaque_debug!(Countersigner);

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    device: String,
    signed_at: u64,
    iat: u64,
    sha256: String,
    digest: String,
}

/// A public key as whoever checks statements reads it (RFC 8037, section 2).
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Jwk {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    r#use: &'static str,
    kid: String,
    x: String,
}

/// What a statement is about, beside the signature.
pub(crate) struct About<'a> {
    pub(crate) server: &'a str,
    pub(crate) who: &'a Who,
    pub(crate) message: &'a [u8],
    pub(crate) now: Seconds,
}

impl Countersigner {
    pub(crate) fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Zeroizing<[u8; 32]> {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *seed);
        seed
    }

    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        let kid = kid(&key.verifying_key());
        Self { key, kid }
    }

    /// The public half.
    pub(crate) fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// A statement about a signature, in compact form.
    pub(crate) fn statement(&self, signed: &Signed, about: &About<'_>) -> Result<String, Problem> {
        let header = Header {
            alg: "EdDSA",
            typ: "milagro-signature+jwt",
            kid: &self.kid,
        };
        let claims = Claims {
            iss: about.server,
            sub: about.who.user.as_str(),
            device: encode(&about.who.device.to_bytes()),
            signed_at: signed.time().get(),
            iat: about.now.get(),
            sha256: encode(&Sha256::digest(about.message)),
            digest: encode(signed.digest()),
        };
        let said = format!("{}.{}", part(&header)?, part(&claims)?);
        let signature = self.key.sign(said.as_bytes());
        Ok(format!("{said}.{}", encode(&signature.to_bytes())))
    }
}

/// What a key is called.
fn kid(key: &VerifyingKey) -> String {
    let hash = Sha256::digest(key.as_bytes());
    encode(hash.get(..12).unwrap_or_default())
}

/// A public key, as it is published.
pub(crate) fn published(key: &VerifyingKey) -> Jwk {
    Jwk {
        kty: "OKP",
        crv: "Ed25519",
        alg: "EdDSA",
        r#use: "sig",
        kid: kid(key),
        x: encode(key.as_bytes()),
    }
}

fn part(value: &impl Serialize) -> Result<String, Problem> {
    let json = serde_json::to_vec(value).map_err(|_| ProblemType::Internal)?;
    Ok(encode(&json))
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
