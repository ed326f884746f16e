//! What Apache Milagro has between peers, as recorded in one file: designated-verifier signatures and key
//! agreement.

use serde::Deserialize;
use serde_json::Value;

use super::{BLS12381, FileError, Format, chow_choo, each_of, header, mpin};
use crate::Report;

pub(crate) const PUBLISHED: Format = Format {
    name: "milagro-crypto-c-p2p",
    about: "Apache Milagro, signatures and key agreement as recorded with its crypto-c",
    recognise: |value| value.get("dvs").is_some() && value.get("wcc_chow_choo").is_some(),
    check: published,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "curve")]
    _curve: String,
    dvs: Vec<Value>,
    wcc_chow_choo: Vec<Value>,
}

fn published(value: &Value) -> Result<Report, FileError> {
    if let Some(report) = BLS12381.skip_file(value, &["dvs", "wcc_chow_choo"]) {
        return Ok(report);
    }
    let file: Published = header(value)?;
    let mut report = Report::default();
    each_of(&mut report, "dvs", &file.dvs, mpin::SignatureRun::check);
    let runs = &file.wcc_chow_choo;
    each_of(
        &mut report,
        "wcc_chow_choo",
        runs,
        chow_choo::Published::check,
    );
    if !file.dvs.is_empty() {
        report.note(format!(
            "result_wrong_time of {} run(s) not checked: its time is not recorded",
            file.dvs.len()
        ));
    }
    Ok(report)
}
