//! Every file of the project's own layout, through the program's code.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::fs;
use std::path::Path;

use milagro_test_vectors::check_text;

/// Checks all files of a directory and returns how many cases ran.
fn all_of(directory: &str) -> usize {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let mut run = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "json") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        match check_text(&text) {
            Ok((_, report)) => {
                assert!(report.is_good(), "{}: {report}", path.display());
                run += report.counts().0;
            }
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }
    run
}

#[test]
fn curve() {
    assert_eq!(all_of("curve"), 215);
}

#[test]
fn mpin() {
    assert_eq!(all_of("mpin"), 130);
}

#[test]
fn privacypass() {
    assert_eq!(all_of("privacypass"), 3 * 5);
}

#[test]
fn tls() {
    assert_eq!(all_of("tls"), 10);
}

#[test]
fn voprf() {
    let (nist, ristretto, oprf, acs) = (3 * 5, 16 + 29 + 7, 4 * (2 + 3 + 3), 12 + 10);
    let arc = 1;
    assert_eq!(all_of("voprf"), nist + ristretto + oprf + acs + arc);
}

#[test]
fn wire() {
    let (transcript, names, factors, login, full) = (4, 13, 3, 10, 4);
    let (issue, permits, tokens, ceremony, psk, peer) = (3, 2, 3, 4, 2, 2);
    let logins = transcript + names + factors + login + full;
    assert_eq!(
        all_of("wire"),
        logins + issue + permits + tokens + ceremony + psk + peer
    );
}
