//! Forms, names and problems.

use crate::bounded::{Blob, List, Text, TooLong};
use crate::forms::registrar::EnrolmentRequest;
use crate::forms::{PermitRequest, ShareRequest};
use crate::name::{Name, NoName};
use crate::problem::{Problem, ProblemType};

#[test]
fn blobs_have_one_spelling_and_a_maximum() {
    for length in 0..=6 {
        let bytes = vec![0xfb; length];
        let blob = Blob::<6>::new(bytes.clone()).unwrap();
        assert_eq!(
            Blob::<6>::from_text(&blob.to_text()).unwrap().as_bytes(),
            bytes
        );
        let json = serde_json::to_string(&blob).unwrap();
        assert_eq!(serde_json::from_str::<Blob<6>>(&json).unwrap(), blob);
    }
    assert_eq!(Blob::<6>::new([0; 7]), Err(TooLong));
    // Too long, padded, of the other alphabet, with spaces, of an impossible length, with bits left over.
    for text in [
        "AAAAAAAAAA",
        "AAAAAAAAA",
        "AA==",
        "AA=",
        "+/+/",
        "AA AA",
        " AA",
        "A",
        "AB",
        "AAB",
        "ä",
        "\0",
    ] {
        assert_eq!(Blob::<6>::from_text(text), Err(TooLong), "{text:?}");
        let json = serde_json::to_string(text).unwrap();
        assert!(serde_json::from_str::<Blob<6>>(&json).is_err(), "{text:?}");
    }
    for json in ["null", "1", "[]", "{}", "[65]"] {
        assert!(serde_json::from_str::<Blob<6>>(json).is_err(), "{json}");
    }
    assert_eq!(
        Blob::<6>::from_text("-_-_").unwrap().as_bytes(),
        [0xfb, 0xff, 0xbf]
    );
    assert_eq!(Blob::<6>::new([1, 2]).unwrap().to_array(), Some([1, 2]));
    assert_eq!(Blob::<6>::new([1, 2]).unwrap().to_array::<3>(), None);
    assert_eq!(
        format!("{:?}", Blob::<6>::new([171; 3]).unwrap()),
        "Blob(3 bytes)"
    );
}

#[test]
fn lists_end_at_their_maximum() {
    assert_eq!(
        serde_json::from_str::<List<u8, 2>>("[1,2]")
            .unwrap()
            .as_slice(),
        [1, 2]
    );
    assert!(serde_json::from_str::<List<u8, 2>>("[1,2,3]").is_err());
    assert_eq!(List::<u8, 2>::new(vec![1, 2, 3]), Err(TooLong));
    // The rest is not even parsed: what follows is no JSON.
    assert!(serde_json::from_str::<List<u8, 2>>("[1,2,3,").is_err());
}

