//! The README lists every variable-time function, and lists none that is not there.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::fs;
use std::path::Path;

fn names(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let mut names: Vec<_> = words
        .filter(|word| word.contains("vartime"))
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

fn source(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&source(&path));
        } else {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
        text.push('\n');
    }
    text
}

#[test]
fn the_table_is_complete() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let section = readme
        .split("## Constant time")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next())
        .unwrap();
    let rows: Vec<_> = section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    let explained = |row: &str| {
        row.split('|')
            .nth(2)
            .is_some_and(|why| why.trim().len() > 10)
    };
    assert!(rows.iter().all(|row| explained(row)));
    let found = names(&source(&root.join("src")));
    assert!(!found.is_empty());
    assert_eq!(names(&rows.join("\n")), found);
}

#[test]
fn a_new_name_would_be_noticed() {
    assert_eq!(
        names("fn a_vartime() { b_vartime::c(); a_vartime() } // vartime_x, time"),
        ["a_vartime", "b_vartime", "vartime_x"]
    );
}
