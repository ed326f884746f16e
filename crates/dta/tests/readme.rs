//! README.md against the sources.

#![forbid(unsafe_code)]

#[test]
fn every_tag_is_on_the_page_and_no_other() {
    let page = include_str!("../README.md");
    let source = include_str!("../src/tags.rs");
    let mut tags = Vec::new();
    for constant in source.split("pub(crate) const ").skip(1) {
        let value = constant.split(';').next().unwrap_or_default();
        let quoted: Vec<&str> = value.split('"').skip(1).step_by(2).collect();
        tags.push(match quoted.as_slice() {
            [role, suite] => format!("MILAGRO-V1-{role}-{suite}"),
            other => other.concat(),
        });
    }
    assert!(tags.len() > 15, "{tags:?}");
    for tag in &tags {
        assert!(
            page.contains(&format!("{tag}`")),
            "{tag} is not in README.md"
        );
    }
    let words = page.split(['`', ' ', '"']);
    for word in words.filter(|word| word.starts_with("MILAGRO-V1-")) {
        assert!(tags.iter().any(|tag| tag == word), "{word} is no tag");
    }
}
