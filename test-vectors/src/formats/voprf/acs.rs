//! Exchanges and derived keys of facebookresearch/acs: every value from the seeds of its generator.

mod file;
mod stream;

use milagro_voprf::compat::acs::{
    Blinded, Curve, DefaultPrimaryKey, DerivedKey, Ed25519, NaorReingoldProof,
    NaorReingoldPublicKey, NaorReingoldSecretKey, Proof, PublicKey, Ristretto255, SdhiPublicKey,
    SdhiSecretKey, SecretKey, VerifiedKey,
};
use milagro_voprf::hazmat::acs;

pub(crate) use file::{OWN, PUBLISHED};
use serde::Deserialize;
use stream::Stream;

use super::of;
use crate::hexadecimal::Hex;
use crate::{Checks, Mismatch};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    #[serde(rename = "id")]
    _id: u64,
    curve: String,
    blinding: String,
    seed: Hex,
    input: Hex,
    secret_key: Hex,
    public_key: Hex,
    hashed: Hex,
    blind: Hex,
    blinded: Hex,
    evaluated: Hex,
    /// c || s.
    proof: Hex,
    unblinded: Hex,
    output: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Derivation {
    #[serde(rename = "id")]
    _id: u64,
    curve: String,
    kdf: String,
    attributes: Vec<Hex>,
    primary_seed: Hex,
    seed: Hex,
    primary_key: Hex,
    primary_public_key: Hex,
    secret_key: Hex,
    public_key: Hex,
    proof: Hex,
}

fn exchange(case: &Exchange, checks: &mut Checks) -> Result<(), Mismatch> {
    match case.curve.as_str() {
        "ristretto255" => exchange_on::<Ristretto255>(case, checks),
        "ed25519" => exchange_on::<Ed25519>(case, checks),
        other => Err(unknown("curve", other)),
    }
}

fn derivation(case: &Derivation, checks: &mut Checks) -> Result<(), Mismatch> {
    match case.curve.as_str() {
        "ristretto255" => derivation_on::<Ristretto255>(case, checks),
        "ed25519" => derivation_on::<Ed25519>(case, checks),
        other => Err(unknown("curve", other)),
    }
}

fn unknown(field: &str, value: &str) -> Mismatch {
    Mismatch::new(field, format_args!("{value:?} is none of ACS"))
}

fn exchange_on<C: Curve>(case: &Exchange, checks: &mut Checks) -> Result<(), Mismatch> {
    let mut stream = Stream::new(&case.seed);
    let (secret, _) = stream.scalar();
    checks.bytes("secret_key", secret, &case.secret_key);
    let key = SecretKey::<C>::from_bytes(&secret).map_err(of("secret_key"))?;
    let public = key.public_key();
    checks.bytes("public_key", public.to_bytes(), &case.public_key);
    let hashed = acs::hash_to_curve::<C>(&case.input.0).map_err(of("hashed"))?;
    checks.bytes("hashed", hashed, &case.hashed);

    let (bytes, blind) = stream.scalar();
    checks.bytes("blind", bytes, &case.blind);
    let (blinded, pending) = match case.blinding.as_str() {
        "exponential" => acs::blind_exponential(public, &case.input.0, &blind),
        "additive" => acs::blind_additive(&VerifiedKey::pin(*public), &case.input.0, &blind),
        other => return Err(unknown("blinding", other)),
    }
    .map_err(of("blinded"))?;
    checks.bytes("blinded", blinded.to_bytes(), &case.blinded);

    let blinded = Blinded::from_bytes(&blinded.to_bytes()).map_err(of("blinded"))?;
    let (evaluated, proof) = acs::evaluate(&key, &blinded, &stream.scalar().1);
    checks.bytes("evaluated", evaluated.to_bytes(), &case.evaluated);
    checks.bytes("proof", proof.to_bytes(), &case.proof);
    let proof = Proof::from_bytes(&proof.to_bytes()).map_err(of("proof"))?;
    let unblinded = acs::unblind(&pending, &evaluated, &proof).map_err(of("unblinded"))?;
    checks.bytes("unblinded", unblinded, &case.unblinded);
    for output in [
        pending.finalize(&evaluated, &proof),
        key.evaluate(&case.input.0),
    ] {
        let output = output.map_err(of("output"))?;
        checks.bytes("output", output.as_bytes(), &case.output);
    }
    Ok(())
}

