//! README.md against the sources.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;

/// Names of public functions that end in `_vartime`.
fn vartime(directory: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            vartime(&path, found);
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        for line in source.lines() {
            let name = line.trim_start().strip_prefix("pub fn ");
            let name = name.and_then(|rest| rest.split(['(', '<']).next());
            found.extend(
                name.filter(|name| name.contains("vartime"))
                    .map(str::to_owned),
            );
        }
    }
}

#[test]
fn lists_every_function_that_takes_variable_time() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("README.md")).unwrap();
    let mut names = Vec::new();
    vartime(&root.join("src"), &mut names);
    assert!(names.len() >= 8, "{names:?}");
    for name in names {
        let listed = page.contains(&format!("`{name}`")) || page.contains(&format!("::{name}`"));
        assert!(listed, "{name}");
    }
}
