use super::{Table, TableError, Unit};
use crate::Options;

const GOOD: &str = r#"
[[ratio]]
name = "mpin/login"
text = "one login"
bench = "mpin"
ours = ["mpin/login/ours"]
peer = ["mpin/login/peer"]
bound = 0.45

[[ratio]]
name = "tls/bytes"
text = "bytes of a handshake"
bench = "tls"
ours = ["tls/bytes/a", "tls/bytes/b"]
peer = ["tls/bytes/peer"]
ours_per = 64
unit = "bytes"
report = true
"#;

fn refused(old: &str, new: &str) -> TableError {
    assert!(GOOD.contains(old), "the tweak does not apply: {old}");
    Table::parse(&GOOD.replacen(old, new, 1)).expect_err(new)
}

#[test]
fn reads_every_field() {
    let table = Table::parse(GOOD).unwrap();
    let [login, bytes] = table.ratio.as_slice() else {
        panic!("two entries")
    };
    assert_eq!(login.bound, Some(0.45));
    assert_eq!(
        (login.ours_per, login.peer_per, login.unit),
        (1, 1, Unit::Time)
    );
    assert!(bytes.report && bytes.bound.is_none());
    assert_eq!((bytes.ours_per, bytes.unit), (64, Unit::Bytes));
    let ids: Vec<_> = bytes.ids().collect();
    assert_eq!(ids, ["tls/bytes/a", "tls/bytes/b", "tls/bytes/peer"]);
}

#[test]
fn selects_by_prefix() {
    let table = Table::parse(GOOD).unwrap();
    let names = |prefixes: &[&str]| -> Vec<String> {
        let prefixes: Vec<String> = prefixes.iter().map(ToString::to_string).collect();
        table
            .only(&prefixes)
            .map(|ratio| ratio.name.clone())
            .collect()
    };
    assert_eq!(names(&[]), ["mpin/login", "tls/bytes"]);
    assert_eq!(names(&["tls"]), ["tls/bytes"]);
    assert_eq!(names(&["mpin/login", "tls"]), ["mpin/login", "tls/bytes"]);
    assert!(names(&["login"]).is_empty());
}

#[test]
fn another_member_is_skipped_until_asked_for() {
    let there = GOOD.replacen("bench = \"tls\"", "bench = \"tls\"\npackage = \"other\"", 1);
    let table = Table::parse(&there).unwrap();
    let [login, bytes] = table.ratio.as_slice() else {
        panic!("two entries")
    };
    assert_eq!(
        (login.package(), bytes.package()),
        ("milagro-benches", "other")
    );
    let (all, asked) = (
        Options::default(),
        Options {
            only: vec!["tls".to_owned()],
            ..Options::default()
        },
    );
    assert!(!login.skips(&all) && bytes.skips(&all));
    assert!(!login.skips(&asked) && !bytes.skips(&asked));
}

#[test]
fn refuses_entries_that_cannot_fail() {
    for (old, new) in [
        ("\"tls/bytes\"", "\"mpin/login\""),
        ("[\"mpin/login/ours\"]", "[]"),
        ("[\"mpin/login/peer\"]", "[]"),
        (
            "ours_per = 64",
            "ours_per = 64\npackage = \"milagro-benches\"",
        ),
        ("ours_per = 64", "ours_per = 0"),
        ("ours_per = 64", "peer_per = 0"),
        ("bound = 0.45", "bound = 0.0"),
        ("bound = 0.45", "bound = -1.0"),
        ("bound = 0.45", "bound = nan"),
        ("bound = 0.45", "bound = inf"),
        ("bound = 0.45", ""),
        ("bound = 0.45", "bound = 0.45\nreport = true"),
        ("report = true", "report = false"),
    ] {
        assert!(matches!(refused(old, new), TableError::Entry(..)), "{new}");
    }
}

#[test]
fn refuses_other_shapes() {
    for (old, new) in [
        ("bound = 0.45", "bund = 0.45"),
        ("text = \"one login\"", ""),
        ("unit = \"bytes\"", "unit = \"cycles\""),
        ("ours_per = 64", "ours_per = -1"),
        ("[[ratio]]", "[[ratio"),
    ] {
        assert!(matches!(refused(old, new), TableError::Syntax(_)), "{new}");
    }
}

#[test]
fn the_real_table_parses() {
    let table = Table::parse(include_str!("../../ratios.toml")).unwrap();
    assert!(table.only(&[]).next().is_some());
}
