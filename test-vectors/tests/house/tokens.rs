//! Code as words and signs, each with its line.

use crate::code::is_word;

/// A word, a lifetime, one of `::`, `->` and `=>`, or another sign.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    pub(crate) line: usize,
}

impl Token<'_> {
    /// True for identifiers, keywords and numbers.
    pub(crate) fn is_word(&self) -> bool {
        self.text.starts_with(is_word)
    }
}

/// The tokens of what [`crate::code::code`] leaves, without what is compiled for unit tests alone.
pub(crate) fn shipped(code: &str) -> Vec<Token<'_>> {
    let all = tokens(code);
    let mut kept = Vec::with_capacity(all.len());
    let mut at = 0;
    while let Some(token) = all.get(at) {
        if attribute(&all, at).is_some_and(is_test) {
            at = item(&all, at);
        } else {
            kept.push(*token);
            at += 1;
        }
    }
    kept
}

/// All tokens. Raw identifiers lose their mark.
pub(crate) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut found: Vec<Token<'_>> = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(rest) = code.get(at..).filter(|rest| !rest.is_empty()) {
        let length = length(rest);
        let text = rest.get(..length).unwrap_or_default();
        if text == "\n" {
            line += 1;
        } else if rest.starts_with("r#")
            && rest.get(2..).is_some_and(|rest| rest.starts_with(is_word))
        {
            at += 2;
            continue;
        } else if !text.trim().is_empty() {
            found.push(Token { text, line });
        }
        at += length;
    }
    found
}

/// The place behind the bracket that closes the one at `open`; the end if none does.
pub(crate) fn behind(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// The tokens between the brackets of the group that opens at `open`.
pub(crate) fn inside<'a, 'b>(tokens: &'b [Token<'a>], open: usize) -> &'b [Token<'a>] {
    let end = behind(tokens, open).saturating_sub(1);
    tokens.get(open + 1..end).unwrap_or_default()
}

/// The text at a place; empty behind the end.
pub(crate) fn text<'a>(tokens: &[Token<'a>], at: usize) -> &'a str {
    tokens.get(at).map_or("", |token| token.text)
}

/// The text before a place; empty at the start.
pub(crate) fn before<'a>(tokens: &[Token<'a>], at: usize) -> &'a str {
    at.checked_sub(1).map_or("", |at| text(tokens, at))
}

/// What stands between the brackets of an attribute that starts here.
pub(crate) fn attribute<'a, 'b>(tokens: &'b [Token<'a>], at: usize) -> Option<&'b [Token<'a>]> {
    let open = bracket_of_attribute(tokens, at)?;
    Some(inside(tokens, open))
}

/// The place behind an attribute that starts here.
pub(crate) fn behind_attribute(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    bracket_of_attribute(tokens, at).map(|open| behind(tokens, open))
}

fn bracket_of_attribute(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    if text(tokens, at) != "#" {
        return None;
    }
    let open = at + 1 + usize::from(text(tokens, at + 1) == "!");
    (text(tokens, open) == "[").then_some(open)
}

/// `cfg(test)`, or `cfg(all(...))` with `test` in it.
fn is_test(attribute: &[Token<'_>]) -> bool {
    let mut words = attribute.iter().map(|token| token.text);
    if words.next() != Some("cfg") || words.next() != Some("(") {
        return false;
    }
    match words.next() {
        Some("test") => words.next() == Some(")"),
        Some("all") => {
            let mut depth = 0_usize;
            words.any(|word| {
                match word {
                    "(" => depth += 1,
                    ")" => depth = depth.saturating_sub(1),
                    _ => {}
                }
                depth == 1 && word == "test"
            })
        }
        _ => false,
    }
}

/// The place behind the item, field or statement that starts here with its attributes.
fn item(tokens: &[Token<'_>], start: usize) -> usize {
    let mut at = start;
    while let Some(next) = behind_attribute(tokens, at) {
        at = next;
    }
    while let Some(token) = tokens.get(at) {
        match token.text {
            ";" => return at + 1,
            "{" => {
                let end = behind(tokens, at);
                return end + usize::from(text(tokens, end) == ";");
            }
            "(" | "[" => at = behind(tokens, at),
            ")" | "]" | "}" => return at,
            _ => at += 1,
        }
    }
    tokens.len()
}

/// The bytes of the first token, or of white space. Not empty as long as the rest is not.
fn length(rest: &str) -> usize {
    let word = |rest: &str| {
        rest.find(|character| !is_word(character))
            .unwrap_or(rest.len())
    };
    match rest.strip_prefix('\'') {
        Some(name) if word(name) > 0 => 1 + word(name),
        _ if word(rest) > 0 => word(rest),
        _ if ["::", "->", "=>"].iter().any(|sign| rest.starts_with(sign)) => 2,
        _ => rest.chars().next().map_or(0, char::len_utf8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::code;

    fn all(source: &str) -> Vec<String> {
        let code = code(source);
        let tokens = shipped(&code);
        tokens.iter().map(|token| token.text.to_owned()).collect()
    }

    #[test]
    fn signs_words_and_lifetimes() {
        let source = "fn r#type<'a>(x: &'a [u8; 2]) -> a::B { 'x'; r }";
        let expected = [
            "fn", "type", "<", "'a", ">", "(", "x", ":", "&", "'a", "[", "u8", ";", "2", "]", ")",
            "->", "a", "::", "B", "{", ";", "r", "}",
        ];
        assert_eq!(all(source), expected);
    }

    #[test]
    fn lines_are_counted_from_one() {
        let found = tokens("a\n\n b::c\n");
        let lines: Vec<_> = found.iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 3, 3, 3]);
    }

    #[test]
    fn what_only_tests_see_is_left_out() {
        for source in [
            "#[cfg(test)] mod t; a",
            "#[cfg(test)]\n#[allow(x, reason = \"y\")]\nmod t { fn f() {} } a",
            "#[cfg(test)] pub(crate) fn f(x: [u8; 2]) -> X { y; } a",
            "#[cfg(all(test, not(loom)))] use x::{y, z}; a",
            "#[cfg(all(not(loom), test))] const X: [u8; 2] = [0; 2]; a",
        ] {
            assert_eq!(all(source), ["a"], "{source}");
        }
        for source in [
            "#[cfg(not(test))] b; a",
            "#[cfg(all(not(test), unix))] b; a",
            "#[cfg(any(test, unix))] b; a",
            "#[test] b; a",
        ] {
            assert!(all(source).contains(&"b".to_owned()), "{source}");
        }
    }

    #[test]
    fn groups_close_or_end_with_the_file() {
        let found = tokens("( a [ b ] ) c");
        assert_eq!(behind(&found, 0), 6);
        assert_eq!(inside(&found, 2).len(), 1);
        let open = tokens("( a");
        assert_eq!(behind(&open, 0), 2);
        assert_eq!(behind(&open, 9), 2);
        assert_eq!(inside(&open, 9), []);
    }
}
