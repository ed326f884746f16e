//! Files with one value changed or one field left out.

use std::fs;
use std::path::Path;

use milagro_test_vectors::{Case, Verdict, check_text};
use serde_json::{Map, Value};

/// A file of the project's own layout.
pub(crate) fn file(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Moves the values of a case to other names.
pub(crate) fn renamed(case: &Value, names: &[(&str, &str)]) -> Value {
    let pairs = names.iter().map(|(to, from)| {
        let value = case.pointer(from).unwrap().clone();
        ((*to).to_owned(), value)
    });
    pairs.collect::<Map<_, _>>().into()
}

/// The part of a file that a JSON pointer names, cut down to its first cases.
pub(crate) fn shorten(file: &mut Value, cases: &str, count: usize) {
    let list = file.pointer_mut(cases).unwrap().as_array_mut().unwrap();
    list.truncate(count);
}

/// What carries no figure: names for people.
pub(crate) fn label(path: &str) -> bool {
    ["/source", "/id", "/comment"]
        .iter()
        .any(|end| path.ends_with(end))
}

/// No path at all.
pub(crate) fn none(_: &str) -> bool {
    false
}

/// Changes every value of the file, and leaves out every field, one at a time, and expects that each
/// change is noticed: one in the list `cases` fails the case it is in and no other, one elsewhere fails
/// the file. A change to the name of a curve may lead to a case that is left out, and said to be. What `free` says of a path need not be noticed when its value changes.
pub(crate) fn every_change_is_noticed(
    file: &Value,
    cases: &str,
    free: impl Fn(&str) -> bool,
    optional: impl Fn(&str) -> bool,
) {
    good(file);
    let mut paths = Vec::new();
    walk(file, String::new(), &mut paths);
    let mut changes = 0;
    for path in paths {
        let value = file.pointer(&path).unwrap();
        if !free(&path) {
            for other in others(value).into_iter().filter(|other| other != value) {
                let mut changed = file.clone();
                *changed.pointer_mut(&path).unwrap() = other;
                bad(&changed, cases, &path);
                changes += 1;
            }
        }
        let (parent, key) = path.rsplit_once('/').unwrap();
        if let Some(Value::Object(_)) = file.pointer(parent)
            && !optional(&path)
        {
            let mut without = file.clone();
            let parent = without.pointer_mut(parent).unwrap();
            parent.as_object_mut().unwrap().remove(key);
            bad(&without, cases, &path);
            changes += 1;
        }
    }
    assert!(changes > 10, "{changes} changes");
}

/// The file passes.
pub(crate) fn good(file: &Value) {
    let (name, report) = check_text(&file.to_string()).unwrap();
    assert!(report.is_good(), "{name}: {report}");
}

fn bad(file: &Value, cases: &str, path: &str) {
    let Ok((_, report)) = check_text(&file.to_string()) else {
        return;
    };
    let passed = |case: &Case| matches!(case.verdict, Verdict::Passed);
    let noticed = report.cases().iter().any(|case| !passed(case));
    assert!(noticed || !report.is_good(), "{path}: not noticed");
    let inside = path
        .strip_prefix(cases)
        .and_then(|rest| rest.strip_prefix('/'));
    let Some(inside) = inside else {
        return;
    };
    let index: usize = inside.split('/').next().unwrap().parse().unwrap();
    for (other, case) in report.cases().iter().enumerate() {
        assert_eq!(!passed(case), other == index, "{path}: {report}");
    }
}

/// The paths of all values and of all that hold them, but the file itself.
fn walk(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                walk(value, format!("{path}/{key}"), paths);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                walk(value, format!("{path}/{index}"), paths);
            }
        }
        _ => {}
    }
    if !path.is_empty() {
        paths.push(path);
    }
}

/// Other values of the same type, as near as can be.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(value) => vec![(!value).into()],
        Value::Number(number) => {
            let number = number.as_i64().unwrap();
            vec![(number + 1).into(), (number - 1).into()]
        }
        Value::String(text) => strings(text).into_iter().map(Value::from).collect(),
        _ => Vec::new(),
    }
}

fn strings(text: &str) -> Vec<String> {
    let digits = |c: char| c.is_ascii_hexdigit();
    let is_hex = text.len() > 1
        && text
            .split(',')
            .all(|part| part.strip_prefix("0x").unwrap_or(part).chars().all(digits));
    if !is_hex {
        return vec![format!("{text}!"), String::new()];
    }
    let mut out = vec![format!("{text}00"), text[..text.len() - 2].to_owned()];
    // Not a prefix or a comma, but the first, a middle and the last digit.
    let start = if text.starts_with("0x") { 2 } else { 0 };
    for at in [start, text.len() / 2, text.len() - 1] {
        let mut bytes = text.as_bytes().to_vec();
        let Some(digit) = bytes.get_mut(at).filter(|digit| digit.is_ascii_hexdigit()) else {
            continue;
        };
        *digit = match *digit {
            b'9' => b'a',
            b'f' => b'e',
            digit => digit + 1,
        };
        out.push(String::from_utf8(bytes).unwrap());
    }
    out.dedup();
    out
}
