//! Facts that are written down in more than one place.

use crate::metadata::Package;
use crate::tree::Tree;

/// What members disagree on. Above the libraries a newer Rust may be needed.
pub(crate) fn members(members: &[Package]) -> Vec<String> {
    let Some(first) = members.iter().find(|package| !package.is_above()) else {
        return vec!["a workspace without members".to_owned()];
    };
    let mut faults = Vec::new();
    for package in members {
        for (fact, same) in [
            ("version", package.version == first.version),
            ("edition", package.edition == first.edition),
            (
                "licence",
                package.license == first.license && package.license.is_some(),
            ),
            (
                "rust-version",
                (package.rust_version == first.rust_version || package.is_above())
                    && package.rust_version.is_some(),
            ),
        ] {
            if !same {
                faults.push(format!(
                    "{}: another {fact} than {}, or none",
                    package.name, first.name
                ));
            }
        }
    }
    faults
}

/// What a published crate lacks: its own licence texts, a page and a list of changes.
pub(crate) fn papers(members: &[Package], tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for package in members.iter().filter(|package| package.is_published()) {
        let directory = package.directory();
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            let text = tree.get(&format!("{directory}/{licence}"));
            if text.is_none() || text != tree.get(licence) {
                faults.push(format!("{directory}: {licence} is not that of the project"));
            }
        }
        if tree
            .get(&format!("{directory}/README.md"))
            .is_none_or(|text| text.trim().is_empty())
        {
            faults.push(format!("{directory}: no README.md"));
        }
        let changes = tree.get(&format!("{directory}/CHANGELOG.md"));
        if !changes.is_some_and(|text| text.contains("\n## ")) {
            faults.push(format!(
                "{directory}: no CHANGELOG.md with a heading for a release"
            ));
        }
        if package.description.is_none() || package.readme.is_none() {
            faults.push(format!(
                "{directory}: the manifest lacks a description or a readme"
            ));
        }
    }
    faults
}

/// What `README.md` of the project no longer says as it is: the Rust version, the crates, and the commands that
/// `.ci/run` takes from it, each on a line of its own.
pub(crate) fn page(members: &[Package], tree: &Tree) -> Vec<String> {
    let page = tree.get("README.md").unwrap_or_default();
    let mut facts: Vec<String> = Vec::new();
    for package in members.iter().filter(|package| package.is_published()) {
        facts.push(format!("[`{}`]({})", package.name, package.directory()));
        let promise = package.rust_version.iter().filter(|_| !package.is_above());
        facts.extend(promise.map(|version| format!("Rust {version}")));
    }
    let script = tree.get(".ci/run").unwrap_or_default();
    let commands = script
        .lines()
        .filter_map(|line| line.trim().strip_prefix("promised "));
    facts.extend(commands.map(|command| format!("\n{command}\n")));
    facts.sort();
    facts.dedup();
    facts.retain(|fact| !page.contains(fact.as_str()));
    facts
        .iter()
        .map(|fact| format!("README.md: no {fact:?}"))
        .collect()
}

/// Steps that a page tells to run and that `.ci/run` does not have.
pub(crate) fn steps(tree: &Tree) -> Vec<String> {
    let script = tree.get(".ci/run").unwrap_or_default();
    let list = |line: &str| {
        let list = line.strip_prefix("readonly STEPS=(");
        let list = list.or_else(|| line.strip_prefix("readonly MORE=("));
        Some(list?.strip_suffix(')')?.to_owned())
    };
    let known: Vec<String> = script.lines().filter_map(list).collect();
    let known: Vec<&str> = known.iter().flat_map(|list| list.split(' ')).collect();
    let mut faults = Vec::new();
    for page in [
        "CONTRIBUTING.md",
        "README.md",
        "interop/README.md",
        "stores/embedded/README.md",
        "stores/postgres/README.md",
        "stores/redis/README.md",
    ] {
        let text = tree.get(page).unwrap_or_default();
        for command in text.split("`.ci/run ").skip(1) {
            let named = command
                .split('`')
                .next()
                .unwrap_or_default()
                .split_whitespace();
            let missing = named.filter(|step| !known.contains(step));
            faults.extend(missing.map(|step| format!("{page}: .ci/run has no step {step}")));
        }
    }
    faults
}

