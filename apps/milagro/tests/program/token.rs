//! A token of SoftHSM, for the tests of PKCS#11.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::{good, random_key, secret};

/// Where Debian, on its architectures, and others put the module.
const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
];

/// A token with a PIN, in a directory.
pub(crate) struct Token {
    pub(crate) directory: TempDir,
    pub(crate) pin: String,
    module: &'static str,
}

impl Token {
    /// `None` where SoftHSM is not installed, which fails if `MILAGRO_REQUIRE_INTEROP=1`.
    pub(crate) fn new() -> Option<Self> {
        let module = MODULES
            .into_iter()
            .find(|module| Path::new(module).exists());
        let Some(module) = module else {
            let required = env::var_os("MILAGRO_REQUIRE_INTEROP").is_some_and(|value| value == "1");
            assert!(!required, "SoftHSM is missing (Debian: softhsm2)");
            eprintln!("no SoftHSM: nothing is tried with PKCS#11");
            return None;
        };
        let directory = tempfile::tempdir().expect("a directory");
        let tokens = directory.path().join("tokens");
        fs::create_dir(&tokens).expect("a directory");
        let configuration = format!(
            "directories.tokendir = {}\nlog.level = ERROR\n",
            tokens.display()
        );
        fs::write(directory.path().join("softhsm2.conf"), configuration).expect("written");
        let pin = random_key();
        let token = Self {
            directory,
            pin,
            module,
        };
        let mut command = Command::new("softhsm2-util");
        command.env("SOFTHSM2_CONF", token.path("softhsm2.conf"));
        command.args([
            "--init-token",
            "--free",
            "--label",
            "council",
            "--so-pin",
            "12345678",
        ]);
        command.args(["--pin", &token.pin]);
        good(command.output().expect("softhsm2-util runs"));
        secret(&token.path("pin"), &format!("{}\n", token.pin));
        Some(token)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Where the key is, as variables.
    pub(crate) fn variables(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("MILAGRO_PKCS11_MODULE", self.module.into()),
            ("MILAGRO_PKCS11_TOKEN", "council".into()),
            ("MILAGRO_PKCS11_KEY", "operator".into()),
            ("MILAGRO_PKCS11_PIN_FILE", self.path("pin").into()),
            ("SOFTHSM2_CONF", self.path("softhsm2.conf").into()),
        ]
    }
}
