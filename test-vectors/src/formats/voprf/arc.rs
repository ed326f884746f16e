//! ARC: every value from the seed of the draft's generator.

mod file;
mod stream;

pub(crate) use file::{OWN, PUBLISHED};
use milagro_base::Seconds;
use milagro_ledger::LedgerId;
use milagro_voprf::arc::{
    Credential, Limit, Presentation, PublicKey, Request, RequestContext, Response, SecretKey,
    Terms, Verifier, Window,
};
use milagro_voprf::hazmat::arc;
use serde::Deserialize;
use stream::Stream;

use super::of;
use crate::hexadecimal::Hex;
use crate::{Checks, Mismatch};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    #[serde(rename = "id")]
    _id: u64,
    #[serde(rename = "suite")]
    _suite: String,
    seed: Hex,
    limit: u32,
    request_context: Hex,
    presentation_context: Hex,
    key: Key,
    request: Asked,
    response: Answered,
    credential: Held,
    presentations: Vec<Shown>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    x0: Hex,
    x1: Hex,
    x2: Hex,
    x0_blinding: Hex,
    public_x0: Hex,
    public_x1: Hex,
    public_x2: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    m1: Hex,
    m2: Hex,
    r1: Hex,
    r2: Hex,
    m1_enc: Hex,
    m2_enc: Hex,
    proof: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    b: Hex,
    u: Hex,
    enc_u_prime: Hex,
    x0_aux: Hex,
    x1_aux: Hex,
    x2_aux: Hex,
    h_aux: Hex,
    proof: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Held {
    m1: Hex,
    u: Hex,
    u_prime: Hex,
    x1: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    a: Hex,
    r: Hex,
    z: Hex,
    nonce: u32,
    nonce_blinding: Hex,
    u: Hex,
    u_prime_commit: Hex,
    m1_commit: Hex,
    tag: Hex,
    nonce_commit: Hex,
    bits: Vec<Hex>,
    /// The bits' commitments, the challenge and the responses.
    proof: Hex,
}

fn run(case: &Run, checks: &mut Checks) -> Result<(), Mismatch> {
    let mut stream = Stream::new(&case.seed.array("seed")?);
    let context = RequestContext::new(&case.request_context.0).map_err(of("request_context"))?;
    let key = key(&case.key, &context, &mut stream, checks)?;
    let credential = issue(case, &key, &mut stream, checks)?;

    let limit = Limit::new(case.limit).map_err(of("limit"))?;
    let window = Window::new(Seconds::ZERO, Seconds::days(1)).map_err(of("window"))?;
    let terms = Terms::with_context(&case.presentation_context.0, limit, window)
        .map_err(of("presentation_context"))?;
    let ledger = LedgerId::from_bytes([0; 32]);
    let verifier = Verifier::new(key.into(), terms, ledger);
    let count = usize::try_from(case.limit).map_err(of("limit"))?;
    checks.equal("presentations", &case.presentations.len(), &count);
    for (nonce, shown) in (0..).zip(&case.presentations) {
        checks.equal("nonce", &nonce, &shown.nonce);
        let presentation = show(shown, &credential, verifier.terms(), &mut stream, checks)?;
        verifier
            .check(&presentation, b"", Seconds::ZERO)
            .map(drop)
            .map_err(of("proof"))?;
    }
    Ok(())
}

fn key(
    case: &Key,
    context: &RequestContext,
    stream: &mut Stream,
    checks: &mut Checks,
) -> Result<SecretKey, Mismatch> {
    let secrets = [
        ("x0", &case.x0),
        ("x1", &case.x1),
        ("x2", &case.x2),
        ("x0_blinding", &case.x0_blinding),
    ];
    let bytes = secrets.map(|(field, given)| stream.protocol(field, given, checks));
    let key = SecretKey::from_bytes(&bytes.concat(), context.clone()).map_err(of("x0"))?;
    let key = SecretKey::from_bytes(&key.to_bytes(), context.clone()).map_err(of("x0"))?;
    let public = key.public_key().to_bytes();
    let fields = [
        ("public_x0", &case.public_x0),
        ("public_x1", &case.public_x1),
        ("public_x2", &case.public_x2),
    ];
    for ((field, given), computed) in fields.into_iter().zip(public.chunks(33)) {
        checks.bytes(field, computed, given);
    }
    Ok(key)
}

