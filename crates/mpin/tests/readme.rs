//! README.md against the sources.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn page() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

fn sources(directory: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
}

/// Whole tags, and those that the macro puts together from role and suite.
fn tags() -> Vec<String> {
    let source = fs::read_to_string(root().join("src/proof/tags.rs")).unwrap();
    let mut tags = Vec::new();
    for constant in source.split("pub(crate) const ").skip(1) {
        let (value, _) = constant.split_once(';').unwrap();
        let quoted: Vec<&str> = value.split('"').skip(1).step_by(2).collect();
        tags.push(match quoted.as_slice() {
            [role, suite] => format!("MILAGRO-V1-{role}-{suite}"),
            other => other.concat(),
        });
    }
    tags
}

#[test]
fn lists_every_tag() {
    let (page, tags) = (page(), tags());
    assert!(tags.len() >= 9, "{tags:?}");
    for tag in tags {
        assert!(tag.starts_with("MILAGRO-V1-"), "{tag}");
        assert!(page.contains(&format!("`{tag}`")), "{tag}");
    }
}

#[test]
fn lists_every_reason_of_a_refusal() {
    let source = fs::read_to_string(root().join("src/server/reason.rs")).unwrap();
    let (_, reasons) = source.split_once("pub enum Reason {").unwrap();
    let (reasons, _) = reasons.split_once('}').unwrap();
    let names = reasons.lines().map(str::trim);
    let names = names.filter_map(|line| line.strip_suffix(','));
    let page = page();
    let mut count = 0;
    for name in names.filter(|name| name.chars().all(char::is_alphanumeric)) {
        assert!(page.contains(&format!("`{name}`")), "{name}");
        count += 1;
    }
    assert!(count >= 7, "{count}");
}

#[test]
fn lists_every_function_that_takes_variable_time() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    assert!(files.len() > 20, "{}", files.len());
    let page = page();
    for line in files.iter().flat_map(|file| file.lines()) {
        let name = line.trim_start().strip_prefix("pub fn ");
        let name = name.and_then(|rest| rest.split(['(', '<']).next());
        if let Some(name) = name.filter(|name| name.contains("vartime")) {
            assert!(page.contains(name), "{name}");
        }
    }
}
