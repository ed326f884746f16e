//! A crate's root has few names.

use crate::code::code;
use crate::modules::{Modules, Seen};
use crate::tokens::{shipped, text};
use crate::tree::Tree;

/// Names at the root of a crate: public modules, whatever is shown there, and exported macros.
const MOST: usize = 25;

/// Crates with too many names at their root, or with names that nobody can count, but for those that are excepted.
pub(crate) fn faults(tree: &Tree, excepted: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for directory in tree.packages() {
        if excepted.contains(&directory.as_str()) {
            continue;
        }
        let path = format!("{directory}/src/lib.rs");
        let Some(source) = tree.get(&path) else {
            continue;
        };
        let modules = Modules::of(tree, &directory);
        let root = modules.files().iter().find(|file| file.path == path);
        let shown = root.into_iter().flat_map(|root| &root.imports);
        let shown: Vec<_> = shown
            .filter(|import| import.seen == Seen::Everywhere)
            .collect();
        if shown.iter().any(|import| import.glob) {
            faults.push(format!(
                "{path}: shows a glob, whose names nobody can count"
            ));
        }
        let names = shown.len() + items(source) + modules.macros();
        if names > MOST {
            faults.push(format!("{path}: {names} names, at most {MOST}"));
        }
    }
    faults
}

/// Whatever is public and no import: modules, and things that do not belong into the root anyway.
fn items(source: &str) -> usize {
    let code = code(source);
    let tokens = shipped(&code);
    let public = (0..tokens.len()).filter(|at| text(&tokens, *at) == "pub");
    public
        .filter(|at| !["(", "use"].contains(&text(&tokens, at + 1)))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(root: &str) -> usize {
        let files = [
            ("crates/x/Cargo.toml", ""),
            ("crates/x/src/lib.rs", root),
            (
                "crates/x/src/a.rs",
                "#[macro_export] macro_rules! m { () => {} }",
            ),
        ];
        let tree = Tree::from_files(&files);
        assert_eq!(faults(&tree, &["crates/x"]), [""; 0]);
        faults(&tree, &[]).len()
    }

    #[test]
    fn counts_every_name() {
        let shown = |count: usize| {
            let names: Vec<_> = (0..count).map(|name| format!("a::N{name}")).collect();
            format!(
                "mod a; mod b {{}} use c::D; pub(crate) use e::F; pub use {{{}}};",
                names.join(", ")
            )
        };
        assert_eq!(judge(&shown(MOST - 1)), 0, "the macro is one more");
        assert_eq!(judge(&shown(MOST)), 1);
        for more in [
            "pub mod more {}",
            "pub use a::{self};",
            "pub use sha2 as more;",
            "#[doc(hidden)] pub mod more {}",
            "#[cfg(feature = \"x\")] pub use a::More;",
            "pub fn more() {}",
        ] {
            let root = format!("{} {more}", shown(MOST - 1));
            assert_eq!(judge(&root), 1, "{more}");
        }
        for same in [
            "#[cfg(test)] pub mod more {}",
            "// pub mod more {}",
            "pub(crate) mod more {}",
        ] {
            let root = format!("{} {same}", shown(MOST - 1));
            assert_eq!(judge(&root), 0, "{same}");
        }
    }

    #[test]
    fn a_glob_cannot_be_counted() {
        assert_eq!(judge("mod a; pub use a::*;"), 1);
        assert_eq!(judge("mod a; use a::*; pub(crate) use a::*;"), 0);
    }
}
