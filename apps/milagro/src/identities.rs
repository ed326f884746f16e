//! Identities of services (`milagro_tls`), whose keys stand in files: one for each epoch, a line of base64url each.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use milagro_dta::Signing;
use milagro_tls::EpochPolicy;
use milagro_tls::admission::{Anyone, IdentityVerifier};
use milagro_tls::keys::IdentityKey;
use milagro_tls::raw_keys::IdentityResolver;
use milagro_tls::signing::TrustAnchor;
use milagro_wire::bounded::Blob;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use zeroize::Zeroizing;

use crate::directory::{now, secret};
use crate::exit::{Failure, Outcome};

/// The longest key.
const KEY_MAX: usize = 512;

/// Where keys are, and the public key of the authorities that issue them.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    pub(crate) keys: PathBuf,
    pub(crate) anchor: PathBuf,
}

/// An own identity, and whoever the same authorities vouch for.
#[derive(Clone, Debug)]
pub(crate) struct Identities {
    pub(crate) own: Arc<IdentityResolver>,
    pub(crate) others: Arc<IdentityVerifier>,
    files: Files,
}

/// The clock of this process.
#[derive(Debug)]
struct Clock;

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let now = Duration::from_secs(now().get());
        Some(UnixTime::since_unix_epoch(now))
    }
}

impl Identities {
    pub(crate) fn read(files: Files) -> Outcome<Self> {
        let anchor = anchor(&files.anchor)?;
        let mut keys = keys(&files.keys, &anchor)?.into_iter();
        let fault = || Failure::config(format!("{}: no key", files.keys.display()));
        let first = keys.next().ok_or_else(fault)?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let own = IdentityResolver::new(first, EpochPolicy::DAILY, provider, Arc::new(Clock));
        let others = IdentityVerifier::new(anchor, EpochPolicy::DAILY, Anyone);
        let read = Self {
            own: Arc::new(own),
            others: Arc::new(others),
            files,
        };
        read.install(keys)?;
        Ok(read)
    }

    /// Reads the files again. Connections that stand are not affected.
    pub(crate) fn read_again(&self) -> Outcome<()> {
        let anchor = anchor(&self.files.anchor)?;
        let keys = keys(&self.files.keys, &anchor)?;
        self.install(keys)?;
        self.others.believe(anchor);
        Ok(())
    }

    fn install(&self, keys: impl IntoIterator<Item = IdentityKey<Signing>>) -> Outcome<()> {
        let path = self.files.keys.display();
        for key in keys {
            let installed = self.own.install(key);
            installed.map_err(|error| Failure::config(format!("{path}: {error}")))?;
        }
        Ok(())
    }
}

fn anchor(path: &Path) -> Outcome<TrustAnchor> {
    let fault =
        |words: &dyn core::fmt::Display| Failure::config(format!("{}: {words}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| fault(&error))?;
    let blob = Blob::<{ TrustAnchor::LEN }>::from_text(text.trim_end());
    let blob = blob.map_err(|_| fault(&"not the public key of authorities, in base64url"))?;
    TrustAnchor::from_bytes(blob.as_bytes()).map_err(|error| fault(&error))
}

fn keys(path: &Path, anchor: &TrustAnchor) -> Outcome<Vec<IdentityKey<Signing>>> {
    let text = secret(path)?;
    let lines = text.lines().enumerate();
    let keys = lines.map(|(number, line)| {
        let fault = || {
            let words = "not the key of an identity of these authorities";
            Failure::config(format!("{}: line {}: {words}", path.display(), number + 1))
        };
        let blob = Blob::<KEY_MAX>::from_text(line).map_err(|_| fault())?;
        let bytes = Zeroizing::new(blob.as_bytes().to_vec());
        IdentityKey::<Signing>::from_bytes(&bytes, anchor).map_err(|_| fault())
    });
    keys.collect()
}
