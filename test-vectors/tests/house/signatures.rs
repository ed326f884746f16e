//! Public functions take things with names: no tuples.

use crate::code::{code, is_word};
use crate::modules::Modules;
use crate::tokens::{Token, before, behind, behind_attribute, inside, shipped, text};
use crate::tree::Tree;

/// Words that stand in front of a type; any other word is the name of what has its own brackets.
const PREFIXES: [&str; 5] = ["const", "dyn", "impl", "mut", "ref"];

/// What stands between `pub` and `fn`; the name of an ABI is a literal, and gone.
const QUALIFIERS: [&str; 4] = ["async", "const", "extern", "unsafe"];

/// Every public function with a tuple among its arguments or in what its type parameters have to be, in crates that
/// are not excepted.
pub(crate) fn faults(tree: &Tree, excepted: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for directory in tree.packages() {
        if excepted.contains(&directory.as_str()) {
            continue;
        }
        for file in Modules::of(tree, &directory).files() {
            let code = code(tree.get(&file.path).unwrap_or_default());
            for function in functions(&shipped(&code)) {
                if let Some(line) = function.tuple {
                    faults.push(format!(
                        "{}:{line}: {} takes a tuple",
                        file.path, function.name
                    ));
                }
            }
        }
    }
    faults
}

struct Function {
    name: String,
    /// The line of its first tuple.
    tuple: Option<usize>,
}

/// The public functions of a file, and those of its public traits.
fn functions(tokens: &[Token<'_>]) -> Vec<Function> {
    let mut found = Vec::new();
    for at in (0..tokens.len()).filter(|at| text(tokens, *at) == "pub") {
        let mut next = at + 1;
        while QUALIFIERS.contains(&text(tokens, next)) {
            next += 1;
        }
        match text(tokens, next) {
            "fn" => found.push(function(tokens, next)),
            "trait" => of_trait(tokens, next, &mut found),
            _ => {}
        }
    }
    found
}

/// The functions in the body of a trait.
fn of_trait(tokens: &[Token<'_>], at: usize, found: &mut Vec<Function>) {
    let Some(open) = (at..tokens.len()).find(|at| ["{", ";"].contains(&text(tokens, *at))) else {
        return;
    };
    let body = inside(tokens, open);
    let mut at = 0;
    while at < body.len() {
        if text(body, at) == "fn" && text(body, at + 1) != "(" {
            found.push(function(body, at));
        }
        at = if text(body, at) == "{" {
            behind(body, at)
        } else {
            at + 1
        };
    }
}

/// The function whose `fn` stands here.
fn function(tokens: &[Token<'_>], at: usize) -> Function {
    let generics = at + 2;
    let open = if text(tokens, generics) == "<" {
        behind_type(tokens, generics + 1) + 1
    } else {
        generics
    };
    let close = behind(tokens, open);
    let is_end = |at: &usize| ["", "{", ";"].contains(&text(tokens, *at));
    let end = (close..=tokens.len()).find(is_end).unwrap_or(close);
    let bounds = (close..end)
        .find(|at| text(tokens, *at) == "where")
        .unwrap_or(end);
    let parts = [generics..open, open + 1..close, bounds..end];
    let tuple = parts
        .into_iter()
        .find_map(|part| tuple(tokens.get(part).unwrap_or_default()));
    Function {
        name: text(tokens, at + 1).to_owned(),
        tuple,
    }
}

/// The line of the first tuple. What closures return is none of the arguments.
fn tuple(arguments: &[Token<'_>]) -> Option<usize> {
    let mut at = 0;
    while let Some(token) = arguments.get(at) {
        if let Some(next) = behind_attribute(arguments, at) {
            at = next;
        } else if token.text == "->" {
            at = behind_type(arguments, at + 1);
        } else if token.text == "(" && !is_named(arguments, at) && has_comma(inside(arguments, at))
        {
            return Some(token.line);
        } else {
            at += 1;
        }
    }
    None
}

/// Whether brackets belong to a name: `Fn(...)`, `fn(...)`, the pattern `Point(...)` or a macro.
fn is_named(tokens: &[Token<'_>], open: usize) -> bool {
    let word = before(tokens, open);
    let name = word.starts_with(is_word) && !PREFIXES.contains(&word);
    name || word == "!"
}

/// A comma that is not inside other brackets, pointed ones included.
fn has_comma(tokens: &[Token<'_>]) -> bool {
    let (mut at, mut depth) = (0, 0_usize);
    while at < tokens.len() {
        match text(tokens, at) {
            "," if depth == 0 => return true,
            "<" => depth += 1,
            ">" => depth = depth.saturating_sub(1),
            _ => {}
        }
        at = if ["(", "[", "{"].contains(&text(tokens, at)) {
            behind(tokens, at)
        } else {
            at + 1
        };
    }
    false
}

/// The place of what ends the type that starts here, or the list behind `<`.
fn behind_type(tokens: &[Token<'_>], start: usize) -> usize {
    let in_list = before(tokens, start) == "<";
    let (mut at, mut depth) = (start, 0_usize);
    while at < tokens.len() {
        match text(tokens, at) {
            "(" | "[" | "{" => {
                at = behind(tokens, at);
                continue;
            }
            "<" => depth += 1,
            ">" if depth > 0 => depth -= 1,
            ")" | "]" | "}" | ">" | ";" => return at,
            "," | "=" | "+" | "where" if depth == 0 && !in_list => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests;
