//! Stores, services and apps stand on the libraries, each tier on what is beneath it.

use crate::layers::backend;
use crate::metadata::{Dependency, Kind, Package};

/// All that a store knows of the project, beside what stores share.
const FOR_STORES: [&str; 2] = ["milagro-base", "milagro-ledger"];

/// What stores share.
const SHARED: &str = "milagro-store";

/// Every dependency that a store, a service or an app must not declare.
pub(crate) fn faults(members: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in members.iter().filter(|package| package.is_above()) {
        for dependency in &package.dependencies {
            let member = members.iter().find(|member| member.name == dependency.name);
            let reason = member
                .and_then(|member| edge(package, member, dependency))
                .or_else(|| backend(&package.name, dependency));
            if let Some(reason) = reason {
                faults.push(format!("{} -> {}: {reason}", package.name, dependency.name));
            }
        }
    }
    faults
}

/// Why a package of a tier must not depend on a member, if it must not.
fn edge(package: &Package, member: &Package, dependency: &Dependency) -> Option<&'static str> {
    let tests_only = dependency.kind == Some(Kind::Dev);
    if tests_only && package.name == member.name {
        return None; // turns on features for its own tests
    }
    if !member.is_published() && dependency.req != "*" {
        return Some("what is not published has no version");
    }
    match (Tier::of(package), Tier::of(member)) {
        (_, Tier::Helpers) => (!tests_only).then_some("helpers are for tests"),
        // An example shows a store to an application, which uses the other libraries.
        (Tier::Stores, Tier::Libraries) if tests_only || !package.is_published() => None,
        (Tier::Stores, Tier::Libraries) => (!FOR_STORES.contains(&member.name.as_str()))
            .then_some("a store knows the ledger and what is beneath it"),
        (Tier::Stores, Tier::Stores) => {
            let shared = member.name == SHARED || (tests_only && !member.is_published());
            (!shared).then_some("a store knows no other")
        }
        (Tier::Services, Tier::Stores) => Some("a service names no store"),
        (Tier::Stores, Tier::Services) => Some("a store sees no service"),
        (_, Tier::Apps) => Some("nothing uses an app"),
        _ => None,
    }
}

enum Tier {
    Libraries,
    Stores,
    Services,
    Apps,
    /// Benches, test vectors and the like.
    Helpers,
}

impl Tier {
    fn of(package: &Package) -> Self {
        let directory = package.directory();
        match directory.split('/').next() {
            Some("crates") => Self::Libraries,
            Some("stores") => Self::Stores,
            Some("services") => Self::Services,
            Some("apps") => Self::Apps,
            _ => Self::Helpers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(name: &str, kind: Option<Kind>) -> Dependency {
        Dependency::fabricated(name, kind, false)
    }

    /// A member of every kind, and one more with a dependency.
    fn judge(tier: &str, name: &str, dependency: Dependency) -> Vec<String> {
        let mut helper = Package::fabricated_in("", "milagro-test-vectors", &[]);
        let mut kit = Package::fabricated_in("stores", "milagro-store-testkit", &[]);
        (helper.publish, kit.publish) = (Some(Vec::new()), Some(Vec::new()));
        let members = [
            helper,
            kit,
            Package::fabricated("milagro-base", &[]),
            Package::fabricated("milagro-ledger", &[]),
            Package::fabricated("milagro-mpin", &[]),
            Package::fabricated_in("stores", "milagro-store", &[]),
            Package::fabricated_in("stores", "milagro-store-redis", &[]),
            Package::fabricated_in("services", "milagro-wire", &[]),
            Package::fabricated_in("apps", "milagro-app", &[]),
            Package::fabricated_in(tier, name, &[dependency]),
        ];
        faults(&members)
    }

    #[test]
    fn edges_down_are_fine() {
        for (tier, name) in [
            ("stores", "milagro-base"),
            ("stores", "milagro-ledger"),
            ("stores", "milagro-store"),
            ("stores", "tokio"),
            ("services", "milagro-ledger"),
            ("services", "milagro-mpin"),
            ("services", "milagro-wire"),
            ("services", "axum"),
            ("apps", "milagro-mpin"),
            ("apps", "milagro-store-redis"),
            ("apps", "milagro-wire"),
        ] {
            assert_eq!(
                judge(tier, "x", on(name, None)),
                [""; 0],
                "{tier} -> {name}"
            );
        }
        for (tier, name) in [
            ("stores", "milagro-mpin"),
            ("stores", "milagro-store-testkit"),
            ("stores", "milagro-test-vectors"),
            ("services", "milagro-test-vectors"),
            ("services", "x"),
        ] {
            let dev = on(name, Some(Kind::Dev));
            assert_eq!(judge(tier, "x", dev), [""; 0], "{tier} -> {name}");
        }
    }

    #[test]
    fn finds_every_other_edge() {
        for (tier, name) in [
            ("stores", "milagro-mpin"),
            ("stores", "milagro-store-redis"),
            ("stores", "milagro-store-testkit"),
            ("stores", "milagro-test-vectors"),
            ("stores", "milagro-wire"),
            ("stores", "milagro-app"),
            ("stores", "blst"),
            ("services", "milagro-store"),
            ("services", "milagro-store-redis"),
            ("services", "milagro-app"),
            ("services", "blstrs"),
            ("apps", "milagro-app"),
            ("apps", "milagro-test-vectors"),
            ("apps", "pairing"),
        ] {
            assert_eq!(
                judge(tier, "x", on(name, None)).len(),
                1,
                "{tier} -> {name}"
            );
        }
        for (tier, name) in [
            ("stores", "milagro-store-redis"),
            ("services", "milagro-store-redis"),
            ("services", "milagro-store-testkit"),
        ] {
            let dev = on(name, Some(Kind::Dev));
            assert_eq!(judge(tier, "x", dev).len(), 1, "{tier} -> {name} in tests");
        }
    }

    #[test]
    fn what_is_not_published_has_no_version() {
        let mut dev = on("milagro-store-testkit", Some(Kind::Dev));
        dev.req = "^0.1".to_owned();
        assert_eq!(judge("stores", "x", dev).len(), 1);
    }
}
