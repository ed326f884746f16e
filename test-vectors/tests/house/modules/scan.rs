//! What the code of a file declares, imports and names.

use alloc::collections::{BTreeMap, BTreeSet};

use super::join;
use crate::tokens::{Token, attribute, before, behind, behind_attribute, inside, text};

/// Words in front of the name of something that a module holds.
const ITEMS: [&str; 9] = [
    "struct",
    "enum",
    "union",
    "trait",
    "type",
    "const",
    "static",
    "fn",
    "macro_rules",
];

/// Everything that a file says.
#[derive(Default)]
pub(super) struct Scan {
    /// By module: that of the file, and those with a body inside it.
    pub(super) parts: BTreeMap<String, Part>,
    pub(super) imports: Vec<Import>,
    pub(super) mentions: Vec<Mention>,
    pub(super) words: BTreeSet<String>,
    /// Macros that are exported from here.
    pub(super) macros: Vec<String>,
}

/// What a module holds by name.
#[derive(Default)]
pub(super) struct Part {
    pub(super) children: BTreeSet<String>,
    /// Those children that are files.
    pub(super) files: Vec<String>,
    pub(super) items: BTreeSet<String>,
    pub(super) aliases: BTreeMap<String, Vec<String>>,
    pub(super) globs: Vec<Vec<String>>,
}

/// One name of a `use`.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Import {
    pub(crate) line: usize,
    /// The module in which it stands.
    pub(crate) module: String,
    pub(crate) path: Vec<String>,
    /// What it is called here; nothing for `*` and `_`.
    pub(crate) alias: Option<String>,
    pub(crate) glob: bool,
    pub(crate) seen: Seen,
}

/// From where an import is seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Seen {
    Here,
    /// `pub(crate)` and the like.
    InCrate,
    Everywhere,
}

/// A path in the code.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Mention {
    pub(crate) line: usize,
    pub(crate) module: String,
    pub(crate) path: Vec<String>,
    /// From a macro, which is expanded elsewhere: the root is all it can name.
    pub(crate) from_macro: bool,
    /// The name of a macro.
    pub(crate) called: bool,
}

