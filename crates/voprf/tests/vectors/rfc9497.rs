//! RFC 9497, appendix A: every field of every case, from the seed, the inputs, the blinds and the nonces.

use core::fmt::Debug;

use milagro_voprf::hazmat::{self, Scalar};
use milagro_voprf::{
    Blinded, Evaluated, Mode, Oprf, Output, P256, P384, P521, Poprf, Proof, PublicKey,
    Ristretto255, SecretKey, Suite, Voprf,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "format")]
    _format: String,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    suite: String,
    mode: String,
    seed: String,
    key_info: String,
    secret_key: String,
    public_key: Option<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: u32,
    info: Option<String>,
    inputs: Vec<String>,
    blinds: Vec<String>,
    blinded: Vec<String>,
    evaluated: Vec<String>,
    outputs: Vec<String>,
    nonce: Option<String>,
    proof: Option<String>,
}

/// What went wrong, and where.
type Outcome<T> = Result<T, String>;

/// Runs a file and counts its cases.
pub(crate) fn run(text: &str) -> Outcome<usize> {
    let file: File = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let mut count = 0;
    for group in &file.groups {
        let outcome = match group.suite.as_str() {
            "ristretto255-SHA512" => run_suite::<Ristretto255>(group),
            "P256-SHA256" => run_suite::<P256>(group),
            "P384-SHA384" => run_suite::<P384>(group),
            "P521-SHA512" => run_suite::<P521>(group),
            other => Err(format!("unknown suite {other}")),
        };
        count += outcome.map_err(|e| format!("{}, {}: {e}", group.suite, group.mode))?;
    }
    Ok(count)
}

fn run_suite<S: Suite>(group: &Group) -> Outcome<usize> {
    for case in &group.cases {
        match group.mode.as_str() {
            "oprf" => oprf::<S>(group, case),
            "voprf" => voprf::<S>(group, case),
            "poprf" => poprf::<S>(group, case),
            other => Err(format!("unknown mode {other}")),
        }
        .map_err(|e| format!("case {}: {e}", case.id))?;
    }
    Ok(group.cases.len())
}

fn oprf<S: Suite>(group: &Group, case: &Case) -> Outcome<()> {
    let key = key::<Oprf, S>(group)?;
    let inputs = bytes(&case.inputs)?;
    let (blinded, pending) = hazmat::blind_oprf::<S, _>(&inputs, &blinds(case)?).map_err(debug)?;
    check_blinded(case, &blinded)?;
    let evaluated = key.blind_evaluate(&blinded).map_err(debug)?;
    check_evaluated(case, &evaluated)?;
    check_outputs(case, &pending.finalize(&evaluated).map_err(debug)?)?;
    let direct = inputs
        .iter()
        .map(|x| key.evaluate(x))
        .collect::<Result<Vec<_>, _>>()
        .map_err(debug)?;
    check_outputs(case, &direct)
}

fn voprf<S: Suite>(group: &Group, case: &Case) -> Outcome<()> {
    let key = key::<Voprf, S>(group)?;
    let inputs = bytes(&case.inputs)?;
    let public =
        PublicKey::<Voprf, S>::from_bytes(key.public_key().to_bytes().as_ref()).map_err(debug)?;
    let (blinded, pending) =
        hazmat::blind_voprf(&public, &inputs, &blinds(case)?).map_err(debug)?;
    check_blinded(case, &blinded)?;
    let (evaluated, proof) =
        hazmat::evaluate_voprf(&key, &blinded, &nonce(case)?).map_err(debug)?;
    check_evaluated(case, &evaluated)?;
    check_proof(case, &proof)?;
    check_outputs(case, &pending.finalize(&evaluated, &proof).map_err(debug)?)?;
    check_outputs(case, &key.evaluate_batch(&inputs).map_err(debug)?)
}

