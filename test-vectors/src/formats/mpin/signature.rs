//! Designated-verifier signatures of Apache Milagro, and logins with the same keys.

use milagro_base::Seconds;
use milagro_curve::{
    G1Sum, G2Point, G2Prepared,
    pairing::{Term, pairing_product_is_one},
};
use milagro_mpin::compat::{
    Client, Commitment, DevicePublicKey, LegacyDeviceKey, LegacyIdentity, LegacyPin,
    LegacyServerSecret, LegacySignature, LegacyToken, MasterShare, MilagroLegacy, Response,
    SignedMessage, encoding, hazmat,
};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::accepted;
use super::keys::{client_secret, master_shares, not_computed, of, server_secret, split};
use super::login::Login;
use super::server::Judge;
use crate::formats::{FileError, Format, check_own, names};
use crate::hexadecimal::Hex;
use crate::{Checks, Mismatch, Report};

pub(crate) const OWN: Format = Format {
    name: "milagro-signature",
    about: "Apache Milagro, designated-verifier signatures (layout of this project)",
    recognise: |value| names(value, "milagro-signature"),
    check: own,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "id")]
    _id: u64,
    identity: Hex,
    pin: u32,
    master_shares: [Hex; 2],
    server_secret: Hex,
    /// z.
    device_key: Hex,
    /// Pa = z^-1·Q.
    device_public_key: Hex,
    /// identity || Pa.
    identity_and_key: Hex,
    hcid: Hex,
    a: Hex,
    /// s·A.
    client_secret: Hex,
    /// z·s·A.
    device_secret: Hex,
    token: Hex,
    signature: Signature,
    login: Login,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    message: Hex,
    hm: Hex,
    time: u32,
    x: Hex,
    u: Hex,
    y: Hex,
    v: Hex,
    accepted: bool,
    /// With Q for Pa.
    accepted_without_key: bool,
}

/// A run as published.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::formats) struct Published {
    run: u64,
    id: String,
    pin: u32,
    message: String,
    t: u32,
    err: i64,
    result: i64,
    /// The time that it was checked with is not recorded.
    #[serde(rename = "result_wrong_time")]
    _result_wrong_time: i64,
    result_without_pubkey: i64,
    result_two_pass: i64,
    z: Hex,
    #[serde(rename = "Pa")]
    pa: Hex,
    #[serde(rename = "ID_and_Pa")]
    id_and_pa: Hex,
    #[serde(rename = "HCID")]
    hcid: Hex,
    #[serde(rename = "MS1")]
    ms1: Hex,
    #[serde(rename = "MS2")]
    ms2: Hex,
    #[serde(rename = "SS")]
    ss: Hex,
    #[serde(rename = "CS")]
    cs: Hex,
    #[serde(rename = "zCS")]
    z_cs: Hex,
    #[serde(rename = "TOKEN")]
    token: Hex,
    #[serde(rename = "HM")]
    hm: Hex,
    x: Hex,
    #[serde(rename = "U")]
    u: Hex,
    y: Hex,
    #[serde(rename = "V")]
    v: Hex,
    #[serde(rename = "HID")]
    hid: Hex,
    x2: Hex,
    #[serde(rename = "U2")]
    u2: Hex,
    y2: Hex,
    #[serde(rename = "V2")]
    v2: Hex,
}

/// What all parts of a case need.
struct Setting {
    identity: LegacyIdentity<MilagroLegacy>,
    server: Judge,
    secret: LegacyServerSecret,
    client: Client<MilagroLegacy>,
}

fn own(value: &Value) -> Result<Report, FileError> {
    check_own(value, Case::check)
}

impl Published {
    pub(in crate::formats) fn check(&self, checks: &mut Checks) -> Result<(), Mismatch> {
        self.case()?.check(checks)?;
        // Everything was computed.
        checks.equal("err", &0, &self.err);
        Ok(())
    }

    /// The run in the layout of this project.
    fn case(&self) -> Result<Case, Mismatch> {
        let text = |text: &str| Hex(text.as_bytes().to_vec());
        Ok(Case {
            _id: self.run,
            identity: text(&self.id),
            pin: self.pin,
            master_shares: [self.ms1.clone(), self.ms2.clone()],
            server_secret: self.ss.clone(),
            device_key: self.z.clone(),
            device_public_key: self.pa.clone(),
            identity_and_key: self.id_and_pa.clone(),
            hcid: self.hcid.clone(),
            a: self.hid.clone(),
            client_secret: self.cs.clone(),
            device_secret: self.z_cs.clone(),
            token: self.token.clone(),
            signature: Signature {
                message: text(&self.message),
                hm: self.hm.clone(),
                time: self.t,
                x: self.x.clone(),
                u: self.u.clone(),
                y: self.y.clone(),
                v: self.v.clone(),
                accepted: accepted("result", self.result)?,
                accepted_without_key: accepted(
                    "result_without_pubkey",
                    self.result_without_pubkey,
                )?,
            },
            login: Login {
                x: self.x2.clone(),
                u: self.u2.clone(),
                y: self.y2.clone(),
                v: self.v2.clone(),
                accepted: accepted("result_two_pass", self.result_two_pass)?,
            },
        })
    }
}

