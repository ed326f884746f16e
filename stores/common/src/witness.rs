//! A small file beside a service that remembers how far a database had come.

use alloc::sync::Arc;
use core::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use milagro_ledger::LedgerId;
use sha2::{Digest as _, Sha256};

use crate::files;

/// How far a ledger had come: numbers that only grow while nothing is lost. What they count is the store's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Marks {
    /// The ledger.
    pub ledger: LedgerId,
    /// The numbers; the store says how many.
    pub numbers: Vec<u64>,
}

/// The file in which a process remembers the marks of its ledger, so that after a restart of everything it
/// notices a database that was put back to an older state.
///
/// It must not be backed up and restored together with the database.
#[derive(Clone, Debug)]
pub struct Witness {
    path: PathBuf,
    /// What was written last, here or in a clone. Held while the file is written.
    last: Arc<Mutex<Option<Marks>>>,
}

/// The file of a witness cannot be read or written, or is no such file.
#[derive(Debug)]
#[non_exhaustive]
pub enum WitnessError {
    /// The system's answer.
    Io(io::Error),
    /// Not what a witness writes.
    Damaged,
}

impl Marks {
    /// Whether `self` has come at least as far as `other`, of the same ledger.
    #[must_use]
    pub fn reach(&self, other: &Self) -> bool {
        self.ledger == other.ledger
            && self.numbers.len() == other.numbers.len()
            && self
                .numbers
                .iter()
                .zip(&other.numbers)
                .all(|(own, other)| own >= other)
    }

    /// As far as either of both has come, if they are of one ledger; else `self`.
    fn joined(&self, other: Option<&Self>) -> Self {
        let mut joined = self.clone();
        let alike = |other: &&Self| {
            other.ledger == self.ledger && other.numbers.len() == self.numbers.len()
        };
        if let Some(other) = other.filter(alike) {
            for (own, other) in joined.numbers.iter_mut().zip(&other.numbers) {
                *own = (*own).max(*other);
            }
        }
        joined
    }
}

impl Witness {
    /// A witness in this file, which need not exist yet. Its directory must.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            last: Arc::default(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it remembers, if anything.
    ///
    /// # Errors
    /// [`WitnessError`].
    pub fn read(&self) -> Result<Option<Marks>, WitnessError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(WitnessError::Io(error)),
        };
        let (body, digest) = bytes
            .split_last_chunk::<32>()
            .ok_or(WitnessError::Damaged)?;
        if digest[..] != Sha256::digest(body)[..] {
            return Err(WitnessError::Damaged);
        }
        let rest = body.strip_prefix(MAGIC).ok_or(WitnessError::Damaged)?;
        let (ledger, rest) = rest.split_first_chunk().ok_or(WitnessError::Damaged)?;
        let (numbers, rest) = rest.as_chunks();
        if !rest.is_empty() {
            return Err(WitnessError::Damaged);
        }
        Ok(Some(Marks {
            ledger: LedgerId::from_bytes(*ledger),
            numbers: numbers
                .iter()
                .map(|number| u64::from_be_bytes(*number))
                .collect(),
        }))
    }

    /// Remembers marks: in a new file that takes the place of the old one. Where several threads write, marks of one
    /// ledger never go back.
    ///
    /// # Errors
    /// [`WitnessError`].
    pub fn write(&self, marks: &Marks) -> Result<(), WitnessError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let marks = marks.joined(last.as_ref());
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&marks.ledger.to_bytes());
        bytes.extend(marks.numbers.iter().flat_map(|number| number.to_be_bytes()));
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let new = PathBuf::from(name);
        let mut file = files::create_anew(&new)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        files::sync_name(&self.path)?;
        *last = Some(marks);
        Ok(())
    }
}

impl From<io::Error> for WitnessError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for WitnessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the witness' file: {error}"),
            Self::Damaged => f.write_str("the witness' file is damaged"),
        }
    }
}

impl core::error::Error for WitnessError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Damaged => None,
        }
    }
}

const MAGIC: &[u8] = b"milagro witness 1\n";

#[cfg(test)]
mod tests;
