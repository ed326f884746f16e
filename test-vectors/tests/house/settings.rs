//! What the pages of the program say about its settings.

use alloc::collections::BTreeMap;

use crate::tree::Tree;

const PROGRAM: &str = "apps/milagro/";
const HEAD: &str = "| section | key | without it |";

/// Keys of the macro `settings!` that neither their section of the table in the program's `README.md` names, nor a guide which that
/// section leads to.
pub(crate) fn faults(tree: &Tree) -> Vec<String> {
    let page = tree.get(&format!("{PROGRAM}README.md")).unwrap_or_default();
    let sections = sections(page, tree);
    let keys = keys(tree);
    let mut faults = Vec::new();
    if keys.is_empty() {
        faults.push("the program has no settings, or others than this rule knows".to_owned());
    }
    for (section, key) in keys {
        let named = sections.get(&section).is_some_and(|text| {
            let key = format!("`{key}`");
            text.contains(&key)
        });
        if !named {
            faults.push(format!("[{section}]: no page says what {key} is"));
        }
    }
    faults
}

/// What is said of each section: its rows, and the guides that they name.
fn sections(page: &str, tree: &Tree) -> BTreeMap<String, String> {
    let mut sections: BTreeMap<String, String> = BTreeMap::new();
    let mut current = String::new();
    let table = page.split(HEAD).nth(1).unwrap_or_default();
    let rows = table.trim_start().lines();
    for row in rows.take_while(|row| row.starts_with('|')) {
        let first = row.split('|').nth(1).unwrap_or_default().trim();
        if let Some(name) = first.strip_prefix("`[") {
            name.trim_end_matches("]`").clone_into(&mut current);
        }
        let said = sections.entry(current.clone()).or_default();
        said.push_str(row);
        for guide in row.split("`docs/").skip(1) {
            let name = guide.split('`').next().unwrap_or_default();
            let guide = tree.get(&format!("{PROGRAM}docs/{name}"));
            said.push_str(guide.unwrap_or_default());
        }
    }
    sections
}

/// Sections, and their keys as a file spells them.
fn keys(tree: &Tree) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    let start = format!("{PROGRAM}src/settings");
    let sources = tree.rust().filter(|(path, _)| path.starts_with(&start));
    for (_, source) in sources {
        for block in source.split("\nsettings! {").skip(1) {
            let block = block.split("\n}").next().unwrap_or_default();
            let mut section = None;
            for line in block.lines().map(str::trim) {
                if let Some(name) = line.strip_suffix(" {") {
                    section = Some(section_of(name));
                } else if let (Some(section), Some((key, _))) = (&section, entry(line)) {
                    keys.push((section.clone(), key.replace('_', "-")));
                }
            }
        }
    }
    keys
}

/// `LoginSettings` are the keys of `[login]`; what all commands have stands above the sections.
fn section_of(name: &str) -> String {
    let name = name.strip_suffix("Settings").unwrap_or_default();
    name.to_ascii_lowercase()
}

/// `key: Kind, "VARIABLE"`.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (key, rest) = line.split_once(": ")?;
    let is_word = key
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_word && rest.contains(", \"MILAGRO_")).then_some((key, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "macro_rules! settings {\n    ($name:ident { }) => {};\n}\n
settings! {
    /// What all have.
    Common {
        /// Where: everywhere.
        data: PathBuf, \"MILAGRO_DATA\", global = true;
    }
}

settings! {
    /// Keys of `[login]`.
    LoginSettings {
        /// Who.
        tls_key: Option<Vec<String>>, \"MILAGRO_LOGIN_TLS_KEY\", value_delimiter = ',';
        /// How often.
        queue: usize, \"MILAGRO_LOGIN_QUEUE\";
    }
}
";

    /// What is wrong where the rows and the guide to logins are these.
    fn with(rows: &str, guide: &str) -> Vec<String> {
        let page = format!("# milagro\n\n{HEAD}\n|---|---|---|\n{rows}\n\n`data` `queue`\n");
        faults(&Tree::from_files(&[
            ("apps/milagro/src/settings.rs", SOURCE),
            ("apps/milagro/README.md", &page),
            ("apps/milagro/docs/logins.md", guide),
        ]))
    }

    #[test]
    fn rows_and_guides_that_say_all() {
        for (rows, guide) in [
            ("| | `data` | |\n| `[login]` | `tls-key`, `queue` | |", ""),
            (
                "| | `data` | |\n| `[login]` | `queue` | |\n| | all others | `docs/logins.md` |",
                "`tls-key`",
            ),
        ] {
            assert_eq!(with(rows, guide), [""; 0], "{rows}");
        }
    }

    #[test]
    fn finds_keys_that_no_page_names() {
        for (rows, guide, count) in [
            ("| | `data` | |\n| `[login]` | `queue` | |", "`tls-key`", 1),
            (
                "| | `data` | |\n| `[other]` | `tls-key`, `queue` | |",
                "",
                2,
            ),
            ("| `[login]` | `data`, `tls-key`, `queue` | |", "", 1),
            ("", "", 3),
        ] {
            assert_eq!(with(rows, guide).len(), count, "{rows}");
        }
        assert_eq!(faults(&Tree::from_files(&[])).len(), 1);
    }
}
