use super::*;

/// Judges a crate of the given files below `src`; a root that declares `a`, `b` and `c` is added.
fn judge(files: &[(&str, &str)]) -> Vec<String> {
    let root = "mod a; mod b; mod c; pub use a::A; pub use b::B; pub use c::C;";
    let mut all = vec![
        ("crates/x/Cargo.toml".to_owned(), ""),
        ("crates/x/src/lib.rs".to_owned(), root),
    ];
    all.extend(
        files
            .iter()
            .map(|(path, text)| (format!("crates/x/src/{path}"), *text)),
    );
    for name in ["a", "b", "c"] {
        let path = format!("crates/x/src/{name}.rs");
        if !all.iter().any(|(other, _)| *other == path) {
            all.push((path, "pub struct Empty;"));
        }
    }
    let all: Vec<_> = all
        .iter()
        .map(|(path, text)| (path.as_str(), *text))
        .collect();
    let tree = Tree::from_files(&all);
    assert_eq!(faults(&tree, &["crates/x"]), [""; 0]);
    faults(&tree, &["crates/y"])
}

#[test]
fn a_tree_without_circles_passes() {
    let files = [
        (
            "a.rs",
            "mod child; pub use child::{Child, Late as Later}; use crate::{b::B, c}; pub struct A(B, c::C);\
             #[cfg(test)] mod tests;",
        ),
        (
            "a/child.rs",
            "use super::A; use crate::b::{self, B as Other}; pub struct Child(A, b::B, Other); pub struct Late;",
        ),
        ("a/tests.rs", "use super::*; use crate::{A, b::B};"),
        (
            "b.rs",
            "use sha2::a::A as Hash; use crate::c::C; pub struct B(C, Hash); use alloc::vec::Vec;",
        ),
        (
            "c.rs",
            "pub struct C; impl C { fn a(&self) -> ::a::X { self.b.a(c::d, \"crate::a::A\") } } // crate::a::A",
        ),
    ];
    assert_eq!(judge(&files), [""; 0]);
}

#[test]
fn finds_a_circle_however_it_is_written() {
    let back = ("b.rs", "use crate::a::A; pub struct B(A);");
    for text in [
        "use crate::b::B; pub struct A;",
        "use super::b::B; pub struct A;",
        "use crate::{c::C, b::{B as Other, Sealed}}; pub struct A;",
        "use crate::{\n    c::{C, self},\n    b::{\n        self,\n    },\n}; pub struct A(b::B);",
        "use crate::b as other; pub struct A; fn f() { let x = ..other::f(); }",
        "use crate::b::*; pub struct A;",
        "pub(crate) use crate::b::B; pub struct A;",
        "pub struct A(crate::b::B);",
        "pub struct A; fn f(x: &super::b::B) {}",
        "pub struct A; fn f() { use crate::b; b::g(); }",
        "pub struct A; mod inline { pub(super) fn f() { super::super::b::g() } }",
        "pub struct A; macro_rules! m { () => { $crate::b::g() }; }",
        "pub struct A; opaque!(crate::b::B);",
        "pub struct A; impl<T: crate::b::Trait> From<T> for A {}",
    ] {
        let faults = judge(&[("a.rs", text), back]);
        assert_eq!(faults.len(), 2, "{text}: {faults:?}");
        assert!(faults[0].starts_with("crates/x/src/a.rs:"), "{faults:?}");
        assert!(
            faults[0].ends_with("uses b.rs, and b.rs uses a.rs"),
            "{faults:?}"
        );
        assert_eq!(
            faults[1],
            "crates/x/src/b.rs:1: uses a.rs, and a.rs uses b.rs"
        );
    }
}

#[test]
fn finds_a_circle_of_three_and_leaves_out_who_only_looks_on() {
    let faults = judge(&[
        ("a.rs", "use crate::b::B; mod on; pub struct A;"),
        ("a/on.rs", "use super::A;"),
        ("b.rs", "\nuse crate::c::C; pub struct B;"),
        ("c.rs", "use crate::a::A; pub struct C;"),
    ]);
    assert_eq!(
        faults,
        [
            "crates/x/src/a.rs:1: uses b.rs, and b.rs uses c.rs uses a.rs",
            "crates/x/src/b.rs:2: uses c.rs, and c.rs uses a.rs uses b.rs",
            "crates/x/src/c.rs:1: uses a.rs, and a.rs uses b.rs uses c.rs",
        ]
    );
}

#[test]
fn a_parent_may_show_its_children_but_not_use_them() {
    let child = ("a/child.rs", "use super::A; pub struct Child(A);");
    for (text, circles) in [
        ("mod child; pub use child::Child; pub struct A;", 0),
        (
            "mod child; pub(crate) use self::child::Child as Kid; pub struct A;",
            0,
        ),
        ("mod child; pub(crate) use child::*; pub struct A;", 0),
        ("mod child; use child::Child; pub struct A;", 2),
        (
            "mod child; pub use child::Child; pub struct A(Option<Child>);",
            2,
        ),
        ("mod child; pub struct A; fn f() { child::g() }", 2),
    ] {
        let faults = judge(&[("a.rs", text), child]);
        assert_eq!(faults.len(), circles, "{text}: {faults:?}");
    }
}

#[test]
fn a_name_that_is_shown_does_not_hide_a_circle() {
    let faults = judge(&[
        ("a.rs", "mod child; pub use child::Child; pub struct A;"),
        ("a/child.rs", "use crate::b::B; pub struct Child(B);"),
        ("b.rs", "use crate::a::Child; pub struct B;"),
    ]);
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].contains("a/child.rs:1: uses b.rs"), "{faults:?}");
}

#[test]
fn names_of_the_root_are_faults_by_themselves() {
    for text in [
        "use crate::B; pub struct A;",
        "use crate::{c::C, B as Other}; pub struct A;",
        "use super::B; pub struct A;",
        "use crate::rand_core::CryptoRng; pub struct A;",
        "pub struct A(crate::B);",
        "pub struct A; fn f() { super::B::new() }",
    ] {
        let faults = judge(&[("a.rs", text)]);
        assert_eq!(faults.len(), 1, "{text}: {faults:?}");
        assert!(faults[0].contains("comes from the root"), "{faults:?}");
    }
    for text in [
        "pub struct A; #[macro_export] macro_rules! m { () => { $crate::B }; }",
        "pub struct A; fn f() { crate::shout!() }",
        "use crate::shout; pub struct A;",
    ] {
        let shout = ("c.rs", "#[macro_export] macro_rules! shout { () => {}; }");
        assert_eq!(judge(&[("a.rs", text), shout]), [""; 0], "{text}");
    }
}

#[test]
fn a_lost_file_is_a_fault() {
    let faults = judge(&[("a.rs", "mod gone; pub struct A;")]);
    assert_eq!(faults, ["crates/x/src/a/gone.rs: no such file"]);
}
