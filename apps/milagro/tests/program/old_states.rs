//! Older states are not taken, whatever part of the directory they are in.

use std::fs;
use std::path::{Path, PathBuf};

use crate::people::{Council, Registrar, serving};
use crate::process::{Place, bad};

fn sealed(member: &Place) -> PathBuf {
    let mut shares = fs::read_dir(member.data().join("shares")).expect("a directory");
    let share = shares.next().expect("a share").expect("an entry").path();
    assert!(shares.next().is_none(), "one file for one domain");
    share
}

fn authority(member: &Place, registrar: &Registrar) -> (i32, String) {
    bad(&member.output(serving(&registrar.setting())))
}

fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).expect("copied");
}

#[test]
fn of_a_share_and_of_a_store() {
    let council = Council::new();
    let founded = council.found();
    let registrar = Registrar::of(&founded);
    let member = &council.members[0];
    let (share, store) = (sealed(member), member.data().join("store"));
    let (old_share, old_store) = (member.path("old share"), member.path("old store"));
    copy(&share, &old_share);
    copy(&store, &old_store);

    // The same key in new shares.
    let domain = founded["domain"].as_str().expect("a domain");
    let refreshed = council.hold(&council.refresh_plan(domain));
    assert_eq!(refreshed["domain"], founded["domain"]);
    assert_eq!(refreshed["generation"], 1);
    drop(registrar.serve(member));

    // The share of before.
    let new_share = fs::read(&share).expect("a share");
    copy(&old_share, &share);
    let (code, words) = authority(member, &registrar);
    assert_eq!(code, 4, "{words}");
    assert!(
        words.contains("generation 0, and generation 1 was stored"),
        "{words}"
    );
    let (code, words) = bad(&member.output(["status"]));
    assert_eq!(code, 4, "{words}");

    // Altered, cut, and gone.
    let mut altered = new_share.clone();
    *altered.last_mut().expect("bytes") ^= 1;
    for (bytes, expected) in [(altered.as_slice(), 4), (&new_share[..100], 4), (&[], 4)] {
        fs::write(&share, bytes).expect("written");
        assert_eq!(authority(member, &registrar).0, expected);
    }
    fs::remove_file(&share).expect("removed");
    assert_eq!(authority(member, &registrar).0, 3);

    // Killed between the records and the move of the file: the file beside it is the one.
    fs::write(share.with_extension("next"), &new_share).expect("written");
    copy(&old_share, &share);
    drop(registrar.serve(member));
    assert_eq!(fs::read(&share).expect("a share"), new_share);

    // Killed before the records were told: what lies beside is nothing.
    copy(&old_share, &share.with_extension("next"));
    drop(registrar.serve(member));

    // The store of before, with the share of before or of now.
    copy(&old_store, &store);
    let (code, words) = authority(member, &registrar);
    assert_eq!((code, words.contains("older state")), (4, true), "{words}");
    copy(&old_share, &share);
    assert_eq!(authority(member, &registrar).0, 4);
}

#[test]
fn another_key_or_another_process() {
    let council = Council::new();
    let registrar = Registrar::of(&council.found());
    let (one, two) = (&council.members[0], &council.members[1]);
    let running = registrar.serve(one);
    let (code, words) = authority(one, &registrar);
    assert_eq!(
        (code, words.contains("another process")),
        (5, true),
        "{words}"
    );
    assert_eq!(bad(&one.output(["status"])).0, 5);
    drop(running);
    copy(&two.path("key"), &one.path("key"));
    let (code, words) = authority(one, &registrar);
    assert_eq!(
        (code, words.contains("wrong passphrase or key")),
        (3, true),
        "{words}"
    );
    // The sealed share of another member under its own key is another state.
    copy(&sealed(two), &sealed(one));
    assert_eq!(authority(one, &registrar).0, 4);
}
