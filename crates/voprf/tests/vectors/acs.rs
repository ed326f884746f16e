//! Figures of the Anonymous Credentials Service: every field of every case, from the seeds of its random number generator.

use core::fmt::Debug;

use milagro_voprf::compat::acs::{
    Blinded, Curve, DefaultPrimaryKey, Ed25519, NaorReingoldProof, NaorReingoldPublicKey,
    NaorReingoldSecretKey, Proof, PublicKey, Ristretto255, SdhiPublicKey, SdhiSecretKey, SecretKey,
    VerifiedKey,
};
use milagro_voprf::hazmat::{Scalar, acs};
use serde::Deserialize;
use sha2::{Digest, Sha512};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "rng")]
    _rng: String,
    exchanges: Vec<Exchange>,
    derivations: Vec<Derivation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    id: u32,
    curve: String,
    blinding: String,
    seed: String,
    input: String,
    secret_key: String,
    public_key: String,
    hashed: String,
    blind: String,
    blinded: String,
    evaluated: String,
    proof: String,
    unblinded: String,
    output: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Derivation {
    id: u32,
    curve: String,
    kdf: String,
    attributes: Vec<String>,
    primary_seed: String,
    seed: String,
    primary_key: String,
    primary_public_key: String,
    secret_key: String,
    public_key: String,
    proof: String,
}

/// What went wrong, and where.
type Outcome<T> = Result<T, String>;

/// Runs a file and counts its cases.
pub(crate) fn run(text: &str) -> Outcome<usize> {
    let file: File = serde_json::from_str(text).map_err(|e| e.to_string())?;
    for case in &file.exchanges {
        match case.curve.as_str() {
            "ristretto255" => exchange::<Ristretto255>(case),
            "ed25519" => exchange::<Ed25519>(case),
            other => Err(format!("unknown curve {other}")),
        }
        .map_err(|e| format!("exchange {}: {e}", case.id))?;
    }
    for case in &file.derivations {
        match case.curve.as_str() {
            "ristretto255" => derivation::<Ristretto255>(case),
            "ed25519" => derivation::<Ed25519>(case),
            other => Err(format!("unknown curve {other}")),
        }
        .map_err(|e| format!("derivation {}: {e}", case.id))?;
    }
    Ok(file.exchanges.len() + file.derivations.len())
}

/// The generator that the figures were drawn from.
struct Stream {
    seed: Vec<u8>,
    counter: u64,
}

impl Stream {
    fn new(seed: &str) -> Outcome<Self> {
        Ok(Self {
            seed: hex::decode(seed).map_err(debug)?,
            counter: 0,
        })
    }

    fn bytes(&mut self) -> [u8; 32] {
        let block = Sha512::new()
            .chain_update(&self.seed)
            .chain_update(self.counter.to_le_bytes())
            .finalize();
        self.counter += 1;
        core::array::from_fn(|i| block[i])
    }

    fn scalar_bytes(&mut self) -> [u8; 32] {
        loop {
            let mut bytes = self.bytes();
            bytes[31] &= 0x1f;
            if <Scalar>::from_bytes(&bytes).is_ok() {
                return bytes;
            }
        }
    }

    fn scalar(&mut self) -> Scalar {
        Scalar::from_bytes(&self.scalar_bytes()).unwrap()
    }
}

