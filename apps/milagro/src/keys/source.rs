//! Files, standard input and credentials of systemd.

use core::fmt;
use std::env;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::exit::{Failure, Outcome};

/// Where a secret is read from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Input,
    /// A credential of systemd, of this name.
    Credential(String),
}

/// What stands before the name of a credential.
const CREDENTIAL: &str = "credential:";

impl Source {
    /// `-`, `credential:NAME`, or the path of a file.
    pub(super) fn new(path: &Path) -> Outcome<Self> {
        if path == Path::new("-") {
            return Ok(Self::Input);
        }
        let name = path.to_str().and_then(|text| text.strip_prefix(CREDENTIAL));
        let Some(name) = name else {
            return Ok(Self::File(path.to_owned()));
        };
        // systemd's own rule for names; nothing of it leaves the directory.
        let is_name =
            !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\0']);
        is_name
            .then(|| Self::Credential(name.to_owned()))
            .ok_or_else(|| Failure::config(format!("{}: no name of a credential", path.display())))
    }

    /// At most so many bytes.
    pub(super) fn read(&self, most: usize) -> Outcome<Zeroizing<Vec<u8>>> {
        let read = match self {
            // Without the buffer of `std::io::stdin`, which is never wiped.
            Self::Input => io::stdin()
                .as_fd()
                .try_clone_to_owned()
                .and_then(|input| bounded(File::from(input), most)),
            Self::File(path) => return self.of_file(path, most),
            Self::Credential(name) => {
                let directory = env::var_os("CREDENTIALS_DIRECTORY").ok_or_else(|| {
                    self.fault(
                        &"systemd has given no credentials: CREDENTIALS_DIRECTORY is not set",
                    )
                })?;
                return self.of_file(&Path::new(&directory).join(name), most);
            }
        };
        read.map_err(|error| self.fault(&error))
    }

    fn of_file(&self, path: &Path, most: usize) -> Outcome<Zeroizing<Vec<u8>>> {
        let file = File::open(path).map_err(|error| self.fault(&error))?;
        check_mode(&file).map_err(|error| self.fault(&error))?;
        bounded(file, most).map_err(|error| self.fault(&error))
    }

    pub(super) fn fault(&self, words: &dyn fmt::Display) -> Failure {
        Failure::config(format!("{self}: {words}"))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Input => f.write_str("standard input"),
            Self::Credential(name) => write!(f, "{CREDENTIAL}{name}"),
        }
    }
}

/// All bytes up to the end, into memory that is never moved and is wiped.
pub(super) fn bounded(mut from: impl Read, most: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; most.saturating_add(1)]);
    let mut length = 0_usize;
    loop {
        let room = bytes.get_mut(length..).unwrap_or_default();
        if room.is_empty() {
            let words = format!("more than {most} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, words));
        }
        match from.read(room) {
            Ok(0) => break,
            Ok(read) => length = length.saturating_add(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

/// Bytes without the end of their line.
pub(super) fn line(bytes: &[u8]) -> &[u8] {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A secret that everybody on the machine can read is nobody's.
fn check_mode(file: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let found = file.metadata()?;
    if found.is_file() && found.mode() & 0o007 != 0 {
        let words = "everybody can read it; say chmod o= first";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, words));
    }
    Ok(())
}