impl Scan {
    pub(super) fn of(tokens: &[Token<'_>], module: &str) -> Self {
        let mut scan = Self::default();
        scan.module(tokens, module);
        scan
    }

    fn module(&mut self, tokens: &[Token<'_>], module: &str) {
        self.parts.entry(module.to_owned()).or_default();
        let (mut at, mut depth, mut exported) = (0, 0_usize, false);
        while let Some(token) = tokens.get(at) {
            if let Some(next) = behind_attribute(tokens, at) {
                let inside = attribute(tokens, at).unwrap_or_default();
                exported |= text(inside, 0) == "macro_export";
                at = next;
                continue;
            }
            match token.text {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            at = if token.text == "use" && text(tokens, at + 1) != "<" {
                self.import(tokens, at, module)
            } else if token.text == "mod" && depth == 0 {
                self.child(tokens, at, module)
            } else {
                if depth == 0 && ITEMS.contains(&token.text) {
                    self.item(tokens, at, module, exported);
                    exported = false;
                }
                self.mention(tokens, at, module)
            };
        }
    }

    /// `mod name;` or `mod name { ... }`.
    fn child(&mut self, tokens: &[Token<'_>], at: usize, module: &str) -> usize {
        let name = text(tokens, at + 1).to_owned();
        let part = self.parts.entry(module.to_owned()).or_default();
        part.children.insert(name.clone());
        if text(tokens, at + 2) == "{" {
            self.module(inside(tokens, at + 2), &join(module, &name));
            return behind(tokens, at + 2);
        }
        part.files.push(name);
        at + 3
    }

    fn item(&mut self, tokens: &[Token<'_>], at: usize, module: &str, exported: bool) {
        let skipped = ["!", "mut", "async", "unsafe", "extern"];
        let mut words = tokens.iter().skip(at + 1).map(|token| token.text);
        let Some(name) = words.find(|word| !skipped.contains(word)) else {
            return;
        };
        if exported && text(tokens, at) == "macro_rules" {
            self.macros.push(name.to_owned());
        }
        let part = self.parts.entry(module.to_owned()).or_default();
        part.items.insert(name.to_owned());
    }

    /// A word, or a path from its first to its last word.
    fn mention(&mut self, tokens: &[Token<'_>], at: usize, module: &str) -> usize {
        let Some(token) = tokens.get(at).filter(|token| token.is_word()) else {
            return at + 1;
        };
        let from_macro = before(tokens, at) == "$";
        let is_field = before(tokens, at) == "." && before(tokens, at - 1) != ".";
        if is_field || before(tokens, at) == "::" {
            return at + 1;
        }
        if before(tokens, at) != "fn" {
            self.words.insert(token.text.to_owned());
        }
        let mut path = vec![token.text.to_owned()];
        let mut end = at + 1;
        while text(tokens, end) == "::"
            && let Some(next) = tokens.get(end + 1).filter(|next| next.is_word())
        {
            path.push(next.text.to_owned());
            end += 2;
        }
        if path.len() > 1 {
            self.mentions.push(Mention {
                line: token.line,
                module: module.to_owned(),
                path,
                from_macro,
                called: text(tokens, end) == "!",
            });
        }
        end
    }

    fn import(&mut self, tokens: &[Token<'_>], at: usize, module: &str) -> usize {
        let mut end = at;
        while !["", ";"].contains(&text(tokens, end)) {
            end += 1;
        }
        let seen = match before(tokens, at) {
            "pub" => Seen::Everywhere,
            ")" => Seen::InCrate,
            _ => Seen::Here,
        };
        let tree = tokens.get(at + 1..end).unwrap_or_default();
        let mut leaves = Vec::new();
        self::tree(tree, &[], &mut leaves);
        let line = tokens.get(at).map_or(0, |token| token.line);
        for leaf in leaves {
            self.leaf(leaf, line, module, seen);
        }
        end + 1
    }

    fn leaf(&mut self, leaf: Leaf, line: usize, module: &str, seen: Seen) {
        let part = self.parts.entry(module.to_owned()).or_default();
        let glob = leaf.name == Name::All;
        let alias = match leaf.name {
            Name::All => {
                part.globs.push(leaf.path.clone());
                None
            }
            Name::One(name) => (name != "_").then_some(name),
        };
        if let Some(name) = &alias {
            part.aliases.insert(name.clone(), leaf.path.clone());
        }
        self.imports.push(Import {
            line,
            module: module.to_owned(),
            path: leaf.path,
            alias,
            glob,
            seen,
        });
    }
}

struct Leaf {
    path: Vec<String>,
    name: Name,
}

#[derive(Eq, PartialEq)]
enum Name {
    One(String),
    All,
}

/// The leaves of a tree such as `a::{b, c::{self, D as E}, f::*}`.
fn tree(tokens: &[Token<'_>], prefix: &[String], leaves: &mut Vec<Leaf>) {
    let mut path = prefix.to_vec();
    let mut at = usize::from(text(tokens, 0) == "::");
    if at == 1 {
        path.push("::".to_owned()); // no module of this crate
    }
    while let Some(token) = tokens.get(at) {
        match token.text {
            "{" => {
                for part in split(inside(tokens, at)) {
                    tree(part, &path, leaves);
                }
                return;
            }
            "*" => {
                leaves.push(Leaf {
                    path,
                    name: Name::All,
                });
                return;
            }
            "::" => at += 1,
            "as" => break,
            word => {
                // `a::{self}` is `a`, and `self::a` stays what it is.
                if word != "self" || path.is_empty() {
                    path.push(word.to_owned());
                }
                at += 1;
            }
        }
    }
    let renamed = (text(tokens, at) == "as").then(|| text(tokens, at + 1).to_owned());
    if let Some(name) = renamed.or_else(|| path.last().cloned()) {
        leaves.push(Leaf {
            path,
            name: Name::One(name),
        });
    }
}

/// The parts between the commas of a group.
fn split<'a, 'b>(tokens: &'b [Token<'a>]) -> Vec<&'b [Token<'a>]> {
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    while at < tokens.len() {
        if text(tokens, at) == "," {
            parts.extend(tokens.get(start..at));
            start = at + 1;
        }
        at = if text(tokens, at) == "{" {
            behind(tokens, at)
        } else {
            at + 1
        };
    }
    parts.extend(tokens.get(start..));
    parts.retain(|part| !part.is_empty());
    parts
}
