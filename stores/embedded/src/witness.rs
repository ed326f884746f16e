//! The file beside the store that says how far the store had come.
//!
//! It is written after every commit and not synchronised, so it never runs ahead of the store. A store that is
//! behind it is an older state: a copy that was put back, or a backup. Only what it says first is synchronised: a
//! machine that loses power must not leave an empty one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use milagro_base::{Reader, Writer};
use milagro_ledger::LedgerId;
use milagro_store::files;

/// Version (1 byte), name of the ledger (32), sequence number (8).
const LEN: usize = 41;
const VERSION: u8 = 1;

/// An open witness file.
#[derive(Debug)]
pub(crate) struct Witness(File);

/// What a witness file says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Testimony {
    pub(crate) id: LedgerId,
    pub(crate) sequence: u64,
}

/// The name of the witness file of a store.
pub(crate) fn beside(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".witness");
    name.into()
}

impl Witness {
    /// Makes the file anew.
    pub(crate) fn create(store: &Path) -> io::Result<Self> {
        Ok(Self(files::create_anew(&beside(store))?))
    }

    /// Reads the file; `None` if it is missing or is no witness file.
    pub(crate) fn look(store: &Path) -> io::Result<Option<Testimony>> {
        match std::fs::read(beside(store)) {
            Ok(bytes) => Ok(Testimony::from_bytes(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens the file and reads it; `None` if it is missing or is no witness file.
    pub(crate) fn open(store: &Path) -> io::Result<Option<(Self, Testimony)>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(beside(store));
        let mut file = match file {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::with_capacity(LEN + 1);
        (&mut file).take(42).read_to_end(&mut bytes)?;
        Ok(Testimony::from_bytes(&bytes).map(|said| (Self(file), said)))
    }

    /// Notes how far the store has come.
    pub(crate) fn note(&mut self, testimony: Testimony) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(0))?;
        self.0.write_all(&testimony.to_bytes())
    }

    /// Puts on the disk what it says.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.0.sync_all()
    }
}

impl Testimony {
    fn to_bytes(self) -> Vec<u8> {
        Writer::with_capacity(LEN)
            .u8(VERSION)
            .bytes(&self.id.to_bytes())
            .u64(self.sequence)
            .finish()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION).ok()?;
        let id = LedgerId::from_bytes(*reader.array().ok()?);
        let sequence = reader.u64().ok()?;
        reader.finish().ok()?;
        Some(Self { id, sequence })
    }
}
