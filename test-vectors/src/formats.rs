//! What files look like, one module per format.

mod chow_choo;
mod decode;
mod expand_message;
mod hash_to_curve;
mod mpin;
mod p2p;
mod privacypass;
mod voprf;
mod wire;

pub use wire::generate;

use core::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Checks, Mismatch, Report};

/// The formats in the order in which they are tried.
pub const FORMATS: &[Format] = &[
    hash_to_curve::NIST,
    hash_to_curve::NIST_PUBLISHED,
    hash_to_curve::OWN,
    hash_to_curve::PUBLISHED,
    expand_message::OWN,
    expand_message::PUBLISHED,
    decode::OWN,
    mpin::MILAGRO_LOGIN,
    mpin::MILAGRO_LOGIN_PUBLISHED,
    mpin::MILAGRO_RUNS,
    mpin::MILAGRO_RUNS_PUBLISHED,
    mpin::MIRACL_CORE,
    mpin::MIRACL_CORE_PUBLISHED,
    mpin::MILAGRO_SIGNATURE,
    chow_choo::OWN,
    p2p::PUBLISHED,
    voprf::RFC9496,
    voprf::RFC9496_PUBLISHED,
    voprf::RFC9497,
    voprf::RFC9497_PUBLISHED,
    voprf::ACS,
    voprf::ACS_PUBLISHED,
    privacypass::OWN,
    privacypass::RFC9578_PUBLISHED,
    privacypass::BATCH_PUBLISHED,
    voprf::ARC,
    voprf::ARC_PUBLISHED,
    wire::TRANSCRIPT,
    wire::NAMES,
    wire::FACTORS,
    wire::LOGIN,
    wire::FULL,
    wire::ISSUE,
    wire::PERMITS,
    wire::TOKENS,
    wire::CEREMONY,
    wire::PSK,
    wire::PEER,
];

/// One layout of files.
#[derive(Debug)]
pub struct Format {
    /// What the output calls it.
    pub name: &'static str,
    /// What the files hold, for people.
    pub about: &'static str,
    /// Whether a file looks like one. It need not be a good one.
    pub recognise: fn(&Value) -> bool,
    /// Checks a file.
    pub check: fn(&Value) -> Result<Report, FileError>,
}

/// Why the cases of a file could not be run at all.
#[derive(Debug)]
pub struct FileError(String);

impl FileError {
    /// Keeps the reason.
    pub fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for FileError {}

/// Whether a file of this project's layout says that it has this format.
fn names(value: &Value, format: &str) -> bool {
    value.get("format").and_then(Value::as_str) == Some(format)
}

/// Reads what stands above the cases. The error says which field it is about.
fn header<T: DeserializeOwned>(value: &Value) -> Result<T, FileError> {
    serde_path_to_error::deserialize(value).map_err(FileError::new)
}

/// Reads a case. The error says which field it is about.
fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Mismatch> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { "case" } else { &path };
        Mismatch::new(field, error.inner())
    })
}

/// The curves or suites that can be computed here.
struct Ours<'a> {
    what: &'static str,
    /// Where a file, or a case, says which one it is about.
    field: &'static str,
    names: &'a [&'static str],
}

impl Ours<'_> {
    /// Why a file or a case is left out, if it is about another one.
    fn foreign(&self, value: &Value) -> Option<String> {
        let name = value.get(self.field)?.as_str()?;
        let foreign = !self.names.contains(&name);
        foreign.then(|| no(self.what, name))
    }

    /// A report that leaves out all cases of a file, if it is about another one.
    fn skip_file(&self, value: &Value, lists: &[&str]) -> Option<Report> {
        let reason = self.foreign(value)?;
        let lists = lists.iter().filter_map(|list| value.get(list)?.as_array());
        Some(skipped(lists.flatten(), &reason))
    }
}

/// The one curve of most files.
const BLS12381: Ours<'_> = Ours {
    what: "curve",
    field: "curve",
    names: &["BLS12-381"],
};

/// Why a case is left out.
fn no(what: &str, name: &str) -> String {
    format!("{} is no {what} of these libraries", name.escape_debug())
}

/// A report that leaves out all cases.
fn skipped<'a>(cases: impl IntoIterator<Item = &'a Value>, reason: &str) -> Report {
    let mut report = Report::default();
    for (index, case) in cases.into_iter().enumerate() {
        report.skip(name(index, case), reason);
    }
    report
}

/// A file of this project's layout whose cases share nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "source")]
    _source: String,
    cases: Vec<Value>,
}

/// Checks such a file.
fn check_own<T: DeserializeOwned>(
    value: &Value,
    check: impl Fn(&T, &mut Checks) -> Result<(), Mismatch>,
) -> Result<Report, FileError> {
    let own: Own = header(value)?;
    let mut report = Report::default();
    each(&mut report, &own.cases, check);
    Ok(report)
}

/// Runs the cases of a file's only list.
fn each<T: DeserializeOwned>(
    report: &mut Report,
    cases: &[Value],
    check: impl Fn(&T, &mut Checks) -> Result<(), Mismatch>,
) {
    let (title, ours) = (None, None);
    List { title, ours, cases }.run(report, check);
}

/// The same for one of a file's lists: its title stands before the names of its cases.
fn each_of<T: DeserializeOwned>(
    report: &mut Report,
    title: &str,
    cases: &[Value],
    check: impl Fn(&T, &mut Checks) -> Result<(), Mismatch>,
) {
    let (title, ours) = (Some(title), None);
    List { title, ours, cases }.run(report, check);
}

/// The cases of a list.
struct List<'a> {
    title: Option<&'a str>,
    /// If each case says what it is about: other cases are left out.
    ours: Option<&'a Ours<'a>>,
    cases: &'a [Value],
}

impl List<'_> {
    /// Runs the cases, each read by itself so that one that lacks a field fails alone.
    fn run<T: DeserializeOwned>(
        &self,
        report: &mut Report,
        check: impl Fn(&T, &mut Checks) -> Result<(), Mismatch>,
    ) {
        for (index, value) in self.cases.iter().enumerate() {
            let name = name(index, value);
            let name = self
                .title
                .map_or(name.clone(), |title| format!("{title}, {name}"));
            match self.ours.and_then(|ours| ours.foreign(value)) {
                Some(reason) => report.skip(name, reason),
                None => report.case(name, |checks| check(&read(value)?, checks)),
            }
        }
    }
}

/// What people find a case by: its place, and how the file calls it.
fn name(index: usize, value: &Value) -> String {
    let keys = ["id", "TEST", "run", "comment"];
    let labels = keys.into_iter().filter_map(|key| match value.get(key)? {
        Value::Object(_) | Value::Array(_) | Value::Null => None,
        label => Some(format!("{key} {label}")),
    });
    let labels: Vec<_> = labels.collect();
    if labels.is_empty() {
        format!("case {}", index + 1)
    } else {
        format!("case {} ({})", index + 1, labels.join(", "))
    }
}