fn issue(
    case: &Run,
    key: &SecretKey,
    stream: &mut Stream,
    checks: &mut Checks,
) -> Result<Credential, Mismatch> {
    let asked = &case.request;
    let public = key.public_key();
    let context = public.request_context().clone();
    let public = PublicKey::from_bytes(&public.to_bytes(), context).map_err(of("public_x0"))?;
    checks.bytes("m2", arc::m2(public.request_context()), &asked.m2);
    let secrets = [("m1", &asked.m1), ("r1", &asked.r1), ("r2", &asked.r2)];
    let secrets = secrets.map(|(field, given)| stream.protocol(field, given, checks));
    let drawn = stream.scalars(&secrets, 4)?;
    let drawn = drawn.try_into().map_err(|_| Mismatch::new("m1", "count"))?;
    let asking = arc::request(&public, &drawn);
    let given = [&asked.m1_enc, &asked.m2_enc, &asked.proof];
    compare(
        checks,
        &["m1_enc", "m2_enc", "proof"],
        &asking.request.to_bytes(),
        &given,
    );
    let request = Request::from_bytes(&asking.request.to_bytes()).map_err(of("m1_enc"))?;

    let answered = &case.response;
    let b = stream.protocol("b", &answered.b, checks);
    let drawn = stream.scalars(&[b], 7)?;
    let drawn = drawn.try_into().map_err(|_| Mismatch::new("b", "count"))?;
    let response = arc::answer(key, &request, &drawn).map_err(of("proof"))?;
    let fields = [
        "u",
        "enc_u_prime",
        "x0_aux",
        "x1_aux",
        "x2_aux",
        "h_aux",
        "proof",
    ];
    let given = [
        &answered.u,
        &answered.enc_u_prime,
        &answered.x0_aux,
        &answered.x1_aux,
        &answered.x2_aux,
        &answered.h_aux,
        &answered.proof,
    ];
    compare(checks, &fields, &response.to_bytes(), &given);
    let response = Response::from_bytes(&response.to_bytes()).map_err(of("u"))?;

    let credential = asking.pending.finish(&response).map_err(of("proof"))?;
    let parts = arc::parts(&credential);
    let held = &case.credential;
    checks.bytes("m1", parts.m1, &held.m1);
    checks.bytes("u", parts.u, &held.u);
    checks.bytes("u_prime", parts.u_prime, &held.u_prime);
    checks.bytes("x1", &case.key.public_x1, &held.x1);
    Credential::from_bytes(&credential.to_bytes()).map_err(of("u_prime"))
}

fn show(
    case: &Shown,
    credential: &Credential,
    terms: &Terms,
    stream: &mut Stream,
    checks: &mut Checks,
) -> Result<Presentation, Mismatch> {
    let fields = [
        ("a", &case.a),
        ("r", &case.r),
        ("z", &case.z),
        ("nonce_blinding", &case.nonce_blinding),
    ];
    let secrets = fields.map(|(field, given)| stream.protocol(field, given, checks));
    let count = arc::drawn(terms.limit());
    let drawn = stream.scalars(&secrets, count.saturating_sub(secrets.len()))?;
    let presentation = arc::present(credential, terms, case.nonce, &drawn)
        .ok_or_else(|| Mismatch::new("nonce", "no presentation"))?;
    let bytes = presentation.to_bytes();
    let fields = ["u", "u_prime_commit", "m1_commit", "tag", "nonce_commit"];
    let given = [
        &case.u,
        &case.u_prime_commit,
        &case.m1_commit,
        &case.tag,
        &case.nonce_commit,
        &case.proof,
    ];
    compare(checks, &[&fields[..], &["proof"]].concat(), &bytes, &given);
    let bits: Vec<_> = case.bits.iter().flat_map(|bit| bit.0.clone()).collect();
    let proof = bytes.get(fields.len() * 33..).unwrap_or_default();
    let length = usize::try_from(terms.limit().bits()).map_err(of("bits"))? * 33;
    checks.bytes("bits", proof.get(..length).unwrap_or_default(), bits);
    Presentation::from_bytes(&bytes, terms.limit()).map_err(of("u"))
}

/// Points, and a proof behind them.
fn compare(checks: &mut Checks, fields: &[&str], computed: &[u8], given: &[&Hex]) {
    let mut rest = computed;
    for (index, (field, given)) in fields.iter().zip(given).enumerate() {
        let last = index + 1 == fields.len();
        let length = if last { rest.len() } else { rest.len().min(33) };
        let (head, tail) = rest.split_at_checked(length).unwrap_or_default();
        checks.bytes(field, head, given);
        rest = tail;
    }
}
