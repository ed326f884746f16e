//! Logins in three messages as Apache Milagro publishes them: two authorities, legacy hash.

use milagro_mpin::compat::{Client, LegacyIdentity, LegacyPin};
use serde::Deserialize;
use serde_json::Value;

use super::keys::{Keys, not_computed};
use super::login::Messages;
use super::server::Judge;
use super::{ACCEPTED, REFUSED};
use crate::formats::{FileError, Format, List, Ours, check_own, header, names};
use crate::hexadecimal::Hex;
use crate::{Checks, Mismatch, Report};

pub(crate) const OWN: Format = Format {
    name: "milagro-login",
    about: "Apache Milagro, logins in three messages (layout of this project)",
    recognise: |value| names(value, "milagro-login"),
    check: own,
};

pub(crate) const PUBLISHED: Format = Format {
    name: "milagro-crypto-c-mpin",
    about: "Apache Milagro, the same as in its crypto-c",
    recognise: is_published,
    check: published,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnCase {
    #[serde(rename = "id")]
    _id: u64,
    identity: Hex,
    /// The PIN that is split off the secret.
    pin: u32,
    /// The PIN that is typed.
    typed_pin: u32,
    master_shares: [Hex; 2],
    server_shares: [Hex; 2],
    server_secret: Hex,
    client_shares: [Hex; 2],
    client_secret: Hex,
    token: Hex,
    x: Hex,
    u: Hex,
    y: Hex,
    v: Hex,
    accepted: bool,
}

fn own(value: &Value) -> Result<Report, FileError> {
    check_own(value, |case: &OwnCase, checks| {
        let [m1, m2] = &case.master_shares;
        let [s1, s2] = &case.server_shares;
        let [c1, c2] = &case.client_shares;
        let parts = Case {
            identity: &case.identity,
            pins: (case.pin, case.typed_pin),
            keys: Keys {
                master: [("master_shares[0]", m1), ("master_shares[1]", m2)],
                server: [("server_shares[0]", s1), ("server_shares[1]", s2)],
                server_secret: ("server_secret", &case.server_secret),
                client: [("client_shares[0]", c1), ("client_shares[1]", c2)],
                client_secret: ("client_secret", &case.client_secret),
                token: ("token", &case.token),
            },
            messages: Messages {
                x: ("x", &case.x),
                u: ("u", &case.u),
                y: ("y", &case.y),
                v: ("v", &case.v),
            },
        };
        let accepted = parts.check(checks)?;
        checks.equal("accepted", &accepted, &case.accepted);
        Ok(())
    })
}

fn is_published(value: &Value) -> bool {
    let cases = value.as_array().map_or(&[][..], Vec::as_slice);
    cases.iter().any(|case| case.get("MPINId").is_some())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedCase {
    #[serde(rename = "TEST")]
    _test: Option<u64>,
    #[serde(rename = "CURVE")]
    _curve: String,
    #[serde(rename = "MPINId")]
    identity: Hex,
    #[serde(rename = "MS1")]
    ms1: Hex,
    #[serde(rename = "MS2")]
    ms2: Hex,
    #[serde(rename = "PIN1")]
    pin1: u32,
    #[serde(rename = "PIN2")]
    pin2: u32,
    #[serde(rename = "SS1")]
    ss1: Hex,
    #[serde(rename = "SS2")]
    ss2: Hex,
    #[serde(rename = "SS")]
    ss: Hex,
    #[serde(rename = "CS1")]
    cs1: Hex,
    #[serde(rename = "CS2")]
    cs2: Hex,
    #[serde(rename = "CS")]
    cs: Hex,
    #[serde(rename = "TOKEN")]
    token: Hex,
    #[serde(rename = "X")]
    x: Hex,
    #[serde(rename = "U")]
    u: Hex,
    #[serde(rename = "Y")]
    y: Hex,
    #[serde(rename = "V")]
    v: Hex,
    #[serde(rename = "AuthResult")]
    result: i64,
}

fn published(value: &Value) -> Result<Report, FileError> {
    let cases: Vec<Value> = header(value)?;
    let mut report = Report::default();
    let cases = List {
        title: None,
        ours: Some(&CURVE),
        cases: &cases,
    };
    cases.run(&mut report, |case: &PublishedCase, checks| {
        let parts = Case {
            identity: &case.identity,
            pins: (case.pin1, case.pin2),
            keys: Keys {
                master: [("MS1", &case.ms1), ("MS2", &case.ms2)],
                server: [("SS1", &case.ss1), ("SS2", &case.ss2)],
                server_secret: ("SS", &case.ss),
                client: [("CS1", &case.cs1), ("CS2", &case.cs2)],
                client_secret: ("CS", &case.cs),
                token: ("TOKEN", &case.token),
            },
            messages: Messages {
                x: ("X", &case.x),
                u: ("U", &case.u),
                y: ("Y", &case.y),
                v: ("V", &case.v),
            },
        };
        let result = if parts.check(checks)? {
            ACCEPTED
        } else {
            REFUSED
        };
        checks.equal("AuthResult", &result, &case.result);
        Ok(())
    });
    Ok(report)
}

/// The curve as Milagro writes it.
const CURVE: Ours<'_> = Ours {
    what: "curve",
    field: "CURVE",
    names: &["bls381"],
};

/// A case in the form that both layouts share.
struct Case<'a> {
    identity: &'a Hex,
    pins: (u32, u32),
    keys: Keys<'a>,
    messages: Messages<'a>,
}

impl Case<'_> {
    /// Whether the login was accepted.
    fn check(&self, checks: &mut Checks) -> Result<bool, Mismatch> {
        let pin = LegacyPin::new(self.pins.0).map_err(not_computed("PIN"))?;
        let typed = LegacyPin::new(self.pins.1).map_err(not_computed("typed PIN"))?;
        let identity =
            LegacyIdentity::milagro(&self.identity.0).map_err(not_computed("identity"))?;
        let keys = self.keys.check(&identity, &pin, checks)?;
        let secret = keys.token.unlock(&identity, &typed);
        let client = Client::new(&identity, secret.map_err(not_computed("token"))?);
        let server = Judge::new(&keys.server);
        let verdict = self
            .messages
            .check(&client, (&server, identity.base()), checks)?;
        Ok(verdict.is_ok())
    }
}
