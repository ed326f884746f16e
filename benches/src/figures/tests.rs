use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Figures, criterion_home, record};

/// An empty directory for one test: in the build directory, and not where real figures are read.
pub(crate) fn home(name: &str) -> PathBuf {
    let home = criterion_home()
        .unwrap()
        .with_file_name("milagro-benches-tests")
        .join(name);
    let _ = fs::remove_dir_all(&home);
    fs::create_dir_all(&home).unwrap();
    home
}

/// The two files as criterion 0.8 writes them.
fn plant(home: &Path, id: &str, median: &str) -> PathBuf {
    let (group, function) = id.rsplit_once('/').unwrap();
    let directory = home
        .join(group.replace('/', "_"))
        .join(function)
        .join("new");
    fs::create_dir_all(&directory).unwrap();
    let benchmark = format!(
        r#"{{"group_id":"{group}","function_id":"{function}","value_str":null,"throughput":null,
            "full_id":"{id}","directory_name":"x/{function}","title":"{id}"}}"#
    );
    let estimate = |point: &str| {
        format!(
            r#"{{"confidence_interval":{{"confidence_level":0.95,"lower_bound":1.0,"upper_bound":9.0}},
                "point_estimate":{point},"standard_error":0.1}}"#
        )
    };
    let estimates = format!(
        r#"{{"mean":{},"median":{},"median_abs_dev":{},"slope":null,"std_dev":{}}}"#,
        estimate("111.0"),
        estimate(median),
        estimate("3.0"),
        estimate("4.0"),
    );
    fs::write(directory.join("benchmark.json"), benchmark).unwrap();
    fs::write(directory.join("estimates.json"), estimates).unwrap();
    directory
}

#[test]
fn takes_the_median_under_the_full_id() {
    let home = home("median");
    plant(&home, "mpin/login/ours", "2.5");
    plant(&home, "curve/gt/ours", "7.0");
    fs::create_dir_all(home.join("report")).unwrap();
    let figures = Figures::read(&home).unwrap();
    assert_eq!(figures.median("mpin/login/ours"), Some(2.5));
    assert_eq!(figures.median("curve/gt/ours"), Some(7.0));
    assert_eq!(figures.median("mpin/login/peer"), None);
    assert_eq!(figures.median("ours"), None);
}

#[test]
fn skips_an_interrupted_benchmark_and_refuses_a_broken_one() {
    let home = home("broken");
    let directory = plant(&home, "mpin/login/ours", "2.5");
    fs::remove_file(directory.join("estimates.json")).unwrap();
    assert_eq!(
        Figures::read(&home).unwrap().median("mpin/login/ours"),
        None
    );
    fs::write(
        directory.join("estimates.json"),
        r#"{"mean":{"point_estimate":1.0}}"#,
    )
    .unwrap();
    Figures::read(&home).unwrap_err();
}

#[test]
fn forgets_earlier_runs() {
    let home = home("stale");
    plant(&home, "mpin/login/ours", "2.5");
    let hour = Duration::from_secs(3600);
    let mut figures = Figures::read(&home).unwrap();
    figures.since(SystemTime::now() - hour);
    assert_eq!(figures.median("mpin/login/ours"), Some(2.5));
    assert!(figures.measured("mpin/login/ours").is_some());
    figures.since(SystemTime::now() + hour);
    assert_eq!(figures.median("mpin/login/ours"), None);
}

#[test]
fn a_missing_directory_holds_no_figure() {
    let figures = Figures::read(&home("missing").join("nowhere")).unwrap();
    assert_eq!(figures.median("mpin/login/ours"), None);
}

#[test]
fn finds_what_was_recorded() {
    let home = home("recorded");
    record(&home, "tls/bytes/ours", 1234).unwrap();
    record(&home, "tls/bytes/ours", 1235).unwrap();
    let figures = Figures::read(&home).unwrap();
    assert_eq!(figures.median("tls/bytes/ours"), Some(1235.0));
}