#[test]
fn forms_take_what_they_say_and_nothing_else() {
    let form: ShareRequest = serde_json::from_str(r#"{"grant":"AAAA"}"#).unwrap();
    assert_eq!(serde_json::to_string(&form).unwrap(), r#"{"grant":"AAAA"}"#);
    for json in [
        "{}",
        "[]",
        r#"{"grant":null}"#,
        r#"{"grant":"AAAA","more":1}"#,
        r#"{"grant":"AAAA","grant":"AAAA"}"#,
        r#"{"Grant":"AAAA"}"#,
    ] {
        assert!(
            serde_json::from_str::<ShareRequest>(json).is_err(),
            "{json}"
        );
    }
    let json = |epoch: &str, kind: &str| {
        format!(r#"{{"domain":"AA","identity":"AA","epoch":{epoch},"kind":"{kind}"}}"#)
    };
    assert!(serde_json::from_str::<PermitRequest>(&json("18446744073709551615", "cover")).is_ok());
    for (epoch, kind) in [
        ("-1", "cover"),
        ("1.5", "cover"),
        ("1e3", "cover"),
        ("18446744073709551616", "cover"),
        ("1", "both"),
    ] {
        assert!(
            serde_json::from_str::<PermitRequest>(&json(epoch, kind)).is_err(),
            "{epoch} {kind}"
        );
    }
}

#[test]
fn names_are_lower_case_hashes() {
    let name = Name::of(b"abc");
    let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-4
    assert_eq!(name.to_string(), text);
    assert_eq!(text.parse(), Ok(name));
    assert_eq!(Name::from_bytes(*name.as_bytes()), name);
    for wrong in [
        "",
        &text[1..],
        &format!("{text}a"),
        &text.to_uppercase(),
        &text.replace('b', "g"),
        &text.replace("ba", "ä"),
    ] {
        assert_eq!(wrong.parse::<Name>(), Err(NoName), "{wrong}");
    }
}

#[test]
fn problems_say_which_they_are() {
    let mut words: Vec<_> = ProblemType::all().map(ProblemType::word).collect();
    let count = words.len();
    words.sort_unstable();
    words.dedup();
    assert_eq!((words.len(), count), (16, 16));
    let page = include_str!("problem.rs");
    for kind in ProblemType::all() {
        let problem = kind.problem().saying("more").after(7);
        let json = serde_json::to_string(&problem).unwrap();
        let read: Problem = serde_json::from_str(&json).unwrap();
        assert_eq!((read.known(), read.retry_after), (Some(kind), Some(7)));
        assert!((400..600).contains(&read.status));
        // The table of the documentation is this one.
        let row = format!("| `{}` | {} |", kind.word(), kind.status());
        assert!(page.contains(&row), "{row}");
    }
    let mut foreign = ProblemType::Busy.problem();
    foreign.kind = "about:blank".to_owned();
    assert_eq!(foreign.known(), None);
    assert_eq!(ProblemType::Refused.problem().to_string(), "refused (403)");
}

#[test]
fn texts_are_bounded_and_plain() {
    for (text, good) in [
        ("a", true),
        ("Ärger", true),
        ("a b", true),
        ("", false),
        (" a", false),
        ("a\u{3000}", false),
        ("a\nb", false),
        ("a\u{7f}", false),
        ("a\u{85}b", false),
        ("1234567", false),
    ] {
        assert_eq!(Text::<6>::new(text).is_ok(), good, "{text:?}");
        let json = serde_json::to_string(text).unwrap();
        let read = serde_json::from_str::<Text<6>>(&json);
        assert_eq!(read.is_ok(), good, "{text:?}");
        if let Ok(read) = read {
            assert_eq!(
                (read.as_str(), serde_json::to_string(&read).unwrap()),
                (text, json)
            );
        }
    }
    assert_eq!(
        format!("{:?}", Text::<6>::new("secret").unwrap()),
        "Text(6 bytes)"
    );
}

#[test]
fn rights_to_enrol_are_one_of_two() {
    let read = |text: &str| serde_json::from_str::<EnrolmentRequest>(text);
    let client = "A".repeat(43);
    let with = |by: &str| format!(r#"{{"client":"{client}","by":{by}}}"#);
    for (by, good) in [
        (r#"{"code":"ABC"}"#, true),
        (r#"{"hook":{"user":"alice","context":"x"}}"#, true),
        (r#"{"hook":{"user":"alice"}}"#, false),
        (r#"{"hook":{"user":"alice","context":"x","more":1}}"#, false),
        (
            r#"{"code":"ABC","hook":{"user":"alice","context":"x"}}"#,
            false,
        ),
        (r#"{"code":""}"#, false),
        (r#"{"admin":"alice"}"#, false),
        ("{}", false),
        ("null", false),
    ] {
        assert_eq!(read(&with(by)).is_ok(), good, "{by}");
    }
    assert!(read(&format!(r#"{{"client":"{client}"}}"#)).is_err());
    let twice = format!(r#"{{"client":"{client}","client":"{client}","by":{{"code":"ABC"}}}}"#);
    assert!(read(&twice).is_err());
}