fn poprf<S: Suite>(group: &Group, case: &Case) -> Outcome<()> {
    let info = hex::decode(case.info.as_ref().ok_or("no info")?).map_err(debug)?;
    let key = key::<Poprf, S>(group)?.tagged(&info).map_err(debug)?;
    let inputs = bytes(&case.inputs)?;
    let (blinded, pending) =
        hazmat::blind_poprf(key.public_key(), &inputs, &blinds(case)?).map_err(debug)?;
    check_blinded(case, &blinded)?;
    let (evaluated, proof) =
        hazmat::evaluate_poprf(&key, &blinded, &nonce(case)?).map_err(debug)?;
    check_evaluated(case, &evaluated)?;
    check_proof(case, &proof)?;
    check_outputs(case, &pending.finalize(&evaluated, &proof).map_err(debug)?)?;
    let direct = inputs
        .iter()
        .map(|x| key.evaluate(x))
        .collect::<Result<Vec<_>, _>>()
        .map_err(debug)?;
    check_outputs(case, &direct)
}

/// The key derived from the seed, checked against the stated secret and public keys.
fn key<M: Mode, S: Suite>(group: &Group) -> Outcome<SecretKey<M, S>> {
    let seed = hex::decode(&group.seed).map_err(debug)?;
    let seed = seed.as_slice().try_into().map_err(debug)?;
    let info = hex::decode(&group.key_info).map_err(debug)?;
    let key = SecretKey::<M, S>::derive(seed, &info).map_err(debug)?;
    same("secret key", &group.secret_key, &key.to_bytes())?;
    if let Some(public) = &group.public_key {
        same("public key", public, key.public_key().to_bytes().as_ref())?;
    }
    Ok(key)
}

fn blinds<S: Suite>(case: &Case) -> Outcome<Vec<Scalar<S>>> {
    bytes(&case.blinds)?
        .iter()
        .map(|b| Scalar::from_bytes(b).map_err(debug))
        .collect()
}

fn nonce<S: Suite>(case: &Case) -> Outcome<Scalar<S>> {
    let nonce = hex::decode(case.nonce.as_ref().ok_or("no nonce")?).map_err(debug)?;
    Scalar::from_bytes(&nonce).map_err(debug)
}

fn check_blinded<S: Suite>(case: &Case, found: &[Blinded<S>]) -> Outcome<()> {
    all(
        "blinded",
        &case.blinded,
        found.iter().map(|x| x.to_bytes().as_ref().to_vec()),
    )
}

fn check_evaluated<S: Suite>(case: &Case, found: &[Evaluated<S>]) -> Outcome<()> {
    all(
        "evaluated",
        &case.evaluated,
        found.iter().map(|x| x.to_bytes().as_ref().to_vec()),
    )
}

fn check_outputs<S: Suite>(case: &Case, found: &[Output<S>]) -> Outcome<()> {
    all(
        "output",
        &case.outputs,
        found.iter().map(|x| x.as_bytes().as_ref().to_vec()),
    )
}

fn check_proof<S: Suite>(case: &Case, found: &Proof<S>) -> Outcome<()> {
    same(
        "proof",
        case.proof.as_ref().ok_or("no proof")?,
        &found.to_bytes(),
    )
}

fn all(
    what: &str,
    expected: &[String],
    found: impl ExactSizeIterator<Item = Vec<u8>>,
) -> Outcome<()> {
    if expected.len() != found.len() {
        return Err(format!(
            "{what}: {} expected, {} found",
            expected.len(),
            found.len()
        ));
    }
    expected
        .iter()
        .zip(found)
        .try_for_each(|(e, f)| same(what, e, &f))
}

fn same(what: &str, expected: &str, found: &[u8]) -> Outcome<()> {
    let found = hex::encode(found);
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what}: {expected} expected, {found} found"))
    }
}

fn bytes(texts: &[String]) -> Outcome<Vec<Vec<u8>>> {
    texts
        .iter()
        .map(|text| hex::decode(text).map_err(debug))
        .collect()
}

fn debug(error: impl Debug) -> String {
    format!("{error:?}")
}
