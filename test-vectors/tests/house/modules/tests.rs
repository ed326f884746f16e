use super::*;

/// A crate whose parent shows names of its children, with a rename, a glob and an exported macro.
const CRATE: [(&str, &str); 7] = [
    (
        "crates/a/src/lib.rs",
        "mod one; pub mod two; pub use two::Deep; pub use rand_core;",
    ),
    (
        "crates/a/src/one.rs",
        "pub use inner::{Thing as Other, *}; mod inner; pub struct Own; use crate::two as second;",
    ),
    (
        "crates/a/src/one/inner.rs",
        "pub struct Thing; pub(crate) fn free() {} mod body { pub struct Hidden; }",
    ),
    (
        "crates/a/src/two.rs",
        "pub use deep::Deep; pub mod deep; #[macro_export] macro_rules! shout { () => {} }",
    ),
    (
        "crates/a/src/two/deep/mod.rs",
        "pub enum Deep { Leaf } #[cfg(test)] mod tests;",
    ),
    ("crates/a/src/two/deep/tests.rs", "use crate::one;"),
    ("crates/a/src/stray.rs", ""),
];

fn modules() -> Modules {
    Modules::of(&Tree::from_files(&CRATE), "crates/a")
}

fn resolve(module: &str, path: &str) -> Resolved {
    let path: Vec<String> = path.split("::").map(str::to_owned).collect();
    modules().resolve(module, &path, true)
}

#[test]
fn reads_what_is_declared_and_no_tests() {
    let modules = modules();
    let files: Vec<&str> = modules
        .files()
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(
        files,
        [
            "crates/a/src/lib.rs",
            "crates/a/src/one.rs",
            "crates/a/src/one/inner.rs",
            "crates/a/src/two.rs",
            "crates/a/src/two/deep/mod.rs",
        ]
    );
    assert_eq!(modules.missing, [""; 0]);
    let lost = Tree::from_files(&[("crates/a/src/lib.rs", "mod gone;")]);
    assert_eq!(Modules::of(&lost, "crates/a").missing.len(), 1);
}

#[test]
fn paths_lead_to_where_a_thing_is_defined() {
    let item = |file: &str| Found::Item(format!("crates/a/src/{file}"));
    for (module, path, found) in [
        ("two", "crate::one::Own", item("one.rs")),
        ("two", "crate::one::Other", item("one/inner.rs")),
        ("two", "super::one::free", item("one/inner.rs")),
        ("two", "crate::one::inner::Thing::new", item("one/inner.rs")),
        ("one::inner", "super::Own", item("one.rs")),
        ("one::inner", "super::second::Deep", item("two/deep/mod.rs")),
        (
            "one::inner",
            "super::super::two::deep::Deep::Leaf",
            item("two/deep/mod.rs"),
        ),
        ("one::inner::body", "super::free", item("one/inner.rs")),
        ("one", "second::deep::Deep", item("two/deep/mod.rs")),
        ("one", "self::inner::body::Hidden", item("one/inner.rs")),
        ("one", "inner::Unknown", item("one/inner.rs")),
        ("one", "crate::shout", item("two.rs")),
        ("one", "crate::two", Found::Module("two".to_owned())),
        ("one", "second::deep", Found::Module("two::deep".to_owned())),
        ("one", "sha2::Sha256", Found::Foreign),
        ("one", "two::Deep", Found::Foreign),
        ("", "rand_core", Found::Foreign),
        ("one", "super::super::x", Found::Foreign),
    ] {
        let resolved = resolve(module, path);
        assert_eq!(resolved.found, found, "{path} in {module}");
        assert!(!resolved.from_root, "{path} in {module}");
    }
}

#[test]
fn names_of_the_root_are_told_apart() {
    for (module, path) in [
        ("one", "crate::Deep"),
        ("one", "super::Deep::Leaf"),
        ("one::inner", "super::super::Deep"),
        ("one", "crate::rand_core::CryptoRng"),
        ("one", "crate::Unknown"),
    ] {
        assert!(resolve(module, path).from_root, "{path} in {module}");
    }
}

#[test]
fn imports_that_chase_each_other_end() {
    let files = [(
        "crates/a/src/lib.rs",
        "use b as a; use a as b; use c as d; use d::e as c;",
    )];
    let modules = Modules::of(&Tree::from_files(&files), "crates/a");
    for name in ["a", "b", "c", "d"] {
        let resolved = modules.resolve("", &[name.to_owned()], false);
        assert_eq!(resolved.found, Found::Foreign, "{name}");
    }
}
