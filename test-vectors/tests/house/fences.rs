//! Blocks of code on a page.

/// A block between fences, without the marks of hidden lines.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Fence {
    /// What stands behind the first fence.
    pub(crate) language: String,
    pub(crate) text: String,
}

impl Fence {
    /// Whether rustdoc compiles it.
    pub(crate) fn is_rust(&self) -> bool {
        let words = ["", "compile_fail", "no_run", "rust", "should_panic"];
        let first = self.language.split([',', ' ']).next().unwrap_or_default();
        words.contains(&first)
    }
}

/// The blocks of a page.
pub(crate) fn fences(page: &str) -> Vec<Fence> {
    let mut found = Vec::new();
    let mut open: Option<Fence> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(language), None) => {
                open = Some(Fence {
                    language: language.trim().to_owned(),
                    text: String::new(),
                });
            }
            (None, Some(fence)) => {
                fence.text.push_str(visible(line, fence.is_rust()));
                fence.text.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

fn visible(line: &str, is_rust: bool) -> &str {
    let hidden = line.strip_prefix("# ").filter(|_| is_rust);
    hidden.unwrap_or(if is_rust && line == "#" { "" } else { line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_with_their_languages() {
        let page = "a\n```toml\n# b\n```\n\n```rust,no_run\n# use c;\n#\n#[d]\n```\n```\ne\n```\n```text\nopen";
        let found = fences(page);
        let texts: Vec<_> = found
            .iter()
            .map(|fence| (fence.text.as_str(), fence.is_rust()))
            .collect();
        assert_eq!(
            texts,
            [("# b\n", false), ("use c;\n\n#[d]\n", true), ("e\n", true)]
        );
    }
}
