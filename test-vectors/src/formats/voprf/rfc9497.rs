//! RFC 9497, appendix A: keys from their seeds, and every message from inputs, blinds and nonces.

mod file;

use milagro_voprf::hazmat::{self, Scalar};
use milagro_voprf::modes::Output;
use milagro_voprf::suite::{Mode, P256, P384, P521};
use milagro_voprf::{
    Blinded, Evaluated, Oprf, Poprf, Proof, PublicKey, Ristretto255, SecretKey, Suite, Voprf,
};

pub(crate) use file::{OWN, PUBLISHED};
use serde::Deserialize;

use super::of;
use crate::hexadecimal::Hex;
use crate::{Checks, Mismatch};

/// The key of a group of cases.
struct Key {
    suite: String,
    mode: Protocol,
    seed: Hex,
    info: Hex,
    secret: Hex,
    /// Not in the mode OPRF.
    public: Option<Hex>,
}

#[derive(Clone, Copy, PartialEq)]
enum Protocol {
    Oprf,
    Voprf,
    Poprf,
}

/// A batch.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "id")]
    _id: u64,
    /// In the mode POPRF alone.
    info: Option<Hex>,
    inputs: Vec<Hex>,
    blinds: Vec<Hex>,
    blinded: Vec<Hex>,
    evaluated: Vec<Hex>,
    outputs: Vec<Hex>,
    /// These two not in the mode OPRF.
    nonce: Option<Hex>,
    proof: Option<Hex>,
}

fn check(key: &Key, case: &Case, checks: &mut Checks) -> Result<(), Mismatch> {
    match key.suite.as_str() {
        "ristretto255-SHA512" => check_in::<Ristretto255>(key, case, checks),
        "P256-SHA256" => check_in::<P256>(key, case, checks),
        "P384-SHA384" => check_in::<P384>(key, case, checks),
        "P521-SHA512" => check_in::<P521>(key, case, checks),
        other => Err(Mismatch::new(
            "suite",
            format_args!("{other} is none of these libraries"),
        )),
    }
}

fn check_in<S: Suite>(key: &Key, case: &Case, checks: &mut Checks) -> Result<(), Mismatch> {
    match key.mode {
        Protocol::Oprf => oprf::<S>(key, case, checks),
        Protocol::Voprf => voprf::<S>(key, case, checks),
        Protocol::Poprf => poprf::<S>(key, case, checks),
    }
}

fn oprf<S: Suite>(key: &Key, case: &Case, checks: &mut Checks) -> Result<(), Mismatch> {
    for (field, value) in [
        ("public_key", &key.public),
        ("info", &case.info),
        ("nonce", &case.nonce),
        ("proof", &case.proof),
    ] {
        absent(field, value.as_ref())?;
    }
    let key = derive::<Oprf, S>(key, checks)?;
    let (blinded, pending) =
        hazmat::blind_oprf::<S, _>(&case.inputs, &blinds(case)?).map_err(of("blinded"))?;
    check_blinded(case, &blinded, checks);
    let evaluated = key.blind_evaluate(&blinded).map_err(of("evaluated"))?;
    check_evaluated(case, &evaluated, checks);
    let outputs = pending.finalize(&evaluated).map_err(of("outputs"))?;
    check_outputs(case, &outputs, checks);
    let direct = case.inputs.iter().map(|input| key.evaluate(&input.0));
    let direct = direct.collect::<Result<Vec<_>, _>>();
    check_outputs(case, &direct.map_err(of("outputs"))?, checks);
    Ok(())
}

fn voprf<S: Suite>(key: &Key, case: &Case, checks: &mut Checks) -> Result<(), Mismatch> {
    check_public(key)?;
    absent("info", case.info.as_ref())?;
    let key = derive::<Voprf, S>(key, checks)?;
    let public = PublicKey::<Voprf, S>::from_bytes(key.public_key().to_bytes().as_ref())
        .map_err(of("public_key"))?;
    let (blinded, pending) =
        hazmat::blind_voprf(&public, &case.inputs, &blinds(case)?).map_err(of("blinded"))?;
    check_blinded(case, &blinded, checks);
    let (evaluated, proof) =
        hazmat::evaluate_voprf(&key, &blinded, &nonce(case)?).map_err(of("evaluated"))?;
    check_evaluated(case, &evaluated, checks);
    check_proof(case, &proof, checks)?;
    let outputs = pending.finalize(&evaluated, &proof);
    check_outputs(case, &outputs.map_err(of("outputs"))?, checks);
    let direct = key.evaluate_batch(&case.inputs);
    check_outputs(case, &direct.map_err(of("outputs"))?, checks);
    Ok(())
}

