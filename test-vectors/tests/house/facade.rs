//! The crate `milagro` alone is enough.

use crate::layers::LAYERS;
use crate::metadata::{Kind, Package};
use crate::tree::Tree;

/// The crate that shows all others.
pub(crate) const FACADE: &str = "milagro";

/// Features that are not for users, with the reason.
const INNER: [(&str, &str, &str); 2] = [
    (
        "milagro-voprf",
        "hazmat",
        "takes the blinds of test vectors",
    ),
    ("milagro-voprf", "nist", "comes with each of its suites"),
];

/// Libraries that the facade does not show, their features that it does not forward, and features of its own.
pub(crate) fn faults(members: &[Package], tree: &Tree) -> Vec<String> {
    let find = |name: &str| members.iter().find(|package| package.name == name);
    let Some(facade) = find(FACADE) else {
        return vec![format!("no crate {FACADE}")];
    };
    let mut faults = Vec::new();
    for library in LAYERS.into_iter().filter(|name| *name != FACADE) {
        let Some(package) = find(library) else {
            faults.push(format!("no crate {library}"));
            continue;
        };
        if !is_shown(facade, library, tree) {
            faults.push(format!("{FACADE} does not show {library}"));
        }
        for feature in package
            .features
            .keys()
            .filter(|name| is_for_users(library, name))
        {
            let forward = format!("{library}/{feature}");
            if !facade.features.values().flatten().any(|on| *on == forward) {
                faults.push(format!("{FACADE} does not forward {forward}"));
            }
        }
    }
    for (feature, on) in &facade.features {
        let own = |on: &&String| !on.contains('/') && !facade.features.contains_key(*on);
        if let Some(own) = on.iter().find(own) {
            faults.push(format!(
                "{FACADE}: feature {feature} turns on {own} of its own"
            ));
        }
        if on.is_empty() && feature != "default" {
            faults.push(format!("{FACADE}: feature {feature} turns on nothing"));
        }
    }
    faults
}

/// Whether `milagro-x` is always there as `x`.
fn is_shown(facade: &Package, library: &str, tree: &Tree) -> bool {
    let needed = facade.dependencies.iter().any(|dependency| {
        dependency.name == library && dependency.kind.is_none() && !dependency.optional
    });
    let root = format!("{}/src/lib.rs", facade.directory());
    let name = library.strip_prefix("milagro-").unwrap_or(library);
    let line = format!("\npub use milagro_{name} as {name};\n");
    needed && tree.get(&root).is_some_and(|root| root.contains(&line))
}

fn is_for_users(library: &str, feature: &str) -> bool {
    let inner = INNER
        .iter()
        .any(|(name, inner, _)| (*name, *inner) == (library, feature));
    !inner && feature != "default"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Dependency;

    /// All libraries and a facade that shows them; mpin has a feature that is forwarded.
    fn good() -> Vec<Package> {
        let libraries = LAYERS.into_iter().filter(|name| *name != FACADE);
        let mut packages: Vec<_> = libraries
            .map(|name| Package::fabricated(name, &[]))
            .collect();
        for package in &mut packages {
            if package.name == "milagro-mpin" {
                package.features.insert("compat".to_owned(), Vec::new());
            }
            if package.name == "milagro-voprf" {
                package.features.insert("hazmat".to_owned(), Vec::new());
            }
            package.features.insert("default".to_owned(), Vec::new());
        }
        let shown = |package: &Package| Dependency::fabricated(&package.name, None, false);
        let shown: Vec<_> = packages.iter().map(shown).collect();
        let mut facade = Package::fabricated(FACADE, &shown);
        let forward = vec!["milagro-mpin/compat".to_owned()];
        facade.features.insert("old".to_owned(), forward);
        packages.push(facade);
        packages
    }

    fn judge(tweak: impl FnOnce(&mut Package), hidden: &str) -> Vec<String> {
        let mut packages = good();
        packages.last_mut().map(tweak).expect("a facade");
        let names = LAYERS
            .iter()
            .filter_map(|name| name.strip_prefix("milagro-"));
        let lines = names
            .filter(|name| *name != hidden)
            .map(|name| format!("\npub use milagro_{name} as {name};\n"));
        let root: String = lines.collect();
        faults(
            &packages,
            &Tree::from_files(&[("crates/milagro/src/lib.rs", &root)]),
        )
    }

    #[test]
    fn finds_what_is_not_shown() {
        assert_eq!(judge(|_| {}, ""), [""; 0]);
        assert_eq!(
            judge(|_| {}, "ledger"),
            ["milagro does not show milagro-ledger"]
        );
        let tweaks: [fn(&mut Package); 3] = [
            |facade| facade.dependencies.retain(|on| on.name != "milagro-dta"),
            |facade| {
                for on in &mut facade.dependencies {
                    on.optional = on.name == "milagro-dta";
                }
            },
            |facade| {
                let dta = facade
                    .dependencies
                    .iter_mut()
                    .find(|on| on.name == "milagro-dta");
                dta.expect("dta").kind = Some(Kind::Dev);
            },
        ];
        for tweak in tweaks {
            assert_eq!(judge(tweak, ""), ["milagro does not show milagro-dta"]);
        }
    }

    #[test]
    fn finds_what_is_not_forwarded() {
        let lost = judge(|facade| facade.features.clear(), "");
        assert_eq!(lost, ["milagro does not forward milagro-mpin/compat"]);
        for (on, count) in [(vec!["old"], 0), (vec!["dep:sha2"], 1), (Vec::new(), 1)] {
            let on: Vec<_> = on.into_iter().map(str::to_owned).collect();
            let more = |facade: &mut Package| drop(facade.features.insert("new".to_owned(), on));
            assert_eq!(judge(more, "").len(), count);
        }
    }
}
