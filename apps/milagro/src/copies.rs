//! Backups: directories with copies of the store, the sealed shares and the audit file, and a list of these with their hashes.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use milagro_base::Seconds;
use milagro_wire::name::Name;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::exit::{Failure, Outcome};
use crate::progress::Talk;

/// The list of a backup.
const LIST: &str = "backup.json";
/// Longest list, in bytes.
const LIST_MAX: u64 = 1 << 20;
const VERSION: u16 = 1;

/// What is in a backup.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Backup {
    version: u16,
    /// When it was made.
    pub(crate) made: u64,
    files: Vec<Copied>,
}

/// A file of a backup.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Copied {
    /// From the directory on.
    path: PathBuf,
    bytes: u64,
    sha256: Name,
}

impl Backup {
    /// Copies files into a directory, which is there in full and on the disk, or not at all.
    pub(crate) fn make(from: &Path, files: &[PathBuf], to: &Path, now: Seconds) -> Outcome<Self> {
        if fs::symlink_metadata(to).is_ok() {
            let words = format!("{}: it is there; backup overwrites nothing", to.display());
            return Err(Failure::config(words));
        }
        let mut draft = to.as_os_str().to_owned();
        draft.push(format!(".part-{}", std::process::id()));
        let draft = PathBuf::from(draft);
        let made = Self::fill(from, files, &draft, now);
        let named = made.and_then(|made| {
            fs::rename(&draft, to).map_err(|error| fault(to, &error))?;
            Ok(made)
        });
        if named.is_err() {
            let _left = fs::remove_dir_all(&draft);
        }
        named
    }

    fn fill(from: &Path, files: &[PathBuf], to: &Path, now: Seconds) -> Outcome<Self> {
        directory(to)?;
        let total = files.iter().map(|file| length(&from.join(file)));
        let talk = Talk::bytes("copying", total.sum::<Outcome<u64>>()?);
        let copied = files.iter().map(|file| {
            if let Some(parent) = file.parent().filter(|parent| *parent != Path::new("")) {
                directory(&to.join(parent))?;
            }
            let (bytes, sha256) = copy(&from.join(file), &to.join(file), &talk)?;
            Ok(Copied {
                path: file.clone(),
                bytes,
                sha256,
            })
        });
        let backup = Self {
            version: VERSION,
            made: now.get(),
            files: copied.collect::<Outcome<_>>()?,
        };
        let text = serde_json::to_vec(&backup).map_err(Failure::other)?;
        let list = to.join(LIST);
        let mut file = private(&list).map_err(|error| fault(&list, &error))?;
        let written = file.write_all(&text).and_then(|()| file.sync_all());
        written.map_err(|error| fault(&list, &error))?;
        Ok(backup)
    }

    /// Reads the list of a backup.
    pub(crate) fn read(from: &Path) -> Outcome<Self> {
        let list = from.join(LIST);
        let mut text = Vec::new();
        let file = File::open(&list).map_err(|error| fault(&list, &error))?;
        let read = file.take(LIST_MAX).read_to_end(&mut text);
        read.map_err(|error| fault(&list, &error))?;
        let backup: Self = serde_json::from_slice(&text)
            .map_err(|error| Failure::config(format!("{}: {error}", list.display())))?;
        if backup.version != VERSION {
            return Err(Failure::config("a backup of another release"));
        }
        let plain = |file: &Copied| {
            let mut parts = file.path.components();
            parts.all(|part| matches!(part, Component::Normal(_)))
        };
        if !backup.files.iter().all(plain) {
            return Err(Failure::config("a backup with paths that lead out of it"));
        }
        Ok(backup)
    }

    /// Copies the files into a directory, and compares what arrives with the list.
    pub(crate) fn put(&self, from: &Path, to: &Path) -> Outcome<()> {
        directory(to)?;
        let total = self.files.iter().map(|file| file.bytes);
        let talk = Talk::bytes("copying", total.fold(0, u64::saturating_add));
        for file in &self.files {
            if let Some(parent) = file.path.parent() {
                directory(&to.join(parent))?;
            }
            let source = from.join(&file.path);
            let arrived = copy(&source, &to.join(&file.path), &talk)?;
            if arrived != (file.bytes, file.sha256) {
                let words = format!("{}: not what was backed up", source.display());
                return Err(Failure::other(words));
            }
        }
        Ok(())
    }
}

/// A directory of nobody else, and those above it.
pub(crate) fn directory(path: &Path) -> Outcome<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|error| fault(path, &error))
}

/// A new file of nobody else.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

fn length(path: &Path) -> Outcome<u64> {
    let found = fs::metadata(path).map_err(|error| fault(path, &error))?;
    Ok(found.len())
}

/// Copies a file, which is on the disk then; its length and hash.
fn copy(from: &Path, to: &Path, talk: &Talk) -> Outcome<(u64, Name)> {
    let copied = || -> io::Result<(u64, Name)> {
        let (mut source, mut target) = (File::open(from)?, private(to)?);
        let (mut hash, mut bytes, mut piece) = (Sha256::new(), 0_u64, vec![0; 1 << 16]);
        loop {
            let read = source.read(&mut piece)?;
            let Some(read) = piece.get(..read).filter(|read| !read.is_empty()) else {
                break;
            };
            target.write_all(read)?;
            hash.update(read);
            let more = u64::try_from(read.len()).unwrap_or(u64::MAX);
            bytes = bytes.saturating_add(more);
            talk.step(more);
        }
        target.sync_all()?;
        Ok((bytes, Name::from_bytes(hash.finalize().into())))
    };
    copied().map_err(|error| fault(from, &error))
}

fn fault(path: &Path, error: &io::Error) -> Failure {
    Failure::other(format!("{}: {error}", path.display()))
}
