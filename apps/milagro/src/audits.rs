//! What audit files say that matters to whoever puts an authority back from a copy.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::Path;

use milagro_dta::grants::IssuedSet;
use milagro_mpin::TrustDomainId;
use milagro_wire::bounded::Blob;
use milagro_wire::server::locked::{self, hidden};
use serde::Deserialize;

use crate::directory::{AUDIT_KEY, Opened};
use crate::exit::{Failure, Outcome};
use crate::serve::runtime;

/// A line, as far as it matters.
#[derive(Deserialize)]
struct Line {
    event: Event,
}

#[derive(Deserialize)]
struct Event {
    what: String,
    #[serde(default)]
    domain: String,
    #[serde(default)]
    answer: String,
    /// Hidden under the key of the audit file.
    subject: Option<String>,
    number: Option<u64>,
}

/// What an audit file says of all domains.
#[derive(Default)]
pub(crate) struct Said {
    /// The number of the last list of each domain, by its id in base64url.
    pub(crate) lists: BTreeMap<String, u64>,
    /// Everybody who had a share of each domain, hidden.
    subjects: BTreeMap<String, BTreeSet<String>>,
}

impl Said {
    /// Reads a file whose chain was verified; one that is not there says nothing. A last line without an end counts as not
    /// written.
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let fault =
            |words: &dyn core::fmt::Display| Failure::other(format!("{}: {words}", path.display()));
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(fault(&error)),
        };
        let (mut said, mut reader, mut line) = (Self::default(), BufReader::new(file), Vec::new());
        loop {
            line.clear();
            reader
                .read_until(b'\n', &mut line)
                .map_err(|error| fault(&error))?;
            if line.last() != Some(&b'\n') {
                return Ok(said);
            }
            let parsed = serde_json::from_slice::<Line>(&line);
            said.note(parsed.map_err(|error| fault(&error))?.event);
        }
    }

    fn note(&mut self, event: Event) {
        match (event.what.as_str(), event.subject, event.number) {
            ("list", _, Some(number)) => {
                let last = self.lists.entry(event.domain).or_default();
                *last = number.max(*last);
            }
            ("grant", Some(subject), _) if event.answer == "share" => {
                self.subjects
                    .entry(event.domain)
                    .or_default()
                    .insert(subject);
            }
            _ => {}
        }
    }
}

/// How many subjects the audit file says that a share of a domain went to, of whom a set does not know.
pub(crate) fn unknown_to(
    opened: &Opened,
    domain: &TrustDomainId,
    set: &IssuedSet,
) -> Outcome<usize> {
    let said = Said::read(&opened.directory.audit())?;
    let key = runtime()?.block_on(locked::find(&*opened.store, &opened.key, AUDIT_KEY));
    let key = key.map_err(Failure::other)?;
    let known: BTreeSet<String> = set
        .entries()
        .map(|entry| hidden(&key, entry.subject()))
        .collect();
    let subjects = said.subjects.get(&id_text(domain));
    Ok(subjects.map_or(0, |subjects| subjects.difference(&known).count()))
}

/// An id, as it is written.
pub(crate) fn id_text(domain: &TrustDomainId) -> String {
    Blob::<32>::new(domain.to_bytes()).map_or_else(|_| String::new(), |id| id.to_text())
}
