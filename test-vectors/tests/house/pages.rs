//! What the page of a library says about its manifest.

use alloc::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::code::code;
use crate::facade::FACADE;
use crate::fences::fences;
use crate::metadata::{Dependency, Package};
use crate::tokens::{before, text, tokens};
use crate::tree::Tree;

/// The lines of a manifest that a page shows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    dependencies: BTreeMap<String, Entry>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Entry {
    Version(String),
    Table(Table),
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    version: String,
    #[serde(default)]
    features: Vec<String>,
    #[serde(default, rename = "default-features")]
    _default_features: Option<bool>,
}

/// Pages of published libraries that lack the lines of a manifest, or whose lines would not do: for the crate itself, and
/// for whatever the examples of the page name. The page of the project is that of the crate which shows all others.
pub(crate) fn faults(members: &[Package], tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    let published = members
        .iter()
        .filter(|package| package.is_published() && package.has_library());
    let mut pages: Vec<_> = published
        .map(|package| (format!("{}/README.md", package.directory()), package))
        .collect();
    let facade = members.iter().find(|package| package.name == FACADE);
    pages.extend(facade.map(|facade| ("README.md".to_owned(), facade)));
    for (path, package) in pages {
        let page = tree.get(&path).unwrap_or_default();
        match shown(page) {
            Ok(shown) => {
                let found = judge(package, members, &shown, &named(page));
                faults.extend(found.iter().map(|fault| format!("{path}: {fault}")));
            }
            Err(error) => faults.push(format!("{path}: {error}")),
        }
    }
    faults
}

/// The tables of all blocks, as one.
fn shown(page: &str) -> Result<BTreeMap<String, Table>, String> {
    let mut shown = BTreeMap::new();
    let blocks = fences(page);
    let blocks = blocks.iter().filter(|fence| fence.language == "toml");
    for block in blocks.filter(|block| block.text.contains("[dependencies]")) {
        let block: Shown = toml::from_str(&block.text).map_err(|error| error.to_string())?;
        for (name, entry) in block.dependencies {
            let table = match entry {
                Entry::Table(table) => table,
                Entry::Version(version) => Table {
                    version,
                    ..Table::default()
                },
            };
            let known: &mut Table = shown.entry(name).or_default();
            known.version = table.version;
            known.features.extend(table.features);
        }
    }
    Ok(shown)
}

/// Words in front of `::` in the examples of a page.
fn named(page: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for example in fences(page).iter().filter(|fence| fence.is_rust()) {
        let code = code(&example.text);
        let tokens = tokens(&code);
        let starts = (0..tokens.len())
            .filter(|at| text(&tokens, at + 1) == "::" && before(&tokens, *at) != "::");
        named.extend(starts.map(|at| text(&tokens, at).to_owned()));
    }
    named
}

fn judge(
    package: &Package,
    members: &[Package],
    shown: &BTreeMap<String, Table>,
    named: &BTreeSet<String>,
) -> Vec<String> {
    let mut faults = Vec::new();
    if !shown.contains_key(&package.name) {
        faults.push(format!("no [dependencies] with {}", package.name));
    }
    for (name, table) in shown {
        if let Some(member) = members.iter().find(|member| member.name == *name) {
            faults.extend(of_member(member, table));
        } else if let Some(foreign) = package
            .dependencies
            .iter()
            .find(|foreign| foreign.name == *name)
        {
            faults.extend(of_foreign(foreign, table));
        } else {
            faults.push(format!("{name} is no dependency of {}", package.name));
        }
    }
    for dependency in &package.dependencies {
        let word = dependency.name.replace('-', "_");
        if named.contains(&word) && !shown.contains_key(&dependency.name) {
            faults.push(format!("an example needs {}", dependency.name));
        }
    }
    faults.sort();
    faults.dedup();
    faults
}

/// What is wrong with the line of one of our crates.
fn of_member(member: &Package, table: &Table) -> Vec<String> {
    let mut faults = Vec::new();
    let release = member.version.rsplit_once('.').map(|(release, _)| release);
    if release != Some(&table.version) {
        faults.push(format!("{} is {}", member.name, member.version));
    }
    let unknown = table
        .features
        .iter()
        .filter(|name| !member.features.contains_key(*name));
    faults.extend(unknown.map(|name| format!("{} has no feature {name}", member.name)));
    faults
}

