//! What must not stand in a source file.

use crate::code::{code, lines_with, words};
use crate::tree::Tree;

/// The only files that name the backend, and the only ones with unsafe code.
const BACKEND: [&str; 2] = ["crates/curve/src/backend.rs", "crates/curve/src/backend/"];

/// The root of the crate that holds the backend.
const CURVE: &str = "crates/curve/src/lib.rs";

/// Neither is published: the allocator that tests search for secrets, which is nothing but unsafe calls, and the names that
/// a page calls, where nothing is unsafe but that they are names.
const UNPUBLISHED: [&str; 2] = [
    "test-vectors/freed-memory/src/recorder.rs",
    "apps/pad/wasm/src/exports.rs",
];

/// The roots of the crates that these files belong to.
const UNSAFE: [&str; 3] = [
    CURVE,
    "test-vectors/freed-memory/src/lib.rs",
    "apps/pad/wasm/src/lib.rs",
];

const LONGEST: usize = 400;

/// `blst` and `blstrs` in the code of a crate, outside the backend.
pub(crate) fn backend(tree: &Tree) -> Vec<String> {
    let crates = tree.rust().filter(|(path, _)| path.starts_with("crates/"));
    let foreign = crates.filter(|(path, _)| !in_backend(path));
    found(foreign, &["blst", "blstrs"])
}

/// Crate roots without `#![forbid(unsafe_code)]`, and unsafe code outside the backend and what is not published.
pub(crate) fn safety(tree: &Tree) -> Vec<String> {
    let mut faults = found(
        tree.rust()
            .filter(|(path, _)| !in_backend(path) && !UNPUBLISHED.contains(path)),
        &["unsafe"],
    );
    for (path, text) in tree
        .rust()
        .filter(|(path, _)| is_root(path) && !UNSAFE.contains(path))
    {
        if !text.contains("\n#![forbid(unsafe_code)]\n") {
            faults.push(format!("{path}: does not forbid unsafe code"));
        }
    }
    faults
}

/// Tests of stores, and of programs over them, that need a server of their own: `.ci/run stores` starts it and runs them.
const SERVERS: &str = "/tests/servers/";

fn over_stores(path: &str) -> bool {
    ["stores/", "apps/"]
        .iter()
        .any(|tier| path.starts_with(tier))
}

/// Code that is not there yet, and tests that do not run.
pub(crate) fn stubs(tree: &Tree) -> Vec<String> {
    let mut faults = found(tree.rust(), &["todo", "unimplemented", "dbg"]);
    let everywhere = tree
        .rust()
        .filter(|(path, _)| !(over_stores(path) && path.contains(SERVERS)));
    for (path, text) in everywhere {
        for attribute in attributes(&code(text)) {
            if words(&attribute).any(|word| word == "ignore") {
                faults.push(format!("{path}: {attribute}"));
            }
        }
    }
    faults
}

/// `allow` and `expect` attributes that do not say why.
pub(crate) fn reasons(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in tree.rust() {
        for attribute in attributes(&code(text)) {
            let has = |name| words(&attribute).any(|word| word == name);
            if (has("allow") || has("expect")) && !has("reason") {
                faults.push(format!("{path}: {attribute} without a reason"));
            }
        }
    }
    faults
}

/// Files in a `src` directory that are too long.
pub(crate) fn length(tree: &Tree) -> Vec<String> {
    tree.rust()
        .filter(|(path, _)| path.contains("/src/"))
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect()
}

fn found<'a>(files: impl Iterator<Item = (&'a str, &'a str)>, forbidden: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in files {
        let code = code(text);
        for word in forbidden {
            faults.extend(lines_with(&code, word).map(|line| format!("{path}:{line}: {word}")));
        }
    }
    faults
}

fn in_backend(path: &str) -> bool {
    BACKEND.iter().any(|start| path.starts_with(start))
}

/// A file that starts a crate: a library, a program, or one test, bench or example.
fn is_root(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let (file, directory) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    match directory {
        "src" => matches!(file, "lib.rs" | "main.rs"),
        "bin" | "examples" => true,
        _ => false,
    }
}

/// The attributes of a piece of code, from `#` to the closing bracket, on one line.
fn attributes(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices('#') {
        let rest = code.get(start..).unwrap_or_default();
        if rest.starts_with("#[") || rest.starts_with("#![") {
            let mut depth = 0_i32;
            let end = rest.find(|character| {
                depth += i32::from(character == '[') - i32::from(character == ']');
                character == ']' && depth == 0
            });
            let text = rest
                .get(..=end.unwrap_or(rest.len() - 1))
                .unwrap_or_default();
            found.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    found
}

#[cfg(test)]
mod tests;
