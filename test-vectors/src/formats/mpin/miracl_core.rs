//! Logins in three messages of MIRACL Core: one authority, RFC 9380's encoding to the curve, and the
//! same login with a wrong PIN.

use milagro_curve::{Dst, G2Point, G2Prepared, pairing::pairing};
use milagro_mpin::compat::{
    Client, LegacyClientSecret, LegacyIdentity, LegacyPin, LegacyServerSecret, LegacyToken,
    MasterShare, encoding,
};
use serde::Deserialize;
use serde_json::Value;

use super::keys::{not_computed, of};
use super::login::Messages;
use super::server::Judge;
use super::{ACCEPTED, REFUSED};
use crate::formats::{BLS12381, FileError, Format, each, header, names};
use crate::hexadecimal::Hex;
use crate::{Checks, Mismatch, Report};

pub(crate) const OWN: Format = Format {
    name: "miracl-core-login",
    about: "MIRACL Core, logins in three messages (layout of this project)",
    recognise: |value| names(value, "miracl-core-login"),
    check: own,
};

pub(crate) const PUBLISHED: Format = Format {
    name: "miracl-core-runs",
    about: "MIRACL Core, the same as recorded with it",
    recognise: |value| value.get("runs").is_some() && value.get("dst").is_some(),
    check: published,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "source")]
    _source: String,
    tag: String,
    cases: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnCase {
    #[serde(rename = "id")]
    _id: u64,
    identity: Hex,
    a: Hex,
    a_compressed: Hex,
    master_secret: Hex,
    client_secret: Hex,
    server_secret: Hex,
    server_secret_compressed: Hex,
    pin: u32,
    token: Hex,
    x: Hex,
    u: Hex,
    y: Hex,
    v: Hex,
    accepted: bool,
    wrong_pin: u32,
    wrong_v: Hex,
    wrong_accepted: bool,
    /// e(A, Q).
    pairing_a: Hex,
    /// e(s·A, Q).
    pairing_s_a: Hex,
}

