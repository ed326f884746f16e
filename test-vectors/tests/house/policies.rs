//! Two files say what may be linked: `deny.toml` for the libraries, `deny-services.toml` for what stands on them.

use serde::Deserialize;

use crate::metadata::Package;
use crate::tree::{TIERS, Tree};

/// The files, with the packages that each one judges.
const POLICIES: [(&str, Judges); 2] = [("deny.toml", is_library), ("deny-services.toml", is_run)];

/// Whether a file judges a package.
type Judges = fn(&Package) -> bool;

/// What cargo-deny leaves out.
#[derive(Deserialize)]
struct Policy {
    graph: Graph,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Graph {
    all_features: bool,
    exclude_dev: bool,
    exclude: Vec<String>,
}

/// Members that no file judges, or that the stricter one judges although they stand above the libraries.
pub(crate) fn faults(members: &[Package], tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (file, judges) in POLICIES {
        let policy = toml::from_str::<Policy>(tree.get(file).unwrap_or_default());
        let graph = match policy {
            Ok(policy) => policy.graph,
            Err(error) => {
                faults.push(format!("{file}: {error}"));
                continue;
            }
        };
        if !graph.all_features || !graph.exclude_dev {
            faults.push(format!("{file}: judges other features or dependencies"));
        }
        for package in members {
            let excluded = graph.exclude.contains(&package.name);
            if excluded == judges(package) {
                let left = if excluded { "leaves out" } else { "judges" };
                faults.push(format!("{file}: {left} {}", package.name));
            }
        }
    }
    faults
}

fn is_library(package: &Package) -> bool {
    tier(package) == Some(0)
}

/// What ends in a program that runs somewhere: all tiers, but not what stores need for their tests.
fn is_run(package: &Package) -> bool {
    let for_tests = tier(package) == Some(1) && !package.is_published();
    tier(package).is_some() && !for_tests
}

/// The number of a tier, from the ground up.
fn tier(package: &Package) -> Option<usize> {
    let directory = package.directory();
    let first = directory.split('/').next();
    TIERS.iter().position(|tier| Some(*tier) == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A library, a store with its kit for tests, an app that is not published, and a helper.
    fn judge(libraries: &str, services: &str) -> Vec<String> {
        let mut members = [
            Package::fabricated("library", &[]),
            Package::fabricated_in("stores", "store", &[]),
            Package::fabricated_in("stores", "kit", &[]),
            Package::fabricated_in("apps", "app", &[]),
            Package::fabricated_in("", "helper", &[]),
        ];
        for package in members.iter_mut().skip(2) {
            package.publish = Some(Vec::new());
        }
        let policy = |exclude: &str| {
            format!(
                "[graph]\nall-features = true\nexclude-dev = true\nexclude = [{exclude}]\n[bans]\n"
            )
        };
        let (libraries, services) = (policy(libraries), policy(services));
        faults(
            &members,
            &Tree::from_files(&[("deny.toml", &libraries), ("deny-services.toml", &services)]),
        )
    }

    #[test]
    fn each_file_judges_its_own() {
        let (libraries, services) = (
            "'app', 'helper', 'kit', 'store', 'later'",
            "'helper', 'kit'",
        );
        assert_eq!(judge(libraries, services), [""; 0]);
        for (libraries, services, fault) in [
            (
                "'app', 'helper', 'kit'",
                services,
                "deny.toml: judges store",
            ),
            (
                "'app', 'kit', 'store'",
                services,
                "deny.toml: judges helper",
            ),
            (
                "'helper', 'kit', 'store'",
                services,
                "deny.toml: judges app",
            ),
            (
                "'app', 'helper', 'kit', 'library', 'store'",
                services,
                "deny.toml: leaves out library",
            ),
            (libraries, "'kit'", "deny-services.toml: judges helper"),
            (libraries, "'helper'", "deny-services.toml: judges kit"),
            (
                libraries,
                "'helper', 'kit', 'store'",
                "deny-services.toml: leaves out store",
            ),
            (
                libraries,
                "'helper', 'kit', 'app'",
                "deny-services.toml: leaves out app",
            ),
            (
                libraries,
                "'helper', 'kit', 'library'",
                "deny-services.toml: leaves out library",
            ),
        ] {
            assert_eq!(judge(libraries, services), [fault]);
        }
    }

    #[test]
    fn both_files_are_wanted() {
        assert_eq!(faults(&[], &Tree::from_files(&[])).len(), 2);
        let lax = "[graph]\nall-features = false\nexclude-dev = true\nexclude = []\n";
        let tree = Tree::from_files(&[("deny.toml", lax), ("deny-services.toml", lax)]);
        assert_eq!(faults(&[], &tree).len(), 2);
    }
}