fn poprf<S: Suite>(key: &Key, case: &Case, checks: &mut Checks) -> Result<(), Mismatch> {
    check_public(key)?;
    let info = present("info", case.info.as_ref())?;
    let key = derive::<Poprf, S>(key, checks)?;
    let key = key.tagged(&info.0).map_err(of("info"))?;
    let (blinded, pending) = hazmat::blind_poprf(key.public_key(), &case.inputs, &blinds(case)?)
        .map_err(of("blinded"))?;
    check_blinded(case, &blinded, checks);
    let (evaluated, proof) =
        hazmat::evaluate_poprf(&key, &blinded, &nonce(case)?).map_err(of("evaluated"))?;
    check_evaluated(case, &evaluated, checks);
    check_proof(case, &proof, checks)?;
    let outputs = pending.finalize(&evaluated, &proof);
    check_outputs(case, &outputs.map_err(of("outputs"))?, checks);
    let direct = case.inputs.iter().map(|input| key.evaluate(&input.0));
    let direct = direct.collect::<Result<Vec<_>, _>>();
    check_outputs(case, &direct.map_err(of("outputs"))?, checks);
    Ok(())
}

/// The key that the seed gives.
fn derive<M: Mode, S: Suite>(key: &Key, checks: &mut Checks) -> Result<SecretKey<M, S>, Mismatch> {
    let seed = key.seed.array("seed")?;
    let derived = SecretKey::<M, S>::derive(&seed, &key.info.0).map_err(of("seed"))?;
    checks.bytes("secret_key", derived.to_bytes(), &key.secret);
    if let Some(public) = &key.public {
        checks.bytes("public_key", derived.public_key().to_bytes(), public);
    }
    Ok(derived)
}

fn check_public(key: &Key) -> Result<(), Mismatch> {
    present("public_key", key.public.as_ref()).map(|_| ())
}

fn present<'a>(field: &str, value: Option<&'a Hex>) -> Result<&'a Hex, Mismatch> {
    value.ok_or_else(|| Mismatch::new(field, "missing"))
}

fn absent(field: &str, value: Option<&Hex>) -> Result<(), Mismatch> {
    match value {
        None => Ok(()),
        Some(_) => Err(Mismatch::new(field, "not in this mode")),
    }
}

fn blinds<S: Suite>(case: &Case) -> Result<Vec<Scalar<S>>, Mismatch> {
    let blinds = case.blinds.iter().map(|blind| Scalar::from_bytes(&blind.0));
    blinds.collect::<Result<_, _>>().map_err(of("blinds"))
}

fn nonce<S: Suite>(case: &Case) -> Result<Scalar<S>, Mismatch> {
    let nonce = present("nonce", case.nonce.as_ref())?;
    Scalar::from_bytes(&nonce.0).map_err(of("nonce"))
}

fn check_blinded<S: Suite>(case: &Case, found: &[Blinded<S>], checks: &mut Checks) {
    let found = found.iter().map(Blinded::to_bytes);
    all("blinded", found, &case.blinded, checks);
}

fn check_evaluated<S: Suite>(case: &Case, found: &[Evaluated<S>], checks: &mut Checks) {
    let found = found.iter().map(Evaluated::to_bytes);
    all("evaluated", found, &case.evaluated, checks);
}

fn check_outputs<S: Suite>(case: &Case, found: &[Output<S>], checks: &mut Checks) {
    let found = found.iter().map(Output::as_bytes);
    all("outputs", found, &case.outputs, checks);
}

fn check_proof<S: Suite>(
    case: &Case,
    found: &Proof<S>,
    checks: &mut Checks,
) -> Result<(), Mismatch> {
    let given = present("proof", case.proof.as_ref())?;
    checks.bytes("proof", found.to_bytes(), given);
    Ok(())
}

fn all(
    field: &str,
    found: impl ExactSizeIterator<Item = impl AsRef<[u8]>>,
    given: &[Hex],
    checks: &mut Checks,
) {
    checks.equal(&format!("{field} (count)"), &found.len(), &given.len());
    for (found, given) in found.zip(given) {
        checks.bytes(field, found, given);
    }
}
