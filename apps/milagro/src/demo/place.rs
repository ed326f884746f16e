//! The directory of one of the services.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use milagro_dta::rand_core::{Rng as _, UnwrapErr};

use crate::commands::init;
use crate::exit::{Failure, Outcome};
use crate::settings::Common;

/// A directory that was made by `init`, with its key.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) common: Common,
    pub(crate) member: String,
    root: PathBuf,
}

impl Place {
    pub(crate) fn new(base: &Path, name: &str, log: &str) -> Outcome<Self> {
        let root = base.join(name);
        fs::create_dir(&root).map_err(Failure::other)?;
        let key = root.join("key");
        secret(&key, &random())?;
        let common = Common {
            data: Some(root.join("data")),
            key_file: Some(key),
            log: Some(log.to_owned()),
            ..Common::default()
        };
        // Nothing was counted before: the domain is a new one.
        let member = init::make(&common, true)?.member.to_text();
        Ok(Self {
            common,
            member,
            root,
        })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// 32 random bytes, in base64url.
pub(crate) fn random() -> String {
    let mut bytes = [0; 32];
    UnwrapErr(getrandom::SysRng).fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Writes a file that only its owner reads.
pub(crate) fn secret(path: &Path, text: &str) -> Outcome<()> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Failure::other(format!("{}: {error}", path.display())))
}

/// A port of this machine that nobody listens on now.
pub(crate) fn port() -> Outcome<u16> {
    let listener = TcpListener::bind("127.0.0.1:0");
    let address = listener.and_then(|listener| listener.local_addr());
    Ok(address.map_err(Failure::other)?.port())
}
