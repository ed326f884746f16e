//! Key agreement of two peers as Apache Milagro has it, from both sides.

use milagro_curve::{DecodeError, Scalar, SecretScalar};
use milagro_mpin::compat::encoding;
use milagro_tls::compat::{
    ChowChooError, InitiatorName, LegacyAnswer, LegacyInitiatorKey, LegacyOffer,
    LegacyResponderKey, MasterShare, OneTime, ResponderName,
};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{FileError, Format, check_own, names};
use crate::hexadecimal::Hex;
use crate::{Checks, Mismatch, Report};

pub(crate) const OWN: Format = Format {
    name: "milagro-chow-choo",
    about: "Apache Milagro, key agreement of two peers (layout of this project)",
    recognise: |value| names(value, "milagro-chow-choo"),
    check: own,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "id")]
    _id: u64,
    initiator: Hex,
    responder: Hex,
    /// H2 of the responder's name.
    responder_point: Hex,
    master_shares: [Hex; 2],
    initiator_key: Hex,
    responder_key: Hex,
    x: Hex,
    pa: Hex,
    w: Hex,
    pg: Hex,
    y: Hex,
    pb: Hex,
    pi_a: Hex,
    pi_b: Hex,
    key: Hex,
}

/// A run as published.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Published {
    run: u64,
    #[serde(rename = "IdA")]
    id_a: String,
    #[serde(rename = "IdB")]
    id_b: String,
    err: i64,
    keys_equal: i64,
    #[serde(rename = "MS1")]
    ms1: Hex,
    #[serde(rename = "MS2")]
    ms2: Hex,
    #[serde(rename = "H2_IdB")]
    h2_id_b: Hex,
    #[serde(rename = "AKeyG1")]
    a_key: Hex,
    #[serde(rename = "BKeyG2")]
    b_key: Hex,
    x: Hex,
    #[serde(rename = "PaG1")]
    pa: Hex,
    w: Hex,
    #[serde(rename = "PgG1")]
    pg: Hex,
    y: Hex,
    #[serde(rename = "PbG2")]
    pb: Hex,
    pia: Hex,
    pib: Hex,
    key: Hex,
}

fn own(value: &Value) -> Result<Report, FileError> {
    check_own(value, |case: &Case, checks| case.check(checks).map(drop))
}

impl Published {
    pub(super) fn check(&self, checks: &mut Checks) -> Result<(), Mismatch> {
        let equal = self.case().check(checks)?;
        checks.equal("keys_equal", &i64::from(equal), &self.keys_equal);
        // Everything was computed.
        checks.equal("err", &0, &self.err);
        Ok(())
    }

    /// The run in the layout of this project.
    fn case(&self) -> Case {
        Case {
            _id: self.run,
            initiator: Hex(self.id_a.as_bytes().to_vec()),
            responder: Hex(self.id_b.as_bytes().to_vec()),
            responder_point: self.h2_id_b.clone(),
            master_shares: [self.ms1.clone(), self.ms2.clone()],
            initiator_key: self.a_key.clone(),
            responder_key: self.b_key.clone(),
            x: self.x.clone(),
            pa: self.pa.clone(),
            w: self.w.clone(),
            pg: self.pg.clone(),
            y: self.y.clone(),
            pb: self.pb.clone(),
            pi_a: self.pia.clone(),
            pi_b: self.pib.clone(),
            key: self.key.clone(),
        }
    }
}

impl Case {
    /// Computes everything again; whether both sides get one key.
    fn check(&self, checks: &mut Checks) -> Result<bool, Mismatch> {
        let (alice, bob) = self.keys(checks)?;
        let x = scalar("x", &self.x)?;
        let (offer, waiting) = alice.start_with(x, bob.name()).map_err(not("pa"))?;
        checks.bytes("pa", offer.to_bytes(), &self.pa);
        let offer = LegacyOffer::from_bytes(&self.pa.array("pa")?).map_err(of("pa"))?;

        let (w, y) = (scalar("w", &self.w)?, scalar("y", &self.y)?);
        let (answer, bobs) = bob
            .answer_with(OneTime { w, y }, alice.name(), &offer)
            .map_err(not("pb"))?;
        let (pg, pb) = answer.to_bytes();
        checks.bytes("pg", pg, &self.pg);
        checks.bytes("pb", pb, &self.pb);
        let answer = LegacyAnswer::from_bytes(&self.pg.array("pg")?, &self.pb.array("pb")?);
        let alices = waiting
            .finish(&answer.map_err(of("pg or pb"))?)
            .map_err(not("key"))?;
        checks.bytes("key, initiator", alices.as_bytes(), &self.key);
        checks.bytes("key, responder", bobs.as_bytes(), &self.key);

        // πa and πb are nobody's output: from the formulas, over what was sent.
        let (pa, pg, pb) = (&self.pa.0, &self.pg.0, &self.pb.0);
        checks.bytes("pi_a", hq([pa, pb, pg, &self.responder.0]), &self.pi_a);
        checks.bytes("pi_b", hq([pb, pa, pg, &self.initiator.0]), &self.pi_b);
        Ok(alices.as_bytes() == bobs.as_bytes())
    }

    fn keys(
        &self,
        checks: &mut Checks,
    ) -> Result<(LegacyInitiatorKey, LegacyResponderKey), Mismatch> {
        let initiator = InitiatorName::new(&self.initiator.0).map_err(not("initiator"))?;
        let responder = ResponderName::new(&self.responder.0);
        let point = encoding::g2_to_milagro(responder.point());
        checks.bytes("responder_point", point, &self.responder_point);
        let [one, two] = self.master_shares.each_ref().map(|bytes| {
            let field = "master_shares";
            MasterShare::from_bytes(&bytes.array(field)?).map_err(of(field))
        });
        let master = [one?, two?];

        let field = "initiator_key";
        let shares = master.each_ref().map(|one| one.initiator_share(&initiator));
        let a_key = LegacyInitiatorKey::from_shares(&initiator, &shares).map_err(not(field))?;
        checks.bytes(field, *a_key.to_bytes(), &self.initiator_key);
        let bytes = self.initiator_key.array(field)?;
        let a_key = LegacyInitiatorKey::from_bytes(&initiator, &bytes).map_err(of(field))?;

        let field = "responder_key";
        let shares = master.each_ref().map(|one| one.responder_share(&responder));
        let b_key = LegacyResponderKey::from_shares(&responder, &shares).map_err(not(field))?;
        checks.bytes(field, *b_key.to_bytes(), &self.responder_key);
        let bytes = self.responder_key.array(field)?;
        let b_key = LegacyResponderKey::from_bytes(&responder, &bytes).map_err(of(field))?;
        Ok((a_key, b_key))
    }
}

/// OS2IP(SHA-256(parts)) mod r, 48 bytes.
fn hq(parts: [&[u8]; 4]) -> [u8; 48] {
    encoding::scalar_to_bytes(&Scalar::from_wide_bytes(&Sha256::digest(parts.concat())))
}

fn scalar(field: &str, bytes: &Hex) -> Result<SecretScalar, Mismatch> {
    encoding::secret_scalar_from_bytes(&bytes.array(field)?).map_err(of(field))
}

fn of(field: &str) -> impl Fn(DecodeError) -> Mismatch {
    move |error| Mismatch::new(field, error)
}

fn not(field: &str) -> impl Fn(ChowChooError) -> Mismatch {
    move |error| Mismatch::new(field, error)
}
