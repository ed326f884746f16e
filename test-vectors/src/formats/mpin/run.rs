//! One run of everything, computed again.

use milagro_base::Seconds;
use milagro_curve::{
    G1Sum, G2Point, G2Prepared, Gt, Scalar,
    pairing::{Term, pairing, pairing_product},
};
use milagro_mpin::compat::{
    Base, Client, Commitment, Date, KeyAnswer, KeyRequest, LegacyIdentity, LegacyKeyBase,
    LegacyPermit, LegacyPin, MilagroLegacy, OnePass, Response, encoding, hazmat,
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::keys::{Computed, Keys, not_computed, of};
use super::login::{Login, Messages};
use super::server::{Judge, NOW};
use crate::hexadecimal::Hex;
use crate::{Checks, Mismatch};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    #[serde(rename = "id")]
    _id: u64,
    identity: Hex,
    hcid: Hex,
    a: Hex,
    pin: u32,
    master_shares: [Hex; 2],
    server_shares: [Hex; 2],
    server_secret: Hex,
    client_shares: [Hex; 2],
    client_secret: Hex,
    token: Hex,
    login: Login,
    wrong_pin: WrongPin,
    permit_login: PermitLogin,
    one_pass: OnePassLogin,
    full: Full,
    /// Key agreement on top of `permit_login`.
    permit_full: Agreement,
}

