//! The promised Rust version against that of every dependency.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::metadata::{Edge, Kind, Metadata, Package};

type Version = (u32, u32, u32);

/// Every crate that a member needs which is published or stands above the libraries, and that needs a newer Rust than
/// the member promises.
pub(crate) fn faults(metadata: &Metadata) -> Vec<String> {
    let packages: BTreeMap<&str, &Package> = metadata
        .packages
        .iter()
        .map(|package| (package.id.as_str(), package))
        .collect();
    let mut faults = Vec::new();
    let members = metadata
        .workspace_members
        .iter()
        .filter_map(|id| packages.get(id.as_str()));
    for member in members.filter(|package| package.is_published() || package.is_above()) {
        let Some(promise) = member.rust_version.as_deref().and_then(version) else {
            faults.push(format!("{} promises no Rust version", member.name));
            continue;
        };
        for id in needed(metadata, &member.id) {
            let Some(package) = packages.get(id) else {
                faults.push(format!("{id} is needed and not described"));
                continue;
            };
            let Some(required) = &package.rust_version else {
                continue;
            };
            if version(required).is_none_or(|required| required > promise) {
                faults.push(format!(
                    "{} needs {} and with it Rust {required}",
                    member.name, package.name
                ));
            }
        }
    }
    faults
}

/// What building a library takes: normal and build dependencies, all the way down.
fn needed<'a>(metadata: &'a Metadata, library: &'a str) -> BTreeSet<&'a str> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let edges: BTreeMap<&str, &[Edge]> = nodes
        .map(|node| (node.id.as_str(), node.deps.as_slice()))
        .collect();
    let mut found = BTreeSet::new();
    let mut open = vec![library];
    while let Some(id) = open.pop() {
        if found.insert(id) {
            let edges = edges.get(id).copied().unwrap_or_default();
            open.extend(
                edges
                    .iter()
                    .filter(|edge| builds(edge))
                    .map(|edge| edge.pkg.as_str()),
            );
        }
    }
    found
}

fn builds(edge: &Edge) -> bool {
    edge.dep_kinds
        .iter()
        .any(|kind| kind.kind != Some(Kind::Dev))
}

fn version(text: &str) -> Option<Version> {
    let mut numbers = text.splitn(3, '.').map(|number| number.parse().ok());
    let major = numbers.next()??;
    let minor = numbers.next().unwrap_or(Some(0))?;
    let patch = numbers.next().unwrap_or(Some(0))?;
    Some((major, minor, patch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::{EdgeKind, Node, Resolve};

    fn graph(edges: &[(&str, &str, Option<Kind>)], versions: &[(&str, Option<&str>)]) -> Metadata {
        let packages: Vec<Package> = versions
            .iter()
            .map(|(name, version)| {
                let mut package = Package::fabricated(name, &[]);
                package.rust_version = version.map(str::to_owned);
                package
            })
            .collect();
        let nodes = versions.iter().map(|(name, _)| {
            let deps = edges.iter().filter(|(from, ..)| from == name);
            let deps = deps.map(|(_, to, kind)| Edge {
                pkg: (*to).to_owned(),
                dep_kinds: vec![EdgeKind { kind: *kind }],
            });
            Node {
                id: (*name).to_owned(),
                deps: deps.collect(),
            }
        });
        let resolve = Some(Resolve {
            nodes: nodes.collect(),
        });
        Metadata {
            packages,
            workspace_members: vec!["library".to_owned()],
            workspace_default_members: Vec::new(),
            resolve,
        }
    }

    #[test]
    fn looks_through_normal_and_build_dependencies_only() {
        let edges = [
            ("library", "a", None),
            ("a", "b", Some(Kind::Build)),
            ("b", "c", None),
            ("library", "d", Some(Kind::Dev)),
        ];
        for (culprit, faulty) in [("a", true), ("b", true), ("c", true), ("d", false)] {
            let mut versions = vec![
                ("library", Some("1.88")),
                ("a", None),
                ("b", None),
                ("c", None),
                ("d", None),
            ];
            for (name, version) in &mut versions {
                if *name == culprit {
                    *version = Some("1.89");
                }
            }
            assert_eq!(
                faults(&graph(&edges, &versions)).len(),
                usize::from(faulty),
                "{culprit}"
            );
        }
    }

    #[test]
    fn compares_numbers() {
        let edges = [("library", "a", None)];
        for (required, faulty) in [
            ("1.88", false),
            ("1.88.0", false),
            ("1.9", false),
            ("1", false),
            ("1.88.1", true),
            ("1.100", true),
            ("2", true),
            ("new", true),
        ] {
            let metadata = graph(&edges, &[("library", Some("1.88")), ("a", Some(required))]);
            assert_eq!(faults(&metadata).len(), usize::from(faulty), "{required}");
        }
    }

    #[test]
    fn wants_a_promise() {
        assert_eq!(
            faults(&graph(&[], &[("library", None)])),
            ["library promises no Rust version"]
        );
    }
}
