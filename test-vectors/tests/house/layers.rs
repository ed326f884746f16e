//! Layers of libraries point down, and one crate sees the backend.

use crate::metadata::{Dependency, Kind, Package};

/// From the ground up.
pub(crate) const LAYERS: [&str; 8] = [
    "milagro-base",
    "milagro-ledger",
    "milagro-curve",
    "milagro-mpin",
    "milagro-dta",
    "milagro-voprf",
    "milagro-tls",
    "milagro",
];

/// Not published, so that they may depend on whatever they measure or try. `fuzz` has a workspace of its own.
const HELPERS: [&str; 4] = [
    "milagro-benches",
    "milagro-freed-memory",
    "milagro-interop",
    "milagro-test-vectors",
];

/// Those that libraries may use, in their tests.
const FOR_TESTS: [&str; 2] = ["milagro-freed-memory", "milagro-test-vectors"];

/// Sees the backend.
const CURVE: &str = "milagro-curve";

/// Stands alone by default: most of its suites need no pairing curve.
const VOPRF: &str = "milagro-voprf";

/// Without mathematics, and therefore no burden for [`VOPRF`].
const PLAIN: [&str; 2] = ["milagro-base", "milagro-ledger"];

/// The old generation, for [`CURVE`] only.
const BACKEND: [&str; 5] = ["blst", "blstrs", "ff", "group", "pairing"];

/// What a newer generation of may serve the suites of [`VOPRF`].
const TRAITS: [&str; 2] = ["ff", "group"];

/// Every dependency that a manifest of the workspace must not declare.
pub(crate) fn faults(members: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in members.iter().filter(|package| !package.is_above()) {
        let Some(layer) = layer(&package.name) else {
            if package.is_published() {
                faults.push(format!("{} is published and has no layer", package.name));
            } else if !HELPERS.contains(&package.name.as_str()) {
                faults.push(format!("{} is no helper that is known", package.name));
            }
            continue;
        };
        for dependency in &package.dependencies {
            let helper = layer_of_helper(members, dependency);
            let reason = edge(&package.name, layer, dependency, helper)
                .or_else(|| backend(&package.name, dependency));
            if let Some(reason) = reason {
                faults.push(format!("{} -> {}: {reason}", package.name, dependency.name));
            }
        }
    }
    faults
}

fn edge(
    package: &str,
    layer: usize,
    dependency: &Dependency,
    helper: bool,
) -> Option<&'static str> {
    let dev = dependency.kind == Some(Kind::Dev);
    if helper {
        let name = dependency.name.as_str();
        return (!dev || dependency.req != "*" || !FOR_TESTS.contains(&name)).then_some(
            "few helpers are for libraries, and those in tests, by path and without a version",
        );
    }
    let below = self::layer(&dependency.name)?;
    if dev && package == dependency.name {
        return None; // turns on features for its own tests
    }
    if below >= layer {
        return Some("points up");
    }
    let burden = !dev && !dependency.optional && !PLAIN.contains(&dependency.name.as_str());
    (package == VOPRF && burden).then_some("must be optional here")
}

/// Why a package must not see the backend, if the dependency is a part of it.
pub(crate) fn backend(package: &str, dependency: &Dependency) -> Option<&'static str> {
    let name = dependency.name.as_str();
    if package == CURVE || !BACKEND.contains(&name) {
        return None;
    }
    if TRAITS.contains(&name) && (package == VOPRF || dependency.kind == Some(Kind::Dev)) {
        return None;
    }
    Some("one crate sees the backend")
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|known| *known == name)
}