/// What is wrong with the line of a crate that our manifest has, too.
fn of_foreign(foreign: &Dependency, table: &Table) -> Vec<String> {
    let mut faults = Vec::new();
    let tested = foreign.req.trim_start_matches('^');
    if tested != table.version && !tested.starts_with(&format!("{}.", table.version)) {
        faults.push(format!("{} is tested with {tested}", foreign.name));
    }
    let missing = foreign
        .features
        .iter()
        .filter(|name| !table.features.contains(name));
    faults.extend(missing.map(|name| format!("{} is tested with {name}", foreign.name)));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Kind;

    /// The page of a crate `a` with a feature, which is tested with `b-c` 0.4.2 and its feature `d`.
    fn faults_of(page: &str) -> Vec<String> {
        let mut other = Dependency::fabricated("b-c", Some(Kind::Dev), false);
        (other.req, other.features) = ("^0.4.2".to_owned(), vec!["d".to_owned()]);
        let mut package = Package::fabricated("a", &[other]);
        package.features.insert("f".to_owned(), Vec::new());
        let tree = Tree::from_files(&[("crates/a/README.md", page)]);
        faults(core::slice::from_ref(&package), &tree)
    }

    fn with(lines: &str, example: &str) -> Vec<String> {
        faults_of(&format!(
            "# a\n\n```toml\n[dependencies]\n{lines}\n```\n\n```rust\n{example}\n```\n"
        ))
    }

    #[test]
    fn lines_that_work() {
        for (lines, example) in [
            ("a = \"0.1\"", "use a::B; let c = x::b_c::d();"),
            ("a = { version = \"0.1\", features = [\"f\"] }", ""),
            (
                "a = \"0.1\"\nb-c = { version = \"0.4\", features = [\"d\", \"e\"] }",
                "# use b_c::D;",
            ),
            (
                "a = \"0.1\"\n[dependencies.b-c]\nversion = \"0.4.2\"\nfeatures = [\"d\"]",
                "b_c::f()",
            ),
        ] {
            assert_eq!(with(lines, example), [""; 0], "{lines}");
        }
        let two = "```toml\n[dependencies]\na = \"0.1\"\n```\n```toml\n[dependencies]\na = { version = \"0.1\", features = [\"f\"] }\n```\n";
        assert_eq!(faults_of(two), [""; 0]);
    }

    #[test]
    fn the_page_of_the_project_is_that_of_the_facade() {
        let good = "```toml\n[dependencies]\nmilagro = \"0.1\"\n```\n";
        for (page, count) in [(good, 0), ("", 1)] {
            let files = [("crates/milagro/README.md", good), ("README.md", page)];
            let package = Package::fabricated("milagro", &[]);
            let found = faults(core::slice::from_ref(&package), &Tree::from_files(&files));
            assert_eq!(found.len(), count, "{found:?}");
        }
    }

    #[test]
    fn nobody_depends_on_a_program() {
        let mut package = Package::fabricated("a", &[]);
        let tree = Tree::from_files(&[("crates/a/README.md", "# a")]);
        assert_eq!(faults(core::slice::from_ref(&package), &tree).len(), 1);
        package.targets.clear();
        assert_eq!(faults(&[package], &tree), [""; 0]);
    }

    #[test]
    fn finds_lines_that_do_not() {
        for (lines, example) in [
            ("", ""),
            ("a = \"0.2\"", ""),
            ("a = \"0.1.0\"", ""),
            ("a = { path = \"a\" }", ""),
            ("a = { version = \"0.1\", features = [\"g\"] }", ""),
            ("a = \"0.1\"\nx = \"1\"", ""),
            ("a = \"0.1\"\nb-c = \"0.4\"", ""),
            (
                "a = \"0.1\"\nb-c = { version = \"0.5\", features = [\"d\"] }",
                "",
            ),
            (
                "a = \"0.1\"\nb-c = { version = \"0.4.20\", features = [\"d\"] }",
                "",
            ),
            ("a = \"0.1\"", "let d = b_c::D;"),
            ("a = ", ""),
        ] {
            assert_eq!(with(lines, example).len(), 1, "{lines}");
        }
        assert_eq!(faults_of("a = \"0.1\"").len(), 1);
        assert_eq!(
            faults_of("```text\n[dependencies]\na = \"0.1\"\n```").len(),
            1
        );
    }
}
