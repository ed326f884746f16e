use super::{Options, OptionsError};

fn parse(line: &str) -> Result<Options, OptionsError> {
    Options::parse(line.split_whitespace().map(str::to_owned))
}

#[test]
fn reads_every_option() {
    assert_eq!(parse(""), Ok(Options::default()));
    let expected = Options {
        rounds: 0,
        check: true,
        help: false,
        only: vec!["mpin".into(), "curve/gt".into()],
        criterion: vec!["--measurement-time".into(), "10".into(), "--".into()],
    };
    let line = "--only mpin --read --check --only curve/gt -- --measurement-time 10 --";
    assert_eq!(parse(line), Ok(expected));
    assert_eq!(parse("--rounds 5").map(|options| options.rounds), Ok(5));
}

#[test]
fn refuses_the_rest() {
    for (line, culprit) in [
        ("--chek", "--chek"),
        ("mpin", "mpin"),
        ("--check --only", "--only"),
        ("--rounds 0", "--rounds"),
        ("--rounds 100", "--rounds"),
        ("--rounds", "--rounds"),
    ] {
        assert_eq!(parse(line), Err(OptionsError(culprit.into())));
    }
}