fn layer_of_helper(members: &[Package], dependency: &Dependency) -> bool {
    layer(&dependency.name).is_none() && members.iter().any(|member| member.name == dependency.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(name: &str) -> Dependency {
        Dependency::fabricated(name, None, false)
    }

    fn optional(name: &str) -> Dependency {
        Dependency::fabricated(name, None, true)
    }

    fn dev(name: &str) -> Dependency {
        Dependency::fabricated(name, Some(Kind::Dev), false)
    }

    fn build(name: &str) -> Dependency {
        Dependency::fabricated(name, Some(Kind::Build), false)
    }

    fn judge(package: &str, dependency: Dependency) -> Vec<String> {
        let mut helper = Package::fabricated(
            "milagro-test-vectors",
            &[normal("milagro-tls"), normal("blstrs")],
        );
        helper.publish = Some(Vec::new());
        faults(&[Package::fabricated(package, &[dependency]), helper])
    }

    #[test]
    fn edges_down_and_foreign_crates_are_fine() {
        for (package, dependency) in [
            ("milagro-curve", normal("blst")),
            ("milagro-curve", normal("group")),
            ("milagro-curve", normal("milagro-base")),
            ("milagro-ledger", normal("milagro-base")),
            ("milagro-mpin", normal("milagro-curve")),
            ("milagro-mpin", normal("milagro-ledger")),
            ("milagro-mpin", normal("sha2")),
            ("milagro-mpin", dev("milagro-test-vectors")),
            ("milagro-curve", dev("milagro-freed-memory")),
            ("milagro-mpin", dev("milagro-mpin")),
            ("milagro-mpin", dev("ff")),
            ("milagro-voprf", normal("milagro-base")),
            ("milagro-voprf", normal("milagro-ledger")),
            ("milagro-voprf", optional("milagro-curve")),
            ("milagro-voprf", optional("milagro-dta")),
            ("milagro-voprf", dev("milagro-dta")),
            ("milagro-voprf", normal("group")),
            ("milagro-tls", normal("milagro-voprf")),
            ("milagro", normal("milagro-tls")),
        ] {
            assert_eq!(
                judge(package, dependency.clone()),
                [""; 0],
                "{package} -> {}",
                dependency.name
            );
        }
    }

    #[test]
    fn finds_every_other_edge() {
        for (package, dependency) in [
            ("milagro-base", normal("milagro-ledger")),
            ("milagro-base", normal("blst")),
            ("milagro-ledger", normal("milagro-curve")),
            ("milagro-ledger", normal("blstrs")),
            ("milagro-curve", normal("milagro-mpin")),
            ("milagro-curve", dev("milagro-mpin")),
            ("milagro-curve", optional("milagro-mpin")),
            ("milagro-mpin", build("milagro-dta")),
            ("milagro-dta", normal("milagro-dta")),
            ("milagro-dta", normal("milagro")),
            ("milagro-voprf", normal("milagro-curve")),
            ("milagro-voprf", normal("milagro-dta")),
            ("milagro-mpin", normal("milagro-test-vectors")),
            ("milagro-mpin", optional("milagro-test-vectors")),
            ("milagro-mpin", normal("blst")),
            ("milagro-mpin", optional("blstrs")),
            ("milagro-mpin", dev("blstrs")),
            ("milagro-mpin", build("group")),
            ("milagro-dta", normal("ff")),
            ("milagro-tls", normal("pairing")),
            ("milagro-voprf", normal("blstrs")),
            ("milagro-voprf", normal("pairing")),
        ] {
            assert_eq!(
                judge(package, dependency.clone()).len(),
                1,
                "{package} -> {}",
                dependency.name
            );
        }
    }

    #[test]
    fn a_helper_with_a_version_would_have_to_be_published() {
        let mut helper = dev("milagro-test-vectors");
        helper.req = "^0.1".to_owned();
        assert_eq!(judge("milagro-mpin", helper).len(), 1);
    }

    #[test]
    fn other_helpers_are_not_for_libraries() {
        for name in ["milagro-benches", "milagro-interop"] {
            let mut helper = Package::fabricated(name, &[normal("openssl")]);
            helper.publish = Some(Vec::new());
            let tls = Package::fabricated("milagro-tls", &[dev(name)]);
            assert_eq!(faults(core::slice::from_ref(&helper)), [""; 0]);
            assert_eq!(faults(&[tls, helper]).len(), 1, "{name}");
        }
        let mut other = Package::fabricated("milagro-other", &[]);
        other.publish = Some(Vec::new());
        assert_eq!(
            faults(&[other]),
            ["milagro-other is no helper that is known"]
        );
    }

    #[test]
    fn libraries_never_use_a_tier_above() {
        for tier in ["stores", "services", "apps"] {
            let above = Package::fabricated_in(tier, "milagro-above", &[normal("milagro-base")]);
            assert_eq!(faults(core::slice::from_ref(&above)), [""; 0], "{tier}");
            for dependency in [normal("milagro-above"), dev("milagro-above")] {
                let library = Package::fabricated("milagro-ledger", &[dependency]);
                assert_eq!(faults(&[library, above.clone()]).len(), 1, "{tier}");
            }
        }
    }

    #[test]
    fn a_new_library_needs_a_layer() {
        assert_eq!(
            judge("milagro-other", normal("sha2")),
            ["milagro-other is published and has no layer"]
        );
    }
}