/// The login's x and y again, with another PIN.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrongPin {
    pin: u32,
    v: Hex,
    e: Hex,
    f: Hex,
    distance: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PermitLogin {
    date: u32,
    shares: [Hex; 2],
    permit: Hex,
    /// A + A_d.
    base: Hex,
    x: Hex,
    /// x·A.
    u_a: Hex,
    /// x·(A + A_d).
    u: Hex,
    y: Hex,
    v: Hex,
    accepted: bool,
    accepted_next_day: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnePassLogin {
    time: u32,
    x: Hex,
    u: Hex,
    y: Hex,
    v: Hex,
    accepted: bool,
}

/// Key agreement on top of `login`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Full {
    /// e(token, Q).
    pairing_token: Hex,
    /// e(A, Q).
    pairing_a: Hex,
    /// e(s·A, Q).
    pairing_s_a: Hex,
    /// The element of GT that both sides get.
    k: Hex,
    agreement: Agreement,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Agreement {
    r: Hex,
    /// r·A.
    r_a: Hex,
    w: Hex,
    /// w·A, or w·(A + A_d).
    w_b: Hex,
    /// 48 bytes, not reduced.
    h: Hex,
    key: Hex,
}

/// What all parts of a run need.
struct Setting {
    identity: LegacyIdentity<MilagroLegacy>,
    pin: LegacyPin,
    keys: Computed,
    server: Judge,
}

impl Case {
    pub(super) fn check(&self, checks: &mut Checks) -> Result<(), Mismatch> {
        let identity = LegacyIdentity::milagro(&self.identity.0);
        let identity = identity.map_err(not_computed("identity"))?;
        checks.bytes("hcid", identity.hcid(), &self.hcid);
        checks.bytes("a", encoding::g1_to_bytes(identity.point()), &self.a);
        let pin = LegacyPin::new(self.pin).map_err(not_computed("pin"))?;
        let keys = self.keys().check(&identity, &pin, checks)?;
        let server = Judge::new(&keys.server);
        let setting = Setting {
            identity,
            pin,
            keys,
            server,
        };
        self.check_login(&setting, checks)?;
        self.check_wrong_pin(&setting, checks)?;
        self.check_permit(&setting, checks)?;
        self.check_one_pass(&setting, checks)?;
        self.check_full(&setting, checks)
    }

    fn keys(&self) -> Keys<'_> {
        let [m1, m2] = &self.master_shares;
        let [s1, s2] = &self.server_shares;
        let [c1, c2] = &self.client_shares;
        Keys {
            master: [("master share 1", m1), ("master share 2", m2)],
            server: [("server share 1", s1), ("server share 2", s2)],
            server_secret: ("server secret", &self.server_secret),
            client: [("client share 1", c1), ("client share 2", c2)],
            client_secret: ("client secret", &self.client_secret),
            token: ("token", &self.token),
        }
    }

    fn permit_messages(&self) -> Messages<'_> {
        Messages {
            x: ("permit_login.x", &self.permit_login.x),
            u: ("permit_login.u", &self.permit_login.u),
            y: ("permit_login.y", &self.permit_login.y),
            v: ("permit_login.v", &self.permit_login.v),
        }
    }

    fn check_login(&self, on: &Setting, checks: &mut Checks) -> Result<(), Mismatch> {
        let server = (&on.server, on.identity.base());
        self.login.check(&on.client(&on.pin)?, server, checks)
    }

    fn check_wrong_pin(&self, on: &Setting, checks: &mut Checks) -> Result<(), Mismatch> {
        let given = &self.wrong_pin;
        let pin = LegacyPin::new(given.pin).map_err(not_computed("wrong_pin.pin"))?;
        let messages = Messages {
            v: ("wrong_pin.v", &given.v),
            ..self.login.messages()
        };
        let server = (&on.server, on.identity.base());
        let verdict = messages.check(&on.client(&pin)?, server, checks)?;
        let error = verdict
            .err()
            .and_then(|refused| refused.pin_error(&on.server.0));
        let error = error.ok_or_else(|| Mismatch::new("wrong_pin.v", "not refused"))?;
        checks.bytes("wrong_pin.e", error.e(), &given.e);
        checks.bytes("wrong_pin.f", error.f(), &given.f);
        let distance = error.distance_vartime();
        checks.equal("wrong_pin.distance", &distance, &Some(given.distance));
        Ok(())
    }

    fn check_permit(&self, on: &Setting, checks: &mut Checks) -> Result<(), Mismatch> {
        let given = &self.permit_login;
        let date = Date::from_days(given.date);
        let [one, two] = &on.keys.master;
        let shares = [one, two].map(|master| master.permit_share(&on.identity, date));
        for (share, given) in shares.iter().zip(&given.shares) {
            checks.bytes("permit_login.shares", *share.to_bytes(), given);
        }
        let permit = LegacyPermit::from_shares(&shares).map_err(not_computed("permit"))?;
        checks.bytes("permit_login.permit", *permit.to_bytes(), &given.permit);

        let client = self.permit_client(on)?;
        let base = on.base_on(date)?;
        checks.bytes(
            "permit_login.base",
            encoding::g1_to_bytes(base.point()),
            &given.base,
        );
        let messages = self.permit_messages();
        let verdict = messages.check(&client, (&on.server, base), checks)?;
        checks.equal("permit_login.accepted", &verdict.is_ok(), &given.accepted);
        let u_a = hazmat::commit(&on.client(&on.pin)?, messages.x()?).message;
        checks.bytes("permit_login.u_a", u_a.to_bytes(), &given.u_a);

        let tomorrow = on.base_on(Date::from_days(given.date.saturating_add(1)))?;
        let verdict = messages.check(&client, (&on.server, tomorrow), checks)?;
        let field = "permit_login.accepted_next_day";
        checks.equal(field, &verdict.is_ok(), &given.accepted_next_day);
        Ok(())
    }

    fn permit_client(&self, on: &Setting) -> Result<Client<MilagroLegacy>, Mismatch> {
        let field = "permit_login.permit";
        let permit = LegacyPermit::from_bytes(&self.permit_login.permit.array(field)?);
        let permit = permit.map_err(of(field))?;
        let date = Date::from_days(self.permit_login.date);
        let secret = on.keys.token.unlock(&on.identity, &on.pin);
        let secret = secret.map_err(not_computed("token"))?;
        Client::with_permit(&on.identity, &secret, &permit, date).map_err(not_computed(field))
    }

    fn check_one_pass(&self, on: &Setting, checks: &mut Checks) -> Result<(), Mismatch> {
        let given = &self.one_pass;
        let x = encoding::secret_scalar_from_bytes(&given.x.array("one_pass.x")?);
        let x = x.map_err(of("one_pass.x"))?;
        let time = Seconds::new(given.time.into());
        let proof = hazmat::prove(&on.client(&on.pin)?, x, time);
        let proof = proof.map_err(not_computed("one_pass.v"))?;
        checks.bytes("one_pass.u", proof.commitment().to_bytes(), &given.u);
        checks.bytes(
            "one_pass.y",
            encoding::scalar_to_bytes(&proof.y()),
            &given.y,
        );
        checks.bytes("one_pass.v", proof.response().to_bytes(), &given.v);

        let u = Commitment::from_bytes(&given.u.array("one_pass.u")?);
        let v = Response::from_bytes(&given.v.array("one_pass.v")?);
        let (u, v) = (u.map_err(of("one_pass.u"))?, v.map_err(of("one_pass.v"))?);
        let proof = OnePass::new(given.time, u, v);
        let verdict = on.server.one_pass(on.identity.base(), &proof)?;
        checks.equal("one_pass.accepted", &verdict, &given.accepted);
        Ok(())
    }

    fn check_full(&self, on: &Setting, checks: &mut Checks) -> Result<(), Mismatch> {
        let q = G2Prepared::from(&G2Point::generator());
        for (field, point, given) in [
            ("full.pairing_token", &self.token, &self.full.pairing_token),
            ("full.pairing_a", &self.a, &self.full.pairing_a),
            (
                "full.pairing_s_a",
                &self.client_secret,
                &self.full.pairing_s_a,
            ),
        ] {
            let point = encoding::g1_from_bytes(&point.array(field)?).map_err(of(field))?;
            checks.bytes(field, encoding::gt_to_milagro(&pairing(&point, &q)), given);
        }
        let client = on.client(&on.pin)?;
        let (login, given) = (self.login.messages(), &self.full.agreement);
        let k = on.agree(
            ("full", given),
            (&client, login),
            &on.identity.base(),
            checks,
        )?;
        checks.bytes("full.k", encoding::gt_to_milagro(&k), &self.full.k);

        let client = self.permit_client(on)?;
        let base = on.base_on(Date::from_days(self.permit_login.date))?;
        let (login, given) = (self.permit_messages(), &self.permit_full);
        on.agree(("permit_full", given), (&client, login), &base, checks)?;
        Ok(())
    }
}

