//! A plain `cargo test` needs Rust and a C compiler, and no library of the system.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::metadata::{Metadata, Package};

/// Crates with native code that bring its source along; `rayon-core` has none, and asks to be there once.
const BUNDLED: [&str; 5] = ["aws-lc-rs", "aws-lc-sys", "blst", "rayon-core", "ring"];

/// Every crate with other native code that a default member needs, be it for its tests alone.
pub(crate) fn faults(metadata: &Metadata) -> Vec<String> {
    let packages: BTreeMap<&str, &Package> = metadata
        .packages
        .iter()
        .map(|package| (package.id.as_str(), package))
        .collect();
    if metadata.workspace_default_members.is_empty() {
        return vec!["no default members".to_owned()];
    }
    needed(metadata)
        .into_iter()
        .filter_map(|id| packages.get(id))
        .filter(|package| package.links.is_some() && !BUNDLED.contains(&package.name.as_str()))
        .map(|package| {
            format!(
                "default members need {}, which links a library",
                package.name
            )
        })
        .collect()
}

/// What `cargo test` builds: dependencies of every kind, all the way down.
fn needed(metadata: &Metadata) -> BTreeSet<&str> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let edges: BTreeMap<&str, _> = nodes
        .map(|node| (node.id.as_str(), node.deps.as_slice()))
        .collect();
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = metadata
        .workspace_default_members
        .iter()
        .map(String::as_str)
        .collect();
    while let Some(id) = open.pop() {
        if found.insert(id) {
            let edges = edges.get(id).copied().unwrap_or_default();
            open.extend(edges.iter().map(|edge| edge.pkg.as_str()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::{Edge, EdgeKind, Kind, Node, Resolve};

    /// `library` needs `a`, `a` needs `native`, and `helper` needs `system`.
    fn graph(native: &str, kind: Option<Kind>, default: &[&str]) -> Metadata {
        let package = |name: &str, links: bool| {
            let mut package = Package::fabricated(name, &[]);
            package.links = links.then(|| name.to_owned());
            package
        };
        let node = |from: &str, to: &str| Node {
            id: from.to_owned(),
            deps: vec![Edge {
                pkg: to.to_owned(),
                dep_kinds: vec![EdgeKind { kind }],
            }],
        };
        Metadata {
            packages: vec![
                package("library", false),
                package("a", false),
                package(native, true),
                package("helper", false),
                package("system", true),
            ],
            workspace_members: vec!["library".to_owned(), "helper".to_owned()],
            workspace_default_members: default.iter().map(|name| (*name).to_owned()).collect(),
            resolve: Some(Resolve {
                nodes: vec![
                    node("library", "a"),
                    node("a", native),
                    node("helper", "system"),
                ],
            }),
        }
    }

    #[test]
    fn members_that_are_no_default_may_link() {
        assert_eq!(faults(&graph("blst", None, &["library"])), [""; 0]);
        assert_eq!(
            faults(&graph("blst", None, &["library", "helper"])),
            ["default members need system, which links a library"]
        );
    }

    #[test]
    fn finds_a_library_behind_every_kind_of_edge() {
        for kind in [None, Some(Kind::Build), Some(Kind::Dev)] {
            assert_eq!(
                faults(&graph("openssl-sys", kind, &["library"])),
                ["default members need openssl-sys, which links a library"]
            );
        }
    }

    #[test]
    fn wants_default_members() {
        assert_eq!(faults(&graph("blst", None, &[])), ["no default members"]);
    }
}
