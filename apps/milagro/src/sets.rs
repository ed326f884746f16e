//! Files of issued subjects, which go with plans and to whoever puts an authority back from a copy.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use milagro_dta::grants::IssuedSet;
use milagro_mpin::TrustDomainId;
use milagro_wire::name::Name;

use crate::exit::{Failure, Outcome};

/// A file of issued subjects.
pub(crate) struct SetFile {
    pub(crate) set: IssuedSet,
    /// The hash of its bytes.
    pub(crate) name: Name,
}

impl SetFile {
    /// Of a set that is not on the disk yet.
    pub(crate) fn of(set: IssuedSet) -> Self {
        let name = Name::of(&set.to_bytes());
        Self { set, name }
    }

    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let fault = |words: &dyn core::fmt::Display| {
            Failure::config(format!("{}: {words}", path.display()))
        };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(|error| fault(&error))?;
        let read = file.take(LONGEST.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| fault(&error))?;
        let set = IssuedSet::from_bytes(&bytes);
        let set = set.map_err(|_| fault(&"no file of issued subjects"))?;
        let name = Name::of(&bytes);
        Ok(Self { set, name })
    }

    /// Writes it where nothing is yet.
    pub(crate) fn write(&self, path: &Path) -> Outcome<()> {
        let fault = |error: std::io::Error| Failure::config(format!("{}: {error}", path.display()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let mut file = options.open(path).map_err(fault)?;
        file.write_all(&self.set.to_bytes()).map_err(fault)?;
        file.sync_all().map_err(fault)
    }
}

/// Everybody of an authority's own log and of the files of others, of whom there have to be enough: whoever has a key is in
/// the logs of so many that any few of them know of it.
pub(crate) fn united(own: IssuedSet, others: &[PathBuf], needed: usize) -> Outcome<IssuedSet> {
    if others.len() < needed {
        return Err(Failure::config(format!(
            "logs of {} others, and {needed} are needed: give --issued for each",
            others.len()
        )));
    }
    let mut united = own;
    for path in others {
        let SetFile { set, .. } = SetFile::read(path)?;
        let merged = united.merge(&set);
        merged.map_err(|error| Failure::config(format!("{}: {error}", path.display())))?;
    }
    Ok(united)
}

/// The bytes of an id, as it is written in base64url.
pub(crate) fn domain_id(text: &str) -> Outcome<TrustDomainId> {
    let id = milagro_wire::bounded::Blob::<32>::from_text(text).ok();
    let id = id.and_then(|id| id.to_array());
    let id = id.ok_or_else(|| Failure::config("no id of a domain"))?;
    Ok(TrustDomainId::from_bytes(id))
}

/// Longest file: the head, and for each subject two hashes and a byte.
const LONGEST: u64 = 64 + 65 * (1 << 24);
