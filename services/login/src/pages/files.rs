//! The built files.

use alloc::collections::BTreeMap;
use core::fmt;

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The file that lists the others.
const MANIFEST: &str = "manifest.json";
/// Most files.
const FILES_MAX: usize = 64;
/// Characters of the hash in a name: 96 bits.
const HASH: usize = 16;
/// The files that a service must have.
const NEEDED: [&str; 5] = [PAGE, PAD, "pages.js", "pages.css", "worker.js"];
/// The document that all pages share.
pub(crate) const PAGE: &str = "page.html";
/// The script that applications name.
pub(crate) const PAD: &str = "pad.js";

/// The built files of the pad.
#[derive(Clone)]
pub struct Pages {
    files: BTreeMap<String, File>,
}

/// One of them.
#[derive(Clone)]
pub(crate) struct File {
    /// Its name, with the hash of its content in it.
    pub(crate) name: String,
    pub(crate) media: &'static str,
    pub(crate) content: Bytes,
}

/// Why a directory is not one of the pad.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PagesError {
    /// It has no list of its files.
    NoManifest,
    /// The list is not what the build writes.
    Manifest,
    /// A file is not there.
    Missing(String),
    /// The name of a file is none that the build gives, or is not that of its content.
    Name(String),
}

impl Pages {
    /// Checks built files: their names, without a directory, and their contents. Files that the list does not name are left out.
    ///
    /// # Errors
    /// [`PagesError`].
    pub fn new(mut built: BTreeMap<String, Vec<u8>>) -> Result<Self, PagesError> {
        let manifest = built.remove(MANIFEST).ok_or(PagesError::NoManifest)?;
        let named: BTreeMap<String, String> =
            serde_json::from_slice(&manifest).map_err(|_| PagesError::Manifest)?;
        if named.len() > FILES_MAX {
            return Err(PagesError::Manifest);
        }
        let mut files = BTreeMap::new();
        for (logical, name) in named {
            let content = built.remove(&name);
            let content = content.ok_or_else(|| PagesError::Missing(name.clone()))?;
            let media = checked(&logical, &name, &content);
            let media = media.ok_or_else(|| PagesError::Name(name.clone()))?;
            let content = Bytes::from(content);
            files.insert(
                logical,
                File {
                    name,
                    media,
                    content,
                },
            );
        }
        let missing = NEEDED.into_iter().find(|name| !files.contains_key(*name));
        match missing {
            Some(name) => Err(PagesError::Missing(name.to_owned())),
            None => Ok(Self { files }),
        }
    }

    pub(crate) fn file(&self, logical: &str) -> Option<&File> {
        self.files.get(logical)
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.values()
    }
}

/// The media type of a file whose name is `STEM-HASH.END` for the logical name `STEM.END` and the hash of its content.
fn checked(logical: &str, name: &str, content: &[u8]) -> Option<&'static str> {
    let (stem, end) = logical.rsplit_once('.')?;
    let plain = |part: &str| {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        !part.is_empty() && part.bytes().all(letter)
    };
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(content));
    let right = format!("{stem}-{}.{end}", hash.get(..HASH)?);
    (plain(stem) && right == name).then_some(())?;
    match end {
        "css" => Some("text/css; charset=utf-8"),
        "html" => Some("text/html; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "wasm" => Some("application/wasm"),
        _ => None,
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.files().map(|file| &file.name))
            .finish()
    }
}

impl fmt::Display for PagesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoManifest => write!(f, "no {MANIFEST}"),
            Self::Manifest => write!(f, "{MANIFEST} is not what the build of the pad writes"),
            Self::Missing(name) => write!(f, "{name} is missing"),
            Self::Name(name) => write!(f, "{name} has another content than its name says"),
        }
    }
}

impl core::error::Error for PagesError {}
