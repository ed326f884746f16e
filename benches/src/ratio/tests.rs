use super::{Outcome, filter, middle, outcome};
use crate::figures::tests::home;
use crate::figures::{Figures, record};
use crate::table::{Ratio, Table};

fn entry(rest: &str) -> Table {
    let text = "name = \"a\"\ntext = \"b\"\nbench = \"c\"\nours = [\"x/one\", \"x/two\"]\npeer = [\"x/peer\"]\n";
    Table::parse(&format!("[[ratio]]\n{text}{rest}")).unwrap()
}

fn first(table: &Table) -> &Ratio {
    table.only(&[]).next().unwrap()
}

fn figures(test: &str, figures: &[(&str, u32)]) -> Figures {
    let home = home(test);
    for (id, figure) in figures {
        record(&home, id, *figure).unwrap();
    }
    Figures::read(&home).unwrap()
}

#[test]
fn the_bound_is_inclusive_and_sides_are_sums_per_item() {
    let figures = figures("bound", &[("x/one", 100), ("x/two", 300), ("x/peer", 50)]);
    for (rest, holds, ratio) in [
        ("bound = 8.0", true, 8.0),
        ("bound = 7.99", false, 8.0),
        ("bound = 2.0\nours_per = 4", true, 2.0),
        ("bound = 15.9\npeer_per = 2", false, 16.0),
        ("bound = 16.0\npeer_per = 2", true, 16.0),
        ("report = true", true, 8.0),
    ] {
        let table = entry(rest);
        let outcome = outcome(first(&table), &figures);
        assert_eq!(outcome.holds(), holds, "{rest}");
        let (Outcome::Kept(measured) | Outcome::Above(measured)) = outcome else {
            panic!("{rest}: nothing is missing")
        };
        assert!((measured.ratio() - ratio).abs() < 1e-9, "{rest}");
    }
}

#[test]
fn names_what_is_missing() {
    let figures = figures("lacking", &[("x/one", 100)]);
    for rest in ["bound = 1e9", "report = true"] {
        let table = entry(rest);
        let outcome = outcome(first(&table), &figures);
        assert!(!outcome.holds());
        assert_eq!(
            outcome,
            Outcome::Missing(vec!["x/two".into(), "x/peer".into()])
        );
    }
}

#[test]
fn a_ratio_that_is_no_number_never_holds() {
    let figures = figures("nan", &[("x/one", 0), ("x/two", 0), ("x/peer", 0)]);
    for rest in ["bound = 1.0", "report = true"] {
        let table = entry(rest);
        assert!(
            matches!(outcome(first(&table), &figures), Outcome::Above(_)),
            "{rest}"
        );
    }
}

#[test]
fn the_middle_round_speaks() {
    let round = |ours: u32| {
        figures(
            &format!("round-{ours}"),
            &[("x/one", ours), ("x/two", 0), ("x/peer", 100)],
        )
    };
    for (rounds, ratio) in [
        (vec![10], 0.1),
        (vec![90, 10, 20], 0.2),
        (vec![30, 10, 900, 20, 800], 0.3),
    ] {
        let rounds: Vec<Figures> = rounds.into_iter().map(round).collect();
        let table = entry(&format!("bound = {ratio}"));
        let Outcome::Kept(measured) = middle(first(&table), &rounds) else {
            panic!("{ratio} is the middle")
        };
        assert!((measured.ratio() - ratio).abs() < 1e-9);
        let table = entry(&format!("bound = {}", ratio - 0.01));
        assert!(matches!(middle(first(&table), &rounds), Outcome::Above(_)));
    }
    let table = entry("report = true");
    let gap = [round(10), Figures::default(), round(20)];
    assert!(matches!(middle(first(&table), &gap), Outcome::Missing(_)));
    assert!(matches!(middle(first(&table), &[]), Outcome::Missing(_)));
}

#[test]
fn amounts_are_readable() {
    for (ours, unit, expected) in [
        (12, "time", "12.0 ns / 50.0 ns"),
        (12_345, "time", "12.35 us / 50.0 ns"),
        (1_934_000, "time", "1.934 ms / 50.0 ns"),
        (1200, "bytes", "1200 bytes / 50 bytes"),
    ] {
        let figures = figures(
            &format!("amounts-{ours}"),
            &[("x/one", ours), ("x/two", 0), ("x/peer", 50)],
        );
        let table = entry(&format!("report = true\nunit = \"{unit}\""));
        let Outcome::Kept(measured) = outcome(first(&table), &figures) else {
            panic!("{expected}")
        };
        assert_eq!(measured.to_string(), expected);
    }
}

#[test]
fn the_filter_is_exact() {
    let ids = ["mpin/login/a+b", "mpin/login/ours", "mpin/login/ours"];
    assert_eq!(filter(ids), r"^(mpin/login/a\+b|mpin/login/ours)$");
}
