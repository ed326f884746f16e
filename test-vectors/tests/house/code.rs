//! Rust source without its comments and literals.

/// The code of a file: comments, strings and character literals become a space, lines stay where they are.
pub(crate) fn code(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skip = comment(rest)
            .or_else(|| string(rest))
            .or_else(|| character(rest));
        let (taken, left) = rest.split_at(skip.unwrap_or_else(|| word(rest).max(first.len_utf8())));
        if skip.is_some() {
            code.push(' ');
            code.extend(taken.chars().filter(|character| *character == '\n'));
        } else {
            code.push_str(taken);
        }
        rest = left;
    }
    code
}

/// Lines, counted from 1, that contain `word` as a whole identifier.
pub(crate) fn lines_with<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let numbered = code.lines().zip(1..);
    numbered
        .filter(move |(line, _)| words(line).any(|other| other == word))
        .map(|(_, number)| number)
}

/// The identifiers and keywords of a piece of code.
pub(crate) fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|character| !is_word(character))
        .filter(|word| !word.is_empty())
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(left) = rest.get(at..).filter(|left| !left.is_empty()) {
        if left.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if left.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += left.chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            return Some(at);
        }
    }
    Some(rest.len())
}

fn string(rest: &str) -> Option<usize> {
    let body = rest.trim_start_matches(['b', 'c']);
    let prefix = rest.len() - body.len();
    if prefix > 1 {
        return None;
    }
    if let Some(raw) = body.strip_prefix('r') {
        let inside = raw.trim_start_matches('#');
        let hashes = raw.get(..raw.len() - inside.len())?;
        let inside = inside.strip_prefix('"')?;
        let end = format!("\"{hashes}");
        let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
        return Some(rest.len() - inside.len() + length);
    }
    let inside = body.strip_prefix('"')?;
    Some(rest.len() - inside.len() + quoted(inside, '"'))
}

/// A character literal; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    let mut characters = inside.chars();
    match (characters.next()?, characters.next()?) {
        ('\\', _) => Some(1 + quoted(inside, '\'')),
        (only, '\'') => Some(2 + only.len_utf8()),
        _ => None,
    }
}

/// The length of a literal's inside together with its closing quote.
fn quoted(inside: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in inside.char_indices() {
        if character == quote && !escaped {
            return at + 1;
        }
        escaped = character == '\\' && !escaped;
    }
    inside.len()
}

fn word(rest: &str) -> usize {
    rest.find(|character| !is_word(character))
        .unwrap_or(rest.len())
}

/// Whether a character may stand in an identifier.
pub(crate) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(source: &str) -> Vec<String> {
        words(&code(source)).map(str::to_owned).collect()
    }

    #[test]
    fn takes_out_comments_and_literals() {
        for (source, expected) in [
            ("a // b \"\nc", vec!["a", "c"]),
            ("a /* b /* c */ d */ e", vec!["a", "e"]),
            ("/* a", vec![]),
            (r#"a "b \" c // d" e"#, vec!["a", "e"]),
            (r#"a "b \\" c"#, vec!["a", "c"]),
            (r##"a r#"b " c"# d"##, vec!["a", "d"]),
            (r#"a r"b \" c"#, vec!["a", "c"]),
            (r###"a br##"b "# c"## d"###, vec!["a", "d"]),
            ("a b\"b\" c\"c\" d", vec!["a", "d"]),
            ("for x in r#type", vec!["for", "x", "in", "r", "type"]),
            (r"a '\'' b '\\' c '\u{1f}' d", vec!["a", "b", "c", "d"]),
            ("a '\"' b 'é' c", vec!["a", "b", "c"]),
            (
                "fn f<'a>(x: &'a str) {}",
                vec!["fn", "f", "a", "x", "a", "str"],
            ),
            ("a b'\"' c", vec!["a", "b", "c"]),
            ("bar\"b\"", vec!["bar"]),
            ("https://x", vec!["https"]),
        ] {
            assert_eq!(left(source), expected, "{source}");
        }
    }

    #[test]
    fn lines_stay_where_they_are() {
        let source = "one\n/* a\nb */ two\n\"c\nd\" three\n// four\nthree_and_more";
        let code = code(source);
        assert_eq!(code.lines().count(), source.lines().count());
        assert_eq!(lines_with(&code, "two").collect::<Vec<_>>(), [3]);
        assert_eq!(lines_with(&code, "three").collect::<Vec<_>>(), [5]);
        assert_eq!(lines_with(&code, "four").count(), 0);
    }
}