impl Setting {
    fn client(&self, pin: &LegacyPin) -> Result<Client<MilagroLegacy>, Mismatch> {
        let secret = self.keys.token.unlock(&self.identity, pin);
        Ok(Client::new(
            &self.identity,
            secret.map_err(not_computed("token"))?,
        ))
    }

    fn base_on(&self, date: Date) -> Result<Base<MilagroLegacy>, Mismatch> {
        self.identity.base_on(date).map_err(not_computed("date"))
    }

    /// Logs in once more, this time with a key; gives k as the server's formula has it.
    fn agree(
        &self,
        (name, given): (&str, &Agreement),
        (client, login): (&Client<MilagroLegacy>, Messages<'_>),
        base: &Base<MilagroLegacy>,
        checks: &mut Checks,
    ) -> Result<Gt, Mismatch> {
        let field = |part: &str| format!("{name}.{part}");
        let scalar = |part: &str, bytes: &Hex| {
            let scalar = bytes.array(&field(part))?;
            encoding::secret_scalar_from_bytes(&scalar).map_err(of(&field(part)))
        };
        let step = hazmat::commit(client, login.x()?);
        let (u, y) = (step.message, login.y()?);
        let pending = hazmat::challenge(*base, u, y, NOW).state;
        let KeyRequest { v, r, state } =
            hazmat::respond_for_key(step.state, scalar("r", &given.r)?, &y)
                .map_err(not_computed(login.v.0))?;
        checks.bytes(&field("r_a"), r.to_bytes(), &given.r_a);
        let logged_in = self.server.login(pending, &v)?;
        let logged_in = logged_in.map_err(|error| Mismatch::new(login.v.0, error))?;
        let KeyAnswer { w, key } =
            hazmat::agree(logged_in, scalar("w", &given.w)?, &self.server.0, &r)
                .map_err(not_computed(&field("w_b")))?;
        checks.bytes(&field("w_b"), w.to_bytes(), &given.w_b);
        checks.bytes(&field("key"), key.as_bytes(), &given.key);
        let keys = LegacyKeyBase::new(&self.keys.token, &self.identity);
        let key = state.finish(&keys, &self.pin, &w);
        checks.bytes(&field("key"), key.as_bytes(), &given.key);

        // h and k are nobody's output: from the formulas, over what was sent.
        let mut hash = Sha256::new();
        hash.update(self.identity.hcid());
        for message in [
            &u.to_bytes()[..],
            &v.to_bytes(),
            &y.to_bytes(),
            &r.to_bytes(),
            &w.to_bytes(),
        ] {
            hash.update(message);
        }
        let h = [&[0; 16][..], &hash.finalize()].concat();
        checks.bytes(&field("h"), &h, &given.h);
        let point = encoding::g1_from_bytes(&r.to_bytes()).map_err(of(&field("r_a")))?;
        let sum = G1Sum::from(point) + self.identity.point() * &Scalar::from_wide_bytes(&h);
        let s_q = G2Prepared::from(&self.server_secret()?);
        Ok(pairing_product(Term::new(sum, &s_q), &[]))
    }

    fn server_secret(&self) -> Result<G2Point, Mismatch> {
        let bytes = self.keys.server.to_milagro();
        encoding::g2_from_milagro(&bytes).map_err(of("server secret"))
    }
}
