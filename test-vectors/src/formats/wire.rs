//! What this project's own protocols put on the wire: inputs, randomness, and the bytes that come of them.
//!
//! A case has `in` and `out`. Whatever stands in `out` is computed again from `in`; both are complete, so that a case
//! with one field more or less fails.

mod ceremony;
mod factors;
mod full;
mod issue;
mod login;
mod names;
mod peer;
mod permits;
mod psk;
mod stream;
mod tokens;
mod transcript;
mod verifier;
mod world;

use core::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use self::stream::Draw;
use super::{FileError, Format, check_own, names as has_format};
use crate::{Checks, Mismatch, Report};

pub(crate) const TRANSCRIPT: Format = format::<transcript::Said>();
pub(crate) const NAMES: Format = format::<names::Named>();
pub(crate) const FACTORS: Format = format::<factors::Split>();
pub(crate) const LOGIN: Format = format::<login::Login>();
pub(crate) const FULL: Format = format::<full::Full>();
pub(crate) const ISSUE: Format = format::<issue::Issue>();
pub(crate) const PERMITS: Format = format::<permits::Permits>();
pub(crate) const TOKENS: Format = format::<tokens::Tokens>();
pub(crate) const CEREMONY: Format = format::<ceremony::Ceremony>();
pub(crate) const PSK: Format = format::<psk::Psk>();
pub(crate) const PEER: Format = format::<peer::Exchange>();

/// One kind of message, or a few that belong together: the inputs of a case.
pub(super) trait Wire: DeserializeOwned {
    const NAME: &'static str;
    const ABOUT: &'static str;

    /// Computes what the inputs give.
    fn outputs(&self) -> Result<Outputs, Mismatch>;

    /// The cases of a file: what they show, and their inputs.
    fn cases(draw: Draw<'_>) -> Vec<(&'static str, Value)>;
}

/// What the inputs of a case give, by name.
#[derive(Default)]
pub(super) struct Outputs(Map<String, Value>);

impl Outputs {
    fn bytes(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.value(name, hex::encode(bytes))
    }

    fn all<B: AsRef<[u8]>>(self, name: &str, list: impl IntoIterator<Item = B>) -> Self {
        let list: Vec<_> = list.into_iter().map(hex::encode).collect();
        self.value(name, list)
    }

    fn value(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "W: DeserializeOwned")]
struct Case<W> {
    #[serde(rename = "id")]
    _id: u64,
    #[serde(rename = "comment")]
    _comment: String,
    #[serde(rename = "in")]
    inputs: W,
    out: Map<String, Value>,
}

impl<W: Wire> Case<W> {
    fn check(&self, checks: &mut Checks) -> Result<(), Mismatch> {
        let Outputs(computed) = self.inputs.outputs()?;
        for (name, value) in &computed {
            match self.out.get(name) {
                Some(given) => checks.equal(name, value, given),
                None => return Err(Mismatch::new(name, "missing")),
            }
        }
        match self.out.keys().find(|name| !computed.contains_key(*name)) {
            Some(name) => Err(Mismatch::new(name, "nothing that is computed")),
            None => Ok(()),
        }
    }
}

const fn format<W: Wire>() -> Format {
    Format {
        name: W::NAME,
        about: W::ABOUT,
        recognise: |value| has_format(value, W::NAME),
        check: check::<W>,
    }
}

fn check<W: Wire>(value: &Value) -> Result<Report, FileError> {
    check_own(value, Case::<W>::check)
}

/// The project's own files: name and content. With a salt that is not empty the same cases have other inputs.
///
/// # Errors
/// [`Mismatch`] of an input that the libraries refuse.
pub fn generate(salt: &str) -> Result<Vec<(&'static str, Value)>, Mismatch> {
    let draw = Draw { salt };
    Ok(vec![
        ("transcript.json", file::<transcript::Said>(draw)?),
        ("names.json", file::<names::Named>(draw)?),
        ("factors.json", file::<factors::Split>(draw)?),
        ("login.json", file::<login::Login>(draw)?),
        ("full.json", file::<full::Full>(draw)?),
        ("issue.json", file::<issue::Issue>(draw)?),
        ("permits.json", file::<permits::Permits>(draw)?),
        ("tokens.json", file::<tokens::Tokens>(draw)?),
        ("ceremony.json", file::<ceremony::Ceremony>(draw)?),
        ("psk.json", file::<psk::Psk>(draw)?),
        ("peer.json", file::<peer::Exchange>(draw)?),
    ])
}

fn file<W: Wire>(draw: Draw<'_>) -> Result<Value, Mismatch> {
    let mut cases = Vec::new();
    for (id, (comment, inputs)) in (1_u64..).zip(W::cases(draw)) {
        let read: W = super::read(&inputs)?;
        let Outputs(out) = read.outputs()?;
        cases.push(json!({ "id": id, "comment": comment, "in": inputs, "out": out }));
    }
    Ok(json!({ "format": W::NAME, "source": SOURCE, "cases": cases }))
}

const SOURCE: &str =
    "made by this project's libraries: cargo run -p milagro-test-vectors --example make-vectors";

/// Says which field an error is about.
fn of<E: fmt::Debug>(field: &str) -> impl Fn(E) -> Mismatch {
    move |error| Mismatch::new(field, format_args!("{error:?}"))
}
