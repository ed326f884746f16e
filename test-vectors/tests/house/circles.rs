//! Files of a crate use one another in one direction, and by module.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::modules::{Found, Import, Modules, Resolved, Seen, SourceFile};
use crate::tree::Tree;

/// Which file uses which, with the first line that says so.
type Edges = BTreeMap<String, BTreeMap<String, usize>>;

/// Every use of a file that leads back to where it stands, every import of a name that stands at the root, and every
/// module without a file, in crates that are not excepted.
pub(crate) fn faults(tree: &Tree, excepted: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for directory in tree.packages() {
        if excepted.contains(&directory.as_str()) {
            continue;
        }
        let modules = Modules::of(tree, &directory);
        faults.extend(modules.missing.iter().cloned());
        let mut edges = Edges::new();
        for file in modules.files() {
            for (line, used) in uses(&modules, file) {
                match used {
                    Use::Root(name) => faults.push(format!(
                        "{}:{line}: {name} comes from the root; import it by its module",
                        file.path
                    )),
                    Use::File(other) => {
                        let edges = edges.entry(file.path.clone()).or_default();
                        edges.entry(other).or_insert(line);
                    }
                }
            }
        }
        faults.extend(circles(&edges));
    }
    faults
}

enum Use {
    /// Something of another file.
    File(String),
    /// Something that is no module, taken from the root.
    Root(String),
}

/// What a file uses of the others, with lines.
fn uses(modules: &Modules, file: &SourceFile) -> Vec<(usize, Use)> {
    let mut found = Vec::new();
    for import in &file.imports {
        let resolved = modules.resolve(&import.module, &import.path, true);
        if resolved.from_root && !file.module.is_empty() {
            found.push((import.line, Use::Root(import.path.join("::"))));
        }
        for other in targets(modules, import, resolved) {
            if other != file.path && !is_shown(file, import, &other) {
                found.push((import.line, Use::File(other)));
            }
        }
    }
    for mention in &file.mentions {
        let resolved = modules.resolve(&mention.module, &mention.path, mention.called);
        if resolved.from_root && !file.module.is_empty() && !mention.from_macro {
            found.push((mention.line, Use::Root(mention.path.join("::"))));
        }
        if let Found::Item(other) = resolved.found
            && other != file.path
        {
            found.push((mention.line, Use::File(other)));
        }
    }
    found
}

/// The files that an import takes from. A module alone says nothing yet: what is used of it is.
fn targets(modules: &Modules, import: &Import, resolved: Resolved) -> Vec<String> {
    match resolved.found {
        Found::Item(file) => vec![file],
        Found::Module(module) if import.glob => modules.behind_glob(&module).into_iter().collect(),
        Found::Module(_) | Found::Foreign => Vec::new(),
    }
}

/// Whether a parent shows something of a file beneath it and does not use it.
fn is_shown(file: &SourceFile, import: &Import, other: &str) -> bool {
    let beneath = file
        .path
        .strip_suffix("/lib.rs")
        .or_else(|| file.path.strip_suffix("/main.rs"));
    let beneath = match beneath {
        Some(root) => other.starts_with(root),
        None => file
            .path
            .strip_suffix(".rs")
            .and_then(|stem| other.strip_prefix(stem))
            .is_some_and(|rest| rest.starts_with('/')),
    };
    let used = import
        .alias
        .as_ref()
        .is_some_and(|name| file.words.contains(name));
    beneath && import.seen != Seen::Here && !used
}

/// The edges that lie on a circle, each with the shortest way back.
fn circles(edges: &Edges) -> Vec<String> {
    let mut faults = Vec::new();
    for (from, targets) in edges {
        for (to, line) in targets {
            if let Some(way) = way(edges, to, from) {
                let way: Vec<_> = way.iter().map(|file| short(file)).collect();
                faults.push(format!(
                    "{from}:{line}: uses {}, and {}",
                    short(to),
                    way.join(" uses ")
                ));
            }
        }
    }
    faults
}

/// The shortest way from one file to another, both included.
fn way<'a>(edges: &'a Edges, from: &'a str, to: &'a str) -> Option<Vec<&'a str>> {
    let mut known = BTreeSet::from([from]);
    let mut open = VecDeque::from([vec![from]]);
    while let Some(way) = open.pop_front() {
        let last = way.last().copied()?;
        if last == to {
            return Some(way);
        }
        for next in edges.get(last).into_iter().flat_map(BTreeMap::keys) {
            if known.insert(next) {
                open.push_back([way.as_slice(), &[next.as_str()]].concat());
            }
        }
    }
    None
}

/// A file by its place in `src`.
fn short(path: &str) -> &str {
    path.split_once("/src/").map_or(path, |(_, file)| file)
}

#[cfg(test)]
mod tests;
