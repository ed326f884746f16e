//! The table of attacks: each names tests that are there.

use std::fs;
use std::path::Path;

const README: &str = include_str!("../../README.md");

/// The names of all tests in a directory, and in those below.
fn tests(directory: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let mut marked = false;
        for line in text.lines().map(str::trim) {
            if line == "#[test]" || line.starts_with("#[tokio::test") {
                marked = true;
            } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| marked) {
                let name = rest.split('(').next().unwrap_or_default();
                found.push(name.to_owned());
                marked = false;
            }
        }
    }
}

#[test]
fn every_attack_names_its_test() {
    let mut found = Vec::new();
    tests(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    let (_, section) = README.split_once("\n## Attacks\n").unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    let mut sections = Vec::new();
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [section, _, _, named] = cells[..] else {
            panic!("not four cells: {row}")
        };
        sections.push(section);
        let names: Vec<_> = named.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test: {row}");
        for name in names {
            assert!(found.iter().any(|one| one == name), "{name} is no test");
        }
    }
    // RFC 9700, section 4, from its beginning to its end.
    for number in 1..=17 {
        let section = format!("4.{number}");
        assert!(sections.contains(&section.as_str()), "no row for {section}");
    }
}