fn exchange<C: Curve>(case: &Exchange) -> Outcome<()> {
    let mut stream = Stream::new(&case.seed)?;
    let input = hex::decode(&case.input).map_err(debug)?;
    let secret = stream.scalar_bytes();
    same("secret key", &case.secret_key, &secret)?;
    let key = SecretKey::<C>::from_bytes(&secret).map_err(debug)?;
    same("public key", &case.public_key, &key.public_key().to_bytes())?;
    same(
        "hashed",
        &case.hashed,
        &acs::hash_to_curve::<C>(&input).map_err(debug)?,
    )?;

    let blind = stream.scalar_bytes();
    same("blind", &case.blind, &blind)?;
    let blind = Scalar::from_bytes(&blind).map_err(debug)?;
    let (blinded, pending) = match case.blinding.as_str() {
        "exponential" => acs::blind_exponential(key.public_key(), &input, &blind),
        "additive" => acs::blind_additive(&VerifiedKey::pin(*key.public_key()), &input, &blind),
        other => return Err(format!("unknown blinding {other}")),
    }
    .map_err(debug)?;
    same("blinded", &case.blinded, &blinded.to_bytes())?;

    let blinded = Blinded::from_bytes(&blinded.to_bytes()).map_err(debug)?;
    let (evaluated, proof) = acs::evaluate(&key, &blinded, &stream.scalar());
    same("evaluated", &case.evaluated, &evaluated.to_bytes())?;
    same("proof", &case.proof, &proof.to_bytes())?;
    let proof = Proof::from_bytes(&proof.to_bytes()).map_err(debug)?;
    same(
        "unblinded",
        &case.unblinded,
        &acs::unblind(&pending, &evaluated, &proof).map_err(debug)?,
    )?;
    same(
        "output",
        &case.output,
        pending
            .finalize(&evaluated, &proof)
            .map_err(debug)?
            .as_bytes(),
    )?;
    same(
        "output",
        &case.output,
        key.evaluate(&input).map_err(debug)?.as_bytes(),
    )
}

fn derivation<C: Curve>(case: &Derivation) -> Outcome<()> {
    let attributes: Vec<Vec<u8>> = case
        .attributes
        .iter()
        .map(|a| hex::decode(a).map_err(debug))
        .collect::<Outcome<_>>()?;
    let attributes: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
    let mut primary = Stream::new(&case.primary_seed)?;
    let mut stream = Stream::new(&case.seed)?;
    let (derived, proof) = match case.kdf.as_str() {
        "default" => {
            let key = DefaultPrimaryKey::from_bytes(&primary.bytes());
            same("primary key", &case.primary_key, &*key.to_bytes())?;
            same("primary public key", &case.primary_public_key, &[])?;
            (key.derive::<C>(&attributes).map_err(debug)?, Vec::new())
        }
        "sdhi" => {
            let key = acs::sdhi_key::<C>(&primary.scalar());
            same("primary key", &case.primary_key, &*key.to_bytes())?;
            let key = SdhiSecretKey::<C>::from_bytes(&*key.to_bytes()).map_err(debug)?;
            same(
                "primary public key",
                &case.primary_public_key,
                &key.public_key().to_bytes(),
            )?;
            let (derived, proof) =
                acs::sdhi_derive(&key, &attributes, &stream.scalar()).map_err(debug)?;
            let public = SdhiPublicKey::from_bytes(&key.public_key().to_bytes()).map_err(debug)?;
            public
                .verify(&attributes, derived.public_key(), &proof)
                .map_err(debug)?;
            (derived, proof.to_bytes().to_vec())
        }
        "naor-reingold" => {
            let key = acs::naor_reingold_key::<C>(|| primary.scalar());
            same("primary key", &case.primary_key, &key.to_bytes())?;
            let key = NaorReingoldSecretKey::<C>::from_bytes(&key.to_bytes()).map_err(debug)?;
            same(
                "primary public key",
                &case.primary_public_key,
                &key.public_key().to_bytes(),
            )?;
            let (derived, proof) =
                acs::naor_reingold_derive(&key, &attributes, || stream.scalar()).map_err(debug)?;
            let public =
                NaorReingoldPublicKey::from_bytes(&key.public_key().to_bytes()).map_err(debug)?;
            let proof = NaorReingoldProof::from_bytes(&proof.to_bytes()).map_err(debug)?;
            public
                .verify(&attributes, derived.public_key(), &proof)
                .map_err(debug)?;
            (derived, proof.to_bytes())
        }
        other => return Err(format!("unknown derivation {other}")),
    };
    same("proof", &case.proof, &proof)?;
    same(
        "secret key",
        &case.secret_key,
        &*acs::derived_scalar(&derived),
    )?;
    let public = PublicKey::<C>::from_bytes(&derived.public_key().to_bytes()).map_err(debug)?;
    same("public key", &case.public_key, &public.to_bytes())
}

fn same(what: &str, expected: &str, found: &[u8]) -> Outcome<()> {
    let found = hex::encode(found);
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what}: {expected} expected, {found} found"))
    }
}

fn debug(error: impl Debug) -> String {
    format!("{error:?}")
}