fn own(value: &Value) -> Result<Report, FileError> {
    let own: Own = header(value)?;
    let mut report = Report::default();
    each(&mut report, &own.cases, |case: &OwnCase, checks| {
        check(&own.tag, case, checks)
    });
    Ok(report)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    #[serde(rename = "source")]
    _source: Option<String>,
    #[serde(rename = "curve")]
    _curve: String,
    dst: String,
    #[serde(rename = "hash_to_curve")]
    _hash_to_curve: Option<String>,
    #[serde(rename = "encoding")]
    _encoding: Option<Value>,
    #[serde(rename = "equation")]
    _equation: Option<String>,
    runs: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedCase {
    #[serde(rename = "run")]
    _run: Option<u64>,
    #[serde(rename = "seed_sha256_of")]
    _seed: Option<String>,
    id: String,
    id_hex: Hex,
    pin: u32,
    master_secret: Hex,
    #[serde(rename = "HID")]
    hid: Hex,
    #[serde(rename = "HID_compressed")]
    hid_compressed: Hex,
    client_secret: Hex,
    server_secret: Hex,
    server_secret_compressed: Hex,
    token: Hex,
    x: Hex,
    #[serde(rename = "U")]
    u: Hex,
    y: Hex,
    rebuilt_secret: Hex,
    #[serde(rename = "V")]
    v: Hex,
    server_result: i64,
    wrong_pin: u32,
    #[serde(rename = "V_wrong_pin")]
    v_wrong_pin: Hex,
    server_result_wrong_pin: i64,
    #[serde(rename = "GT_e_A_Q")]
    e_a_q: Hex,
    #[serde(rename = "GT_e_sA_Q")]
    e_sa_q: Hex,
}

fn published(value: &Value) -> Result<Report, FileError> {
    if let Some(report) = BLS12381.skip_file(value, &["runs"]) {
        return Ok(report);
    }
    let file: Published = header(value)?;
    let mut report = Report::default();
    report.note("not checked: seed_sha256_of, which needs MIRACL's generator");
    each(&mut report, &file.runs, |case: &PublishedCase, checks| {
        checks.bytes("id", &case.id, &case.id_hex);
        checks.bytes("rebuilt_secret", &case.client_secret, &case.rebuilt_secret);
        let result = |accepted| if accepted { ACCEPTED } else { REFUSED };
        let accepted = case.server_result == ACCEPTED;
        checks.equal("server_result", &result(accepted), &case.server_result);
        let wrong_accepted = case.server_result_wrong_pin == ACCEPTED;
        let wrong = result(wrong_accepted);
        checks.equal(
            "server_result_wrong_pin",
            &wrong,
            &case.server_result_wrong_pin,
        );
        let case = OwnCase {
            _id: 0,
            identity: case.id_hex.clone(),
            a: case.hid.clone(),
            a_compressed: case.hid_compressed.clone(),
            master_secret: case.master_secret.clone(),
            client_secret: case.client_secret.clone(),
            server_secret: case.server_secret.clone(),
            server_secret_compressed: case.server_secret_compressed.clone(),
            pin: case.pin,
            token: case.token.clone(),
            x: case.x.clone(),
            u: case.u.clone(),
            y: case.y.clone(),
            v: case.v.clone(),
            accepted,
            wrong_pin: case.wrong_pin,
            wrong_v: case.v_wrong_pin.clone(),
            wrong_accepted,
            pairing_a: case.e_a_q.clone(),
            pairing_s_a: case.e_sa_q.clone(),
        };
        check(&file.dst, &case, checks)
    });
    Ok(report)
}

fn check(tag: &str, case: &OwnCase, checks: &mut Checks) -> Result<(), Mismatch> {
    let tag = Dst::new(tag.as_bytes()).map_err(of("tag"))?;
    let identity = LegacyIdentity::miracl_core(&case.identity.0, tag);
    let a = identity.point();
    checks.bytes("A", encoding::g1_to_bytes(a), &case.a);
    checks.bytes(
        "A, short",
        encoding::g1_to_compressed(a),
        &case.a_compressed,
    );
    let short = encoding::g1_from_compressed(&case.a_compressed.array("A, short")?);
    checks.equal("A, short, decoded", &short, &Ok(*a));

    let master = MasterShare::from_bytes(&case.master_secret.array("master_secret")?);
    let master = master.map_err(of("master_secret"))?;
    let server = server_secret(&master, case, checks)?;

    let secret = LegacyClientSecret::from_shares(&[master.client_share(&identity)]);
    let secret = secret.map_err(not_computed("client_secret"))?;
    checks.bytes("client_secret", *secret.to_bytes(), &case.client_secret);
    let pin = LegacyPin::new(case.pin).map_err(not_computed("pin"))?;
    let token = LegacyToken::new(secret, &identity, &pin).map_err(not_computed("token"))?;
    checks.bytes("token", *token.to_bytes(), &case.token);
    let token = LegacyToken::from_bytes(&case.token.array("token")?).map_err(of("token"))?;

    let server = Judge::new(&server);
    for (pin, v, accepted, field) in [
        (case.pin, ("V", &case.v), case.accepted, "accepted"),
        (
            case.wrong_pin,
            ("V of the wrong PIN", &case.wrong_v),
            case.wrong_accepted,
            "accepted with the wrong PIN",
        ),
    ] {
        let pin = LegacyPin::new(pin).map_err(not_computed("pin"))?;
        let rebuilt = token
            .unlock(&identity, &pin)
            .map_err(not_computed("token"))?;
        let messages = Messages {
            x: ("x", &case.x),
            u: ("U", &case.u),
            y: ("y", &case.y),
            v,
        };
        let client = Client::new(&identity, rebuilt);
        let verdict = messages.check(&client, (&server, identity.base()), checks)?;
        checks.equal(field, &verdict.is_ok(), &accepted);
    }
    pairings(case, checks)
}

/// s·Q, in both encodings.
fn server_secret(
    master: &MasterShare,
    case: &OwnCase,
    checks: &mut Checks,
) -> Result<LegacyServerSecret, Mismatch> {
    let server = LegacyServerSecret::from_shares(&[master.server_share()]);
    let server = server.map_err(not_computed("server_secret"))?;
    checks.bytes("server_secret", *server.to_miracl(), &case.server_secret);
    let short = case
        .server_secret_compressed
        .array("server_secret, short")?;
    let decoded =
        LegacyServerSecret::from_compressed(&short).map_err(of("server_secret, short"))?;
    checks.bytes(
        "server_secret, short",
        *decoded.to_miracl(),
        &case.server_secret,
    );
    let decoded = encoding::g2_from_miracl(&case.server_secret.array("server_secret")?);
    let decoded = decoded.map_err(of("server_secret"))?;
    checks.bytes(
        "server_secret, short",
        encoding::g2_to_compressed(&decoded),
        short,
    );
    Ok(server)
}

fn pairings(case: &OwnCase, checks: &mut Checks) -> Result<(), Mismatch> {
    let q = G2Prepared::from(&G2Point::generator());
    for (field, point, given) in [
        ("e(A, Q)", &case.a, &case.pairing_a),
        ("e(s·A, Q)", &case.client_secret, &case.pairing_s_a),
    ] {
        let point = encoding::g1_from_bytes(&point.array(field)?).map_err(of(field))?;
        checks.bytes(field, encoding::gt_to_miracl(&pairing(&point, &q)), given);
    }
    Ok(())
}
