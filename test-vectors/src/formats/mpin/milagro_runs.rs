//! Everything that Apache Milagro's M-Pin does, run by run: keys, login, wrong PIN, permits, one pass,
//! key agreement.

use core::cell::Cell;

use serde::Deserialize;
use serde_json::{Value, json};

use super::accepted;
use super::run::Case;
use crate::formats::{BLS12381, FileError, Format, check_own, each, header, names, read};
use crate::{Mismatch, Report};

pub(crate) const OWN: Format = Format {
    name: "milagro-runs",
    about: "Apache Milagro, all of M-Pin (layout of this project)",
    recognise: |value| names(value, "milagro-runs"),
    check: own,
};

pub(crate) const PUBLISHED: Format = Format {
    name: "milagro-amcl-runs",
    about: "Apache Milagro, the same as recorded with it",
    recognise: is_published,
    check: published,
};

fn own(value: &Value) -> Result<Report, FileError> {
    check_own(value, Case::check)
}

fn is_published(value: &Value) -> bool {
    let runs = value.get("runs").and_then(Value::as_array);
    let runs = runs.map_or(&[][..], Vec::as_slice);
    value.get("dst").is_none() && runs.iter().any(|run| run.get("HCID").is_some())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    #[serde(rename = "source")]
    _source: Option<String>,
    #[serde(rename = "curve")]
    _curve: String,
    #[serde(rename = "encoding")]
    _encoding: Option<Value>,
    runs: Vec<Value>,
}

fn published(value: &Value) -> Result<Report, FileError> {
    if let Some(report) = BLS12381.skip_file(value, &["runs"]) {
        return Ok(report);
    }
    let file: Published = header(value)?;
    let mut report = Report::default();
    let missed = Cell::new(0);
    each(&mut report, &file.runs, |run: &Value, checks| {
        let mut fields = Fields(run.clone());
        // What is left of the search for the distance, and the permit's own test, besides our layout.
        let kangaroo = fields.integer("/two_pass/kangaroo")?;
        let own = fields.case(kangaroo)?;
        let name = "permit_share_equals_client_secret_of_SHA256_be32date_HCID";
        let same = fields.take(&format!("/time_permit/{name}"))?;
        fields.nothing_is_left("")?;
        let case: Case = read(&own)?;
        case.check(checks)?;
        checks.equal(name, &true.into(), &same);
        if kangaroo == 0 {
            missed.set(missed.get() + 1);
        }
        Ok(())
    });
    if missed.get() > 0 {
        let missed = missed.get();
        report.note(format!(
            "{missed} distance(s) that the old search missed (kangaroo 0), recomputed"
        ));
    }
    Ok(report)
}

/// A published run, whose fields are taken out one after another.
struct Fields(Value);

impl Fields {
    fn take(&mut self, pointer: &str) -> Result<Value, Mismatch> {
        let missing = || Mismatch::new(pointer, "missing");
        let (parent, key) = pointer.rsplit_once('/').ok_or_else(missing)?;
        let parent = self.0.pointer_mut(parent).and_then(Value::as_object_mut);
        parent
            .and_then(|parent| parent.remove(key))
            .ok_or_else(missing)
    }

    fn integer(&mut self, pointer: &str) -> Result<i64, Mismatch> {
        let value = self.take(pointer)?.as_i64();
        value.ok_or_else(|| Mismatch::new(pointer, "no integer"))
    }

    fn accepted(&mut self, pointer: &str) -> Result<bool, Mismatch> {
        accepted(pointer, self.integer(pointer)?)
    }

    /// The run in the layout of this project.
    fn case(&mut self, kangaroo: i64) -> Result<Value, Mismatch> {
        let identity = self.take("/id")?;
        let identity = identity.as_str().map(hex::encode);
        let pin = self.integer("/pin")?;
        let wrong_pin = self.integer("/two_pass/wrong_pin")?;
        let distance = if kangaroo == 0 {
            wrong_pin.saturating_sub(pin)
        } else {
            kangaroo
        };
        Ok(json!({
            "id": self.take("/run")?,
            "identity": identity,
            "hcid": self.take("/HCID")?,
            "a": self.take("/HID_point")?,
            "pin": pin,
            "master_shares": [self.take("/MS1")?, self.take("/MS2")?],
            "server_shares": [self.take("/SS1")?, self.take("/SS2")?],
            "server_secret": self.take("/SS")?,
            "client_shares": [self.take("/CS1")?, self.take("/CS2")?],
            "client_secret": self.take("/CS")?,
            "token": self.take("/TOKEN")?,
            "login": {
                "x": self.take("/two_pass/x")?,
                "u": self.take("/two_pass/U")?,
                "y": self.take("/two_pass/y")?,
                "v": self.take("/two_pass/V")?,
                "accepted": self.accepted("/two_pass/result")?,
            },
            "wrong_pin": {
                "pin": wrong_pin,
                "v": self.take("/two_pass/V_wrong")?,
                "e": self.take("/two_pass/E")?,
                "f": self.take("/two_pass/F")?,
                "distance": distance,
            },
            "permit_login": self.permit_login()?,
            "one_pass": {
                "time": self.take("/one_pass/t")?,
                "x": self.take("/one_pass/x")?,
                "u": self.take("/one_pass/U")?,
                "y": self.take("/one_pass/y")?,
                "v": self.take("/one_pass/V")?,
                "accepted": self.accepted("/one_pass/result")?,
            },
            "full": self.full()?,
            "permit_full": self.agreement("/full_time_permit")?,
        }))
    }

    fn permit_login(&mut self) -> Result<Value, Mismatch> {
        Ok(json!({
            "date": self.take("/time_permit/date")?,
            "shares": [self.take("/time_permit/TP1")?, self.take("/time_permit/TP2")?],
            "permit": self.take("/time_permit/TP")?,
            "base": self.take("/time_permit/HTID")?,
            "x": self.take("/time_permit/x")?,
            "u_a": self.take("/time_permit/U")?,
            "u": self.take("/time_permit/UT")?,
            "y": self.take("/time_permit/y")?,
            "v": self.take("/time_permit/V")?,
            "accepted": self.accepted("/time_permit/result")?,
            "accepted_next_day": self.accepted("/time_permit/result_next_day")?,
        }))
    }

    fn full(&mut self) -> Result<Value, Mismatch> {
        Ok(json!({
            "pairing_token": self.take("/full/g1_e_token_Q")?,
            "pairing_a": self.take("/full/g2_e_A_Q")?,
            "pairing_s_a": self.take("/full/e_sA_Q")?,
            "k": self.take("/full/gt_agreed")?,
            "agreement": self.agreement("/full")?,
        }))
    }

    fn agreement(&mut self, at: &str) -> Result<Value, Mismatch> {
        let mut take = |name| self.take(&format!("{at}/{name}"));
        Ok(json!({
            "r": take("r")?,
            "r_a": take("R")?,
            "w": take("w")?,
            "w_b": take("W")?,
            "h": take("h")?,
            "key": take("key")?,
        }))
    }

    /// Fields that nobody has taken would go unchecked.
    fn nothing_is_left(&self, at: &str) -> Result<(), Mismatch> {
        let fields = self.0.pointer(at).and_then(Value::as_object);
        for (key, value) in fields.into_iter().flatten() {
            let path = format!("{at}/{key}");
            if !value.is_object() {
                return Err(Mismatch::new(&path, "unknown field"));
            }
            self.nothing_is_left(&path)?;
        }
        Ok(())
    }
}
