//! The files of a crate as modules, and what a path in one of them means.

mod scan;

use alloc::collections::{BTreeMap, BTreeSet};

pub(crate) use scan::{Import, Mention, Seen};

use crate::code::code;
use crate::tokens::shipped;
use crate::tree::Tree;

/// Longest chain of imports that is followed.
const FAR: usize = 32;

/// The modules of a crate that are compiled without its unit tests, by path: empty for the root, `a::b` below.
#[derive(Default)]
pub(crate) struct Modules {
    by_path: BTreeMap<String, Module>,
    /// Macros with `macro_export`, which stand at the root wherever they are.
    macros: BTreeMap<String, String>,
    /// Files in the order in which they are declared.
    files: Vec<SourceFile>,
    /// Modules without a file.
    pub(crate) missing: Vec<String>,
}

/// A file with what it names.
pub(crate) struct SourceFile {
    pub(crate) path: String,
    /// The module that it is.
    pub(crate) module: String,
    pub(crate) imports: Vec<Import>,
    pub(crate) mentions: Vec<Mention>,
    /// Words of the code, but those of imports and those behind `.`, `::` and `fn`.
    pub(crate) words: BTreeSet<String>,
}

/// What a module holds by name.
#[derive(Default)]
struct Module {
    file: String,
    children: BTreeSet<String>,
    /// Things that are defined here.
    items: BTreeSet<String>,
    /// Things that are imported here, public or not: modules below see them all.
    aliases: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
}

/// What a path names.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Found {
    /// A module, and not what is in it.
    Module(String),
    /// Something in a file.
    Item(String),
    /// Nothing of this crate.
    Foreign,
}

/// What a path names, and whether it takes something from the root that is no module.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Resolved {
    pub(crate) found: Found,
    pub(crate) from_root: bool,
}

impl Modules {
    /// Reads the crate in a directory, from `src/lib.rs` or `src/main.rs` on.
    pub(crate) fn of(tree: &Tree, directory: &str) -> Self {
        let mut modules = Self::default();
        let roots = ["lib.rs", "main.rs"].map(|file| format!("{directory}/src/{file}"));
        if let Some(root) = roots.iter().find(|root| tree.get(root).is_some()) {
            modules.read(tree, root, "", &format!("{directory}/src"));
        }
        modules
    }

    pub(crate) fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// How many macros are exported.
    pub(crate) fn macros(&self) -> usize {
        self.macros.len()
    }

    /// What a path names that stands in a module. `called` for the name of a macro.
    pub(crate) fn resolve(&self, module: &str, path: &[String], called: bool) -> Resolved {
        let at_root = self.root_of(path, called);
        at_root.unwrap_or_else(|| self.follow(module, path, None, 0))
    }

    /// A macro that is exported, by its only path.
    fn root_of(&self, path: &[String], called: bool) -> Option<Resolved> {
        let [first, name] = path else { return None };
        let file = self
            .macros
            .get(name)
            .filter(|_| called && first == "crate")?;
        Some(Resolved {
            found: Found::Item(file.clone()),
            from_root: false,
        })
    }

    fn follow(&self, module: &str, path: &[String], alias: Option<&str>, far: usize) -> Resolved {
        let nothing = Resolved {
            found: Found::Foreign,
            from_root: false,
        };
        let Some(mut here) = start(module, path).filter(|_| far < FAR) else {
            return nothing;
        };
        let relative = path.iter().take_while(|word| is_keyword(word)).count();
        let mut from_root = false;
        for (index, word) in path.iter().enumerate().skip(relative) {
            let Some(holder) = self.by_path.get(&here) else {
                return nothing;
            };
            let first = index == 0;
            if holder.children.contains(word) {
                here = join(&here, word);
                continue;
            }
            from_root |= here.is_empty() && !first;
            let target = holder
                .aliases
                .get(word)
                .filter(|_| !first || alias != Some(word));
            let found = if let Some(target) = target {
                self.follow(&here, target, Some(word), far + 1).found
            } else if holder.items.contains(word) {
                Found::Item(holder.file.clone())
            } else if let Some(found) = self.through_globs(&here, word, far) {
                found
            } else if first {
                Found::Foreign
            } else {
                Found::Item(holder.file.clone())
            };
            match found {
                Found::Module(next) => here = next,
                found => return Resolved { found, from_root },
            }
        }
        Resolved {
            found: Found::Module(here),
            from_root,
        }
    }

    /// What a module has of this name by `use other::*`.
    fn through_globs(&self, module: &str, word: &str, far: usize) -> Option<Found> {
        let globs = &self.by_path.get(module)?.globs;
        globs.iter().find_map(|glob| {
            let Found::Module(other) = self.follow(module, glob, None, far + 1).found else {
                return None;
            };
            let holder = self.by_path.get(&other)?;
            let known = holder.children.contains(word)
                || holder.aliases.contains_key(word)
                || holder.items.contains(word);
            let name = ["self".to_owned(), word.to_owned()];
            known.then(|| self.follow(&other, &name, None, far + 1).found)
        })
    }

    /// The files of everything that a module takes in by name, and its own.
    pub(crate) fn behind_glob(&self, module: &str) -> BTreeSet<String> {
        let Some(holder) = self.by_path.get(module) else {
            return BTreeSet::new();
        };
        let mut files = BTreeSet::from([holder.file.clone()]);
        for (name, target) in &holder.aliases {
            if let Found::Item(file) = self.follow(module, target, Some(name), 0).found {
                files.insert(file);
            }
        }
        files
    }

    fn read(&mut self, tree: &Tree, path: &str, module: &str, directory: &str) {
        let Some(text) = tree.get(path) else {
            self.missing.push(format!("{path}: no such file"));
            return;
        };
        let code = code(text);
        let tokens = shipped(&code);
        let scan = scan::Scan::of(&tokens, module);
        let mut declared = Vec::new();
        for (name, part) in scan.parts {
            declared.extend(part.files.iter().map(|child| (name.clone(), child.clone())));
            let module = self.by_path.entry(name).or_default();
            path.clone_into(&mut module.file);
            module.children.extend(part.children);
            module.items.extend(part.items);
            module.globs.extend(part.globs);
            module.aliases.extend(part.aliases);
        }
        let macros = scan.macros.into_iter().map(|name| (name, path.to_owned()));
        self.macros.extend(macros);
        self.files.push(SourceFile {
            path: path.to_owned(),
            module: module.to_owned(),
            imports: scan.imports,
            mentions: scan.mentions,
            words: scan.words,
        });
        for (parent, child) in declared {
            let child = join(&parent, &child);
            let base = format!("{directory}/{}", child.replace("::", "/"));
            let old = format!("{base}/mod.rs");
            let file = if tree.get(&old).is_some() {
                old
            } else {
                format!("{base}.rs")
            };
            self.read(tree, &file, &child, directory);
        }
    }
}

/// The module in which a path starts.
fn start(module: &str, path: &[String]) -> Option<String> {
    let mut here = module.to_owned();
    for word in path.iter().take_while(|word| is_keyword(word)) {
        match word.as_str() {
            "crate" => here.clear(),
            "super" => here = parent(&here)?.to_owned(),
            _ => {}
        }
    }
    Some(here)
}

fn parent(module: &str) -> Option<&str> {
    if module.is_empty() {
        return None;
    }
    Some(module.rsplit_once("::").map_or("", |(parent, _)| parent))
}

fn is_keyword(word: &str) -> bool {
    ["crate", "super", "self"].contains(&word)
}

/// A module by the path of its parent and its name.
pub(crate) fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}::{name}")
    }
}

#[cfg(test)]
mod tests;
