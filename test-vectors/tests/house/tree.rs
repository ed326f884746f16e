//! The text files of the project.

use alloc::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Contents by path from the root of the project, with `/` between the parts.
pub(crate) struct Tree(BTreeMap<String, String>);

impl Tree {
    /// What the working tree holds, without build directories.
    pub(crate) fn of_project() -> Self {
        let mut tree = Self(BTreeMap::new());
        tree.descend(&root(), "");
        assert!(
            tree.get("crates/curve/src/lib.rs").is_some(),
            "this is not the project"
        );
        tree
    }

    /// A fabricated tree.
    pub(crate) fn from_files(files: &[(&str, &str)]) -> Self {
        Self(
            files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect(),
        )
    }

    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Every file below a directory, given with its final `/`, by the rest of its path.
    pub(crate) fn below<'a>(&'a self, directory: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .keys()
            .filter_map(move |path| path.strip_prefix(directory))
    }

    /// The directories of what stands on tiers, libraries first.
    pub(crate) fn packages(&self) -> Vec<String> {
        let manifest = |tier: &str, file: &str| {
            let name = file.strip_suffix("/Cargo.toml")?;
            (!name.contains('/')).then(|| format!("{tier}/{name}"))
        };
        let mut found = Vec::new();
        for tier in TIERS {
            let start = format!("{tier}/");
            found.extend(self.below(&start).filter_map(|file| manifest(tier, file)));
        }
        found
    }

    /// Every Rust file.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .filter(|(path, _)| Path::new(path).extension().is_some_and(|end| end == "rs"))
    }

    fn descend(&mut self, directory: &Path, prefix: &str) {
        if directory.join("CACHEDIR.TAG").exists() {
            return; // cargo's target directory, wherever it is
        }
        for entry in fs::read_dir(directory).expect("a readable directory") {
            let path = entry.expect("a readable entry").path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .expect("a UTF-8 name");
            let inside = format!("{prefix}{name}");
            if path.is_dir() {
                if !SKIPPED.contains(&name) {
                    self.descend(&path, &format!("{inside}/"));
                }
            } else if let Ok(text) = fs::read_to_string(&path) {
                self.0.insert(inside, text);
            }
        }
    }
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let member = Path::new(env!("CARGO_MANIFEST_DIR"));
    member
        .parent()
        .expect("a member lies below the root")
        .to_owned()
}

/// From the ground up.
pub(crate) const TIERS: [&str; 4] = ["crates", "stores", "services", "apps"];

/// Build output and the fuzzer's corpora.
const SKIPPED: [&str; 6] = [
    ".git",
    "target",
    "corpus",
    "artifacts",
    "coverage",
    "node_modules",
];
