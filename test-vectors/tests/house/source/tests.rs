use super::*;

type Rule = fn(&Tree) -> Vec<String>;

fn judge(rule: Rule, path: &str, text: &str) -> usize {
    rule(&Tree::from_files(&[(path, text)])).len()
}

#[test]
fn the_backend_stays_in_its_files() {
    let inside = "use blst::min_pk;\nfn f(x: blstrs::Scalar) {}\n";
    for path in [
        "crates/curve/src/backend.rs",
        "crates/curve/src/backend/gt.rs",
        "benches/benches/curve.rs",
    ] {
        assert_eq!(judge(backend, path, inside), 0, "{path}");
    }
    for path in [
        "crates/curve/src/g1.rs",
        "crates/curve/src/backends.rs",
        "crates/curve/tests/vectors.rs",
        "crates/mpin/src/backend.rs",
        "crates/milagro/examples/napkin.rs",
    ] {
        assert_eq!(judge(backend, path, inside), 2, "{path}");
    }
    for text in [
        "use blst as b;",
        "extern crate blstrs;",
        "pub use ::blstrs::{Gt};",
        "type A = <blst::P as T>::B;",
    ] {
        assert_eq!(judge(backend, "crates/mpin/src/lib.rs", text), 1, "{text}");
    }
    let prose =
        "//! Not through blstrs::Gt.\n/* blst:: */ const A: &str = \"blst\"; fn blst_like() {}\n";
    assert_eq!(judge(backend, "crates/mpin/src/lib.rs", prose), 0);
}

#[test]
fn unsafe_code_is_found_and_its_ban_is_wanted() {
    let root = "//! Docs.\n#![forbid(unsafe_code)]\n";
    for path in [
        "crates/mpin/src/lib.rs",
        "test-vectors/src/main.rs",
        "benches/src/bin/ratios.rs",
    ] {
        assert_eq!(judge(safety, path, root), 0, "{path}");
        assert_eq!(judge(safety, path, "//! Docs.\n"), 1, "{path}");
        assert_eq!(
            judge(safety, path, "//! Docs.\n// #![forbid(unsafe_code)]\n"),
            1,
            "{path}"
        );
    }
    assert_eq!(
        judge(safety, "crates/curve/src/lib.rs", "#![deny(unsafe_code)]\n"),
        0
    );
    let block = "fn f() {\n    unsafe { g() }\n}\n";
    assert_eq!(judge(safety, "crates/curve/src/backend/gt.rs", block), 0);
    for path in UNPUBLISHED {
        assert_eq!(judge(safety, path, block), 0, "{path}");
    }
    for path in [
        "test-vectors/freed-memory/src/freed.rs",
        "apps/pad/wasm/src/shared.rs",
    ] {
        assert_eq!(judge(safety, path, block), 1, "{path}");
    }
    assert_eq!(judge(safety, "crates/curve/src/gt.rs", block), 1);
    assert_eq!(judge(safety, "fuzz/fuzz_targets/curve_g1.rs", block), 1);
    assert_eq!(
        judge(
            safety,
            "crates/mpin/src/spec.rs",
            "// unsafe\nconst UNSAFE: &str = \"unsafe\";"
        ),
        0
    );
}

#[test]
fn stubs_and_ignored_tests_are_found() {
    for text in [
        "fn f() { todo!() }",
        "fn f() { unimplemented!(\"later\") }",
        "fn f() { dbg!(1); }",
        "#[ignore]\nfn f() {}",
        "#[ignore = \"slow\"]\nfn f() {}",
        "#[cfg_attr(miri, ignore)]\nfn f() {}",
    ] {
        assert_eq!(
            judge(stubs, "crates/mpin/tests/login.rs", text),
            1,
            "{text}"
        );
    }
    let fine = "// todo!()\n/// ```ignore\nfn f() { ignore(\"#[ignore]\"); }";
    assert_eq!(judge(stubs, "crates/mpin/tests/login.rs", fine), 0);
}

#[test]
fn exceptions_without_a_reason_are_found() {
    for text in [
        "#[allow(dead_code)]",
        "#![allow(\n    clippy::a,\n    clippy::b\n)]",
        "#[expect(unused)]",
        "#[cfg_attr(test, allow(dead_code))]",
        "#[allow(dead_code)] // reason = \"a comment is none\"",
    ] {
        assert_eq!(judge(reasons, "crates/mpin/src/lib.rs", text), 1, "{text}");
    }
    for text in [
        "#[allow(dead_code, reason = \"why\")]",
        "#[expect(\n    clippy::a,\n    reason = \"has [brackets]\"\n)]",
        "x.expect(\"#[allow(a)]\")",
        "#[cfg(feature = \"allow\")]",
    ] {
        assert_eq!(judge(reasons, "crates/mpin/src/lib.rs", text), 0, "{text}");
    }
}

#[test]
fn long_files_are_found() {
    for (path, lines, faults) in [
        ("crates/mpin/src/spec.rs", LONGEST, 0),
        ("crates/mpin/src/spec.rs", LONGEST + 1, 1),
        ("benches/src/bin/ratios.rs", LONGEST + 1, 1),
        ("crates/mpin/tests/vectors.rs", LONGEST + 1, 0),
    ] {
        assert_eq!(
            judge(length, path, &"x\n".repeat(lines)),
            faults,
            "{path} with {lines} lines"
        );
    }
}