/// Fuzz targets that the manifest or one of the two tables of `fuzz/README.md` lacks, and rows without a target.
pub(crate) fn targets(tree: &Tree) -> Vec<String> {
    let manifest = tree.get("fuzz/Cargo.toml").unwrap_or_default();
    let page = tree.get("fuzz/README.md").unwrap_or_default();
    let rows = || {
        page.lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
    };
    let files: Vec<&str> = tree
        .below("fuzz/fuzz_targets/")
        .filter_map(|file| file.strip_suffix(".rs"))
        .collect();
    let mut faults = Vec::new();
    for target in &files {
        if !manifest.contains(&format!("\nname = \"{target}\"\n")) {
            faults.push(format!("fuzz/Cargo.toml: no {target}"));
        }
        if rows().filter(|row| row == target).count() != 2 {
            faults.push(format!(
                "fuzz/README.md: {target} needs a row in both tables"
            ));
        }
    }
    let stray = rows().filter(|row| !files.contains(row));
    faults.extend(stray.map(|row| format!("fuzz/README.md: there is no {row}")));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_disagreement() {
        let good = Package::fabricated("a", &[]);
        assert_eq!(members(&[good.clone(), good.clone()]), [""; 0]);
        let tweaks: [fn(&mut Package); 7] = [
            |package| package.version = "0.1.1".to_owned(),
            |package| package.edition = "2021".to_owned(),
            |package| package.license = Some("MIT".to_owned()),
            |package| package.license = None,
            |package| package.rust_version = Some("1.89".to_owned()),
            |package| package.rust_version = None,
            |package| package.rust_version = Some("1.88.0".to_owned()),
        ];
        for (index, tweak) in tweaks.iter().enumerate() {
            let mut other = good.clone();
            tweak(&mut other);
            assert_eq!(members(&[good.clone(), other]).len(), 1, "tweak {index}");
        }
        assert_eq!(members(&[]).len(), 1);
    }

    #[test]
    fn a_store_may_need_a_newer_rust() {
        let mut store = Package::fabricated_in("stores", "s", &[]);
        store.rust_version = Some("1.90".to_owned());
        let library = Package::fabricated("a", &[]);
        let all = |store: &Package| members(&[store.clone(), library.clone()]).len();
        assert_eq!(all(&store), 0);
        let tree = Tree::from_files(&[("README.md", "[`s`](stores/s)")]);
        assert_eq!(page(core::slice::from_ref(&store), &tree), [""; 0]);
        store.rust_version = None;
        assert_eq!(all(&store), 1);
        store.rust_version = Some("1.90".to_owned());
        store.version = "0.2.0".to_owned();
        assert_eq!(all(&store), 1);
        assert_eq!(members(&[store]).len(), 1);
    }

    #[test]
    fn finds_each_missing_paper() {
        let package = Package::fabricated("a", &[]);
        let files = [
            ("LICENSE-APACHE", "apache"),
            ("LICENSE-MIT", "mit"),
            ("crates/a/LICENSE-APACHE", "apache"),
            ("crates/a/LICENSE-MIT", "mit"),
            ("crates/a/README.md", "page"),
            ("crates/a/CHANGELOG.md", "# Changes\n\n## Unreleased\n"),
        ];
        let judge = |files: &[(&str, &str)]| {
            papers(core::slice::from_ref(&package), &Tree::from_files(files))
        };
        assert_eq!(judge(&files), [""; 0]);
        for (index, (path, _)) in files.iter().enumerate() {
            let (mut without, mut other) = (files.to_vec(), files.to_vec());
            without.remove(index);
            assert_eq!(judge(&without).len(), 1, "{path} missing");
            if let Some((_, text)) = other.get_mut(index) {
                *text = "";
            }
            assert_eq!(judge(&other).len(), 1, "{path} empty");
        }
    }

    #[test]
    fn only_published_members_need_papers() {
        let mut package = Package::fabricated("a", &[]);
        package.publish = Some(Vec::new());
        assert_eq!(papers(&[package], &Tree::from_files(&[])), [""; 0]);
    }

    #[test]
    fn the_manifest_describes_the_crate() {
        let files = [
            ("LICENSE-APACHE", "apache"),
            ("LICENSE-MIT", "mit"),
            ("crates/a/LICENSE-APACHE", "apache"),
            ("crates/a/LICENSE-MIT", "mit"),
            ("crates/a/README.md", "page"),
            ("crates/a/CHANGELOG.md", "# Changes\n\n## Unreleased\n"),
        ];
        for tweak in [
            |package: &mut Package| package.description = None,
            |package: &mut Package| package.readme = None,
        ] {
            let mut package = Package::fabricated("a", &[]);
            tweak(&mut package);
            assert_eq!(papers(&[package], &Tree::from_files(&files)).len(), 1);
        }
    }

    #[test]
    fn finds_each_fact_that_the_page_lacks() {
        let package = Package::fabricated("a", &[]);
        let script = "test() {\n    promised cargo test\n}\n";
        let lines = ["needs Rust 1.88", "cargo test", "[`a`](crates/a)", ""];
        let judge = |lines: &[&str]| {
            let page = lines.join("\n");
            let tree = Tree::from_files(&[("README.md", &page), (".ci/run", script)]);
            page_faults(&package, &tree)
        };
        assert_eq!(judge(&lines), 0);
        for (index, other) in [
            (0, "needs Rust 1.87"),
            (1, "$ cargo test"),
            (2, "[`b`](crates/a)"),
        ] {
            let mut changed = lines;
            changed[index] = other;
            assert_eq!(judge(&changed), 1, "{other}");
        }
        assert_eq!(
            page_faults(&package, &Tree::from_files(&[(".ci/run", script)])),
            3
        );
    }

    #[test]
    fn finds_each_step_that_is_gone() {
        let judge = |steps: &str, page: &str| {
            let script = format!("#!/bin/sh\nreadonly STEPS=({steps})\n");
            steps_of(&[(".ci/run", &script), ("CONTRIBUTING.md", page)])
        };
        let page = "`.ci/run` names its steps; `.ci/run fmt\nclippy` runs two of them, `.ci/run test` one.";
        assert_eq!(judge("fmt clippy test", page), 0);
        assert_eq!(judge("fmt test", page), 1);
        assert_eq!(judge("", page), 3);
        assert_eq!(judge("fmt)\nreadonly MORE=(clippy test", page), 0);
        assert_eq!(steps_of(&[("README.md", "`.ci/run fmt`")]), 1);
    }

    fn steps_of(files: &[(&str, &str)]) -> usize {
        steps(&Tree::from_files(files)).len()
    }

    fn page_faults(package: &Package, tree: &Tree) -> usize {
        page(core::slice::from_ref(package), tree).len()
    }

    #[test]
    fn finds_each_unlisted_target() {
        let manifest = "[[bin]]\nname = \"curve_g1\"\n";
        let row = "| `curve_g1` | x |\n";
        let both = [row, row].concat();
        let judge = |file: &str, manifest: &str, page: &str| {
            let files = [
                (file, ""),
                ("fuzz/Cargo.toml", manifest),
                ("fuzz/README.md", page),
            ];
            targets(&Tree::from_files(&files)).len()
        };
        let file = "fuzz/fuzz_targets/curve_g1.rs";
        assert_eq!(judge(file, manifest, &both), 0);
        assert_eq!(judge(file, manifest, row), 1);
        assert_eq!(judge(file, manifest, ""), 1);
        assert_eq!(judge(file, "", &both), 1);
        assert_eq!(judge("fuzz/fuzz_targets/curve_g2.rs", manifest, &both), 4);
    }
}
