//! Ed25519 (RFC 8032), as the crate ed25519-dalek has it, with strict verification.

use curve25519_dalek::edwards::CompressedEdwardsY;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Bytes of a seed, and of a verification key.
pub(crate) const KEY_LEN: usize = 32;
/// Bytes of a signature.
pub(crate) const SIGNATURE_LEN: usize = 64;

/// A fresh seed.
pub(crate) fn seed<R: CryptoRng + ?Sized>(rng: &mut R) -> Zeroizing<[u8; KEY_LEN]> {
    let mut seed = Zeroizing::new([0; KEY_LEN]);
    rng.fill_bytes(&mut *seed);
    seed
}

/// The verification key of a seed.
pub(crate) fn public(seed: &[u8; KEY_LEN]) -> [u8; KEY_LEN] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

/// Signs. The nonce is a hash of a part of the key and of the whole message (RFC 8032, section 5.1.6), so no
/// generator can make it repeat.
pub(crate) fn sign(seed: &[u8; KEY_LEN], message: &[u8]) -> [u8; SIGNATURE_LEN] {
    SigningKey::from_bytes(seed).sign(message).to_bytes()
}

/// Whether the key is one, and the signature canonical and right for it.
pub(crate) fn verify(key: &[u8; KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
    let signature = Signature::from_bytes(signature);
    read(key).is_some_and(|key| key.verify_strict(message, &signature).is_ok())
}

/// Whether the bytes are the canonical encoding of a verification key of large order.
pub(crate) fn is_key(key: &[u8; KEY_LEN]) -> bool {
    read(key).is_some_and(|key| !key.is_weak())
}

/// RFC 8032, section 5.1.3, as strictly as it is written: ed25519-dalek also reads y coordinates from p on.
fn read(key: &[u8; KEY_LEN]) -> Option<VerifyingKey> {
    let point = CompressedEdwardsY(*key).decompress()?;
    let canonical = point.compress().to_bytes() == *key;
    canonical
        .then(|| VerifyingKey::from_bytes(key).ok())
        .flatten()
}
