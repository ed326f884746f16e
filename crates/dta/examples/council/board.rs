//! A folder as a board: one file for each message, named after the SHA-256 of its bytes.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use milagro_dta::Mpin;
use milagro_dta::ceremony::Board;
use sha2::{Digest as _, Sha256};

pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Puts a message up. Whoever looks sees all of it or nothing.
    pub(crate) fn post(&self, message: &[u8]) -> io::Result<()> {
        write(&self.0, &name(message), message)
    }

    /// All files that could be messages: regular ones, not too long, and named after what is in them.
    /// Whether they are messages, the board says.
    pub(crate) fn messages(&self) -> io::Result<Vec<Vec<u8>>> {
        let mut messages = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            // The type of the entry itself: symbolic links lead anywhere.
            if !entry.file_type()?.is_file() {
                continue;
            }
            let mut bytes = Vec::new();
            let limit = u64::try_from(Board::<Mpin>::MAX_MESSAGE).unwrap_or(u64::MAX);
            let file = File::open(entry.path())?;
            file.take(limit + 1).read_to_end(&mut bytes)?;
            if entry.file_name().to_str() == Some(&name(&bytes)) {
                messages.push(bytes);
            }
        }
        Ok(messages)
    }
}

fn name(message: &[u8]) -> String {
    let hash = Sha256::digest(message);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a file that is there in full and on the disk, or not at all.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let draft = folder.join(format!(".{name}-{}", std::process::id()));
    let mut file = File::create(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, folder.join(name))?;
    // The name is on the disk when the folder is. Not every system lets folders be opened.
    File::open(folder).map_or(Ok(()), |folder| folder.sync_all())
}
