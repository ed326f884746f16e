//! The steps of [`compat::acs`](crate::compat::acs) with the caller's scalars, and what lies between them.

use zeroize::Zeroizing;

use super::Scalar;
use crate::compat::acs::{
    Blinded, Curve, DerivedKey, Evaluated, NaorReingoldProof, NaorReingoldSecretKey, Pending,
    Proof, PublicKey, SdhiSecretKey, SecretKey, Step, VerifiedKey,
};
use crate::error::Error;

/// H(x), encoded.
///
/// # Errors
/// [`Error::InvalidInput`] for an input that hashes to the identity.
pub fn hash_to_curve<C: Curve>(input: &[u8]) -> Result<[u8; 32], Error> {
    C::hash(input)
        .map(|point| C::encode(&point))
        .ok_or(Error::InvalidInput)
}

/// [`PublicKey::blind`] with the caller's blind.
///
/// # Errors
/// As there.
pub fn blind_exponential<C: Curve>(
    key: &PublicKey<C>,
    input: &[u8],
    blind: &Scalar,
) -> Result<(Blinded<C>, Pending<C>), Error> {
    key.blind_with(input, blind.0.clone(), Step::Divide)
}

/// [`VerifiedKey::blind`] with the caller's blind.
///
/// # Errors
/// As there.
pub fn blind_additive<C: Curve>(
    key: &VerifiedKey<C>,
    input: &[u8],
    blind: &Scalar,
) -> Result<(Blinded<C>, Pending<C>), Error> {
    key.public_key()
        .blind_with(input, blind.0.clone(), Step::Subtract)
}

/// [`SecretKey::blind_evaluate`] with the caller's nonce.
///
/// # Security
/// Two evaluations with one nonce reveal the key.
pub fn evaluate<C: Curve>(
    key: &SecretKey<C>,
    blinded: &Blinded<C>,
    nonce: &Scalar,
) -> (Evaluated<C>, Proof) {
    key.blind_evaluate_with(blinded, |_| *nonce.0)
}

/// N, encoded, once the proof is checked.
///
/// # Errors
/// [`Error::ProofRejected`].
pub fn unblind<C: Curve>(
    pending: &Pending<C>,
    evaluated: &Evaluated<C>,
    proof: &Proof,
) -> Result<[u8; 32], Error> {
    pending.unblind(evaluated, proof)
}

/// The primary key a.
#[must_use]
pub fn sdhi_key<C: Curve>(a: &Scalar) -> SdhiSecretKey<C> {
    SdhiSecretKey::new(a.0.clone())
}

/// [`SdhiSecretKey::derive`] with the caller's nonce.
///
/// # Errors
/// As there.
///
/// # Security
/// Two derivations with one nonce reveal the key.
pub fn sdhi_derive<C: Curve>(
    key: &SdhiSecretKey<C>,
    attributes: &[&[u8]],
    nonce: &Scalar,
) -> Result<(DerivedKey<C>, Proof), Error> {
    key.derive_with(attributes, |_| *nonce.0)
}

/// [`NaorReingoldSecretKey::generate`] with the caller's scalars: log H, a₀, a_0 to a_255.
pub fn naor_reingold_key<C: Curve>(mut scalar: impl FnMut() -> Scalar) -> NaorReingoldSecretKey<C> {
    NaorReingoldSecretKey::generate_with(|| *scalar().0)
}

/// [`NaorReingoldSecretKey::derive`] with the caller's nonces, one for each set bit.
///
/// # Errors
/// As there.
///
/// # Security
/// Two derivations with one nonce reveal the key.
pub fn naor_reingold_derive<C: Curve>(
    key: &NaorReingoldSecretKey<C>,
    attributes: &[&[u8]],
    mut nonce: impl FnMut() -> Scalar,
) -> Result<(DerivedKey<C>, NaorReingoldProof<C>), Error> {
    key.derive_with(attributes, |_| *nonce().0)
}

/// The secret scalar of a derived key.
///
/// # Security
/// With an SDHI key it gives the primary key away.
#[must_use]
pub fn derived_scalar<C: Curve>(key: &DerivedKey<C>) -> Zeroizing<[u8; 32]> {
    key.0.to_bytes()
}
