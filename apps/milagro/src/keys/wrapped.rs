//! A key in a file, encrypted by a key-management service or by a token.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use milagro_dta::rand_core::CryptoRng;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::exit::{Failure, Outcome};
use crate::keys::command::{self, Tool};
use crate::keys::source::bounded;
use crate::keys::text::{self, Key};
use crate::keys::token::Token;
use crate::settings::Common;

/// The wrapped key, in the directory.
pub(super) const FILE: &str = "operator-key";

/// Longest wrapped key: some services add certificates.
pub(super) const WRAPPED_MAX: usize = 1 << 16;

/// A wrapped key, and who unwraps it.
pub(super) struct Wrapped {
    file: PathBuf,
    by: By,
}

enum By {
    /// A command of a key-management service, and the one that wraps.
    Command(Tool, Option<Tool>),
    /// A key in a token.
    Token(Token),
}

impl Wrapped {
    pub(super) fn new(common: &Common) -> Outcome<Self> {
        let beside = common.data.as_deref().map(|data| data.join(FILE));
        let file = common.key_wrapped.clone().or(beside);
        let by = match &common.key_unwrap_command {
            Some(unwrap) => {
                let seconds = common.key_command_seconds;
                let wrap = common.key_wrap_command.as_deref();
                let wrap = wrap.map(|wrap| Tool::new("key-wrap-command", wrap, seconds));
                let unwrap = Tool::new("key-unwrap-command", unwrap, seconds)?;
                By::Command(unwrap, wrap.transpose()?)
            }
            None => By::Token(Token::new(common)?),
        };
        Ok(Self {
            file: file.ok_or_else(|| Failure::config("key-wrapped: needs it, or --data"))?,
            by,
        })
    }

    /// Unwraps the key.
    pub(super) fn find(&self) -> Outcome<Key> {
        let wrapped = read_file(&self.file, WRAPPED_MAX)?.ok_or_else(|| {
            let path = self.file.display();
            Failure::config(format!(
                "{path}: there is no wrapped key; `milagro init` makes one"
            ))
        })?;
        self.unwrap(&wrapped)
    }

    /// Draws a key and wraps it, if there is none yet. It is unwrapped again before the file is written, so that no
    /// directory is sealed under a key that does not come back.
    pub(super) fn make<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> Outcome<Key> {
        if read_file(&self.file, WRAPPED_MAX)?.is_some() {
            return self.find();
        }
        let mut key: Key = Box::new(Zeroizing::new([0; 32]));
        rng.fill_bytes(&mut **key);
        let wrapped = match &self.by {
            By::Command(_, Some(wrap)) => command::run(wrap, &text::encode(&key), WRAPPED_MAX)?,
            By::Command(_, None) => {
                return Err(Failure::config(format!(
                    "{}: there is no wrapped key, and no key-wrap-command to make one",
                    self.file.display()
                )));
            }
            By::Token(token) => Zeroizing::new(token.wrap(rng, &key)?),
        };
        if wrapped.windows(32).any(|window| window == key.as_slice())
            || wrapped
                .windows(text::LENGTH)
                .any(|window| window == text::encode(&key).as_slice())
        {
            return Err(Failure::config(
                "key-wrap-command: what it wrote has the key in it",
            ));
        }
        let again = self.unwrap(&wrapped)?;
        if !bool::from(again.as_slice().ct_eq(key.as_slice())) {
            return Err(Failure::config(
                "the wrapped key does not unwrap to the same key",
            ));
        }
        write_new(&self.file, &wrapped)?;
        Ok(key)
    }

    fn unwrap(&self, wrapped: &[u8]) -> Outcome<Key> {
        match &self.by {
            By::Command(unwrap, _) => {
                let said = command::run(unwrap, wrapped, text::MOST)?;
                text::decode(&said).ok_or_else(|| {
                    Failure::config("key-unwrap-command: it wrote no 43 characters of base64url")
                })
            }
            By::Token(token) => token.unwrap(wrapped),
        }
    }
}

/// A file of bounded length; `None` if it is not there.
pub(super) fn read_file(path: &Path, most: usize) -> Outcome<Option<Zeroizing<Vec<u8>>>> {
    let fault = |error: io::Error| Failure::config(format!("{}: {error}", path.display()));
    match File::open(path) {
        Ok(file) => bounded(file, most).map(Some).map_err(fault),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault(error)),
    }
}

/// A new file that nobody else reads, on the disk when this returns.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Outcome<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let write = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    };
    write().map_err(|error| Failure::other(format!("{}: {error}", path.display())))
}
