//! The map in the project's README.md against the sources.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

const MODULES: [&str; 7] = ["base", "ledger", "curve", "mpin", "dta", "voprf", "tls"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Paths in backticks that begin with a module of the facade.
fn paths(page: &str) -> Vec<Vec<String>> {
    let quoted = page.split('`').skip(1).step_by(2);
    let paths = quoted.map(|code| code.split("::").map(str::to_owned).collect::<Vec<_>>());
    paths
        .filter(
            |path| matches!(path.as_slice(), [module, _, ..] if MODULES.contains(&module.as_str())),
        )
        .collect()
}

fn sources(directory: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        all += &if path.is_dir() {
            sources(&path)
        } else {
            fs::read_to_string(&path).unwrap()
        };
    }
    all
}

/// Whether some line of the sources declares the name in public.
fn declares(sources: &str, name: &str) -> bool {
    let words = ["struct", "enum", "trait", "fn", "mod", "type", "const fn"];
    words.iter().any(|word| {
        let start = format!("pub {word} {name}");
        sources.match_indices(&start).any(|(at, _)| {
            let next = sources[at + start.len()..].chars().next();
            next.is_none_or(|next| !next.is_alphanumeric() && next != '_')
        })
    })
}

#[test]
fn everything_on_the_map_is_there() {
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    let paths = paths(&page);
    assert!(paths.len() > 30, "{paths:?}");
    for path in paths {
        let sources = sources(&root().join("crates").join(&path[0]).join("src"));
        for name in &path[1..] {
            assert!(declares(&sources, name), "{}", path.join("::"));
        }
    }
}

#[test]
fn a_name_that_is_not_there_is_found_out() {
    let sources = "pub struct Token;\npub const fn kind() {}\npub enum Tokens {}\nfn inner() {}";
    assert!(declares(sources, "Token") && declares(sources, "kind"));
    assert!(!declares(sources, "Tok") && !declares(sources, "inner"));
    assert_eq!(
        paths("`dta::A` and `other::B`, `mpin` `voprf::a::b`").len(),
        2
    );
}