fn derivation_on<C: Curve>(case: &Derivation, checks: &mut Checks) -> Result<(), Mismatch> {
    let derived = match case.kdf.as_str() {
        "default" => default_kdf::<C>(case, checks),
        "sdhi" => sdhi::<C>(case, checks),
        "naor-reingold" => naor_reingold::<C>(case, checks),
        other => Err(unknown("kdf", other)),
    }?;
    let secret = acs::derived_scalar(&derived);
    checks.bytes("secret_key", *secret, &case.secret_key);
    let public = PublicKey::<C>::from_bytes(&derived.public_key().to_bytes());
    let public = public.map_err(of("public_key"))?;
    checks.bytes("public_key", public.to_bytes(), &case.public_key);
    Ok(())
}

impl Derivation {
    fn attributes(&self) -> Vec<&[u8]> {
        self.attributes.iter().map(AsRef::as_ref).collect()
    }
}

/// Without public primary key and proof. The second seed is not used.
fn default_kdf<C: Curve>(
    case: &Derivation,
    checks: &mut Checks,
) -> Result<DerivedKey<C>, Mismatch> {
    let key = DefaultPrimaryKey::from_bytes(&Stream::new(&case.primary_seed).bytes());
    checks.bytes("primary_key", *key.to_bytes(), &case.primary_key);
    checks.bytes("primary_public_key", [], &case.primary_public_key);
    checks.bytes("proof", [], &case.proof);
    key.derive::<C>(&case.attributes())
        .map_err(of("secret_key"))
}

fn sdhi<C: Curve>(case: &Derivation, checks: &mut Checks) -> Result<DerivedKey<C>, Mismatch> {
    let (_, primary) = Stream::new(&case.primary_seed).scalar();
    let key = acs::sdhi_key::<C>(&primary);
    checks.bytes("primary_key", *key.to_bytes(), &case.primary_key);
    let key = SdhiSecretKey::<C>::from_bytes(&*key.to_bytes()).map_err(of("primary_key"))?;
    let public = key.public_key().to_bytes();
    checks.bytes("primary_public_key", public, &case.primary_public_key);

    let (_, nonce) = Stream::new(&case.seed).scalar();
    let (derived, proof) =
        acs::sdhi_derive(&key, &case.attributes(), &nonce).map_err(of("secret_key"))?;
    checks.bytes("proof", proof.to_bytes(), &case.proof);
    let public = SdhiPublicKey::<C>::from_bytes(&public).map_err(of("primary_public_key"))?;
    public
        .verify(&case.attributes(), derived.public_key(), &proof)
        .map_err(of("proof"))?;
    Ok(derived)
}

fn naor_reingold<C: Curve>(
    case: &Derivation,
    checks: &mut Checks,
) -> Result<DerivedKey<C>, Mismatch> {
    let mut primary = Stream::new(&case.primary_seed);
    let key = acs::naor_reingold_key::<C>(|| primary.scalar().1);
    checks.bytes("primary_key", key.to_bytes(), &case.primary_key);
    let key = NaorReingoldSecretKey::<C>::from_bytes(&key.to_bytes());
    let key = key.map_err(of("primary_key"))?;
    let public = key.public_key().to_bytes();
    checks.bytes("primary_public_key", &public, &case.primary_public_key);

    let mut nonces = Stream::new(&case.seed);
    let (derived, proof) =
        acs::naor_reingold_derive(&key, &case.attributes(), || nonces.scalar().1)
            .map_err(of("secret_key"))?;
    checks.bytes("proof", proof.to_bytes(), &case.proof);
    let public = NaorReingoldPublicKey::<C>::from_bytes(&public);
    let public = public.map_err(of("primary_public_key"))?;
    let proof = NaorReingoldProof::from_bytes(&proof.to_bytes()).map_err(of("proof"))?;
    public
        .verify(&case.attributes(), derived.public_key(), &proof)
        .map_err(of("proof"))?;
    Ok(derived)
}