impl Case {
    fn check(&self, checks: &mut Checks) -> Result<(), Mismatch> {
        let setting = self.setting(checks)?;
        self.signature.check(&setting, checks)?;
        let server = (&setting.server, setting.identity.base());
        self.login.check(&setting.client, server, checks)
    }

    fn setting(&self, checks: &mut Checks) -> Result<Setting, Mismatch> {
        let field = "device_key";
        let device = LegacyDeviceKey::from_bytes(&self.device_key.array(field)?);
        let device = device.map_err(of(field))?;
        checks.bytes(field, *device.to_bytes(), &self.device_key);
        let field = "device_public_key";
        checks.bytes(field, device.public().to_bytes(), &self.device_public_key);
        let public = DevicePublicKey::from_bytes(&self.device_public_key.array(field)?);
        let public = public.map_err(of(field))?;
        let both = [&self.identity.0[..], &public.to_bytes()].concat();
        checks.bytes("identity_and_key", both, &self.identity_and_key);

        let identity = LegacyIdentity::milagro_with_device_key(&self.identity.0, &public);
        checks.bytes("hcid", identity.hcid(), &self.hcid);
        checks.bytes("a", encoding::g1_to_bytes(identity.point()), &self.a);
        let pin = LegacyPin::new(self.pin).map_err(not_computed("pin"))?;
        let [one, two] = &self.master_shares;
        let master = master_shares([("master share 1", one), ("master share 2", two)], checks)?;
        let shares = master.each_ref().map(MasterShare::server_share);
        let secret = server_secret(&shares, ("server_secret", &self.server_secret), checks)?;
        let shares = master.each_ref().map(|share| share.client_share(&identity));
        let client = client_secret(&shares, ("client_secret", &self.client_secret), checks)?;
        let client = client.with_device_key(&device);
        checks.bytes("device_secret", *client.to_bytes(), &self.device_secret);
        let token: LegacyToken = split(client, (&identity, &pin), ("token", &self.token), checks)?;
        let typed = token
            .unlock(&identity, &pin)
            .map_err(not_computed("token"))?;
        Ok(Setting {
            client: Client::new(&identity, typed),
            server: Judge::new(&secret),
            identity,
            secret,
        })
    }
}

impl Signature {
    fn check(&self, on: &Setting, checks: &mut Checks) -> Result<(), Mismatch> {
        let field = "signature.x";
        let x = encoding::secret_scalar_from_bytes(&self.x.array(field)?).map_err(of(field))?;
        let now = Seconds::new(self.time.into());
        let signature = hazmat::sign(&on.client, x, &self.message.0, now);
        let signature = signature.map_err(not_computed("signature.v"))?;
        let hm = [&[0; 16][..], &Sha256::digest(&self.message.0)].concat();
        checks.bytes("signature.hm", hm, &self.hm);
        let y = encoding::scalar_to_bytes(&signature.y(&self.message.0));
        checks.bytes("signature.u", signature.commitment().to_bytes(), &self.u);
        checks.bytes("signature.y", y, &self.y);
        checks.bytes("signature.v", signature.response().to_bytes(), &self.v);

        let given = (
            Commitment::from_bytes(&self.u.array("signature.u")?).map_err(of("signature.u"))?,
            Response::from_bytes(&self.v.array("signature.v")?).map_err(of("signature.v"))?,
        );
        let given = LegacySignature::new(self.time, given.0, given.1);
        let signed = SignedMessage {
            message: &self.message.0,
            signature: &given,
        };
        let verdict = on.server.signature(on.identity.base(), signed)?;
        checks.equal("signature.accepted", &verdict, &self.accepted);
        let without = self.holds_without_key(on, &given)?;
        let field = "signature.accepted_without_key";
        checks.equal(field, &without, &self.accepted_without_key);
        Ok(())
    }

    /// e(V, Q)·e(U + y·A, s·Q) = 1: nobody's function, so from the formula.
    fn holds_without_key(&self, on: &Setting, given: &LegacySignature) -> Result<bool, Mismatch> {
        let point = |field, bytes: [u8; 97]| encoding::g1_from_bytes(&bytes).map_err(of(field));
        let u = point("signature.u", given.commitment().to_bytes())?;
        let v = point("signature.v", given.response().to_bytes())?;
        let s_q = encoding::g2_from_milagro(&on.secret.to_milagro());
        let s_q = s_q.map_err(of("server_secret"))?;
        let sum = G1Sum::from(u) + on.identity.point() * &given.y(&self.message.0);
        let (q, s_q) = (G2Point::generator(), G2Prepared::from(&s_q));
        let q = G2Prepared::from(&q);
        Ok(pairing_product_is_one(
            Term::new(v, &q),
            &[Term::new(sum, &s_q)],
        ))
    }
}
