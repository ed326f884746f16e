//! Tests see everything that a library has, so that `cargo test` is all that has to be run.

use alloc::collections::BTreeSet;

use crate::metadata::{Kind, Package};

/// Features of libraries that a plain `cargo test` would not turn on: a library's tests depend on the library itself,
/// with all of them.
pub(crate) fn faults(members: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in members.iter().filter(|package| package.is_published()) {
        let seen = seen(package);
        let unseen = package
            .features
            .keys()
            .filter(|feature| !seen.contains(feature.as_str()));
        faults.extend(
            unseen.map(|feature| format!("tests of {} do not see {feature}", package.name)),
        );
    }
    faults
}

/// The features that a package turns on for its tests, and what these turn on, and the default ones.
fn seen(package: &Package) -> BTreeSet<&str> {
    let itself = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.name == package.name && dependency.kind == Some(Kind::Dev));
    let mut open: Vec<&str> = vec!["default"];
    open.extend(
        itself
            .flat_map(|itself| &itself.features)
            .map(String::as_str),
    );
    let mut seen = BTreeSet::new();
    while let Some(feature) = open.pop() {
        if seen.insert(feature) {
            let on = package.features.get(feature).into_iter().flatten();
            open.extend(on.map(String::as_str));
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Dependency;

    /// A library with two features, of which one turns on a third.
    fn judge(tests_turn_on: &[&str], kind: Option<Kind>) -> Vec<String> {
        let mut itself = Dependency::fabricated("a", kind, false);
        itself.features = tests_turn_on
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        let mut package = Package::fabricated("a", &[itself]);
        for (feature, on) in [
            ("one", "inner"),
            ("inner", "dep:b"),
            ("two", "b/c"),
            ("default", "three"),
            ("three", ""),
        ] {
            package
                .features
                .insert(feature.to_owned(), vec![on.to_owned()]);
        }
        faults(&[package])
    }

    #[test]
    fn finds_what_tests_do_not_see() {
        assert_eq!(judge(&["one", "two"], Some(Kind::Dev)), [""; 0]);
        assert_eq!(
            judge(&["one"], Some(Kind::Dev)),
            ["tests of a do not see two"]
        );
        assert_eq!(
            judge(&["two", "inner"], Some(Kind::Dev)),
            ["tests of a do not see one"]
        );
        assert_eq!(judge(&["one", "two"], None).len(), 3);
        assert_eq!(judge(&[], Some(Kind::Dev)).len(), 3);
    }
}
