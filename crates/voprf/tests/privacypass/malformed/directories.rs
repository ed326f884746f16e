//! Directories.

use milagro_base::DecodeError::Length;
use milagro_base::Seconds;
use milagro_voprf::privacypass::{Directory, DirectoryError, DirectoryMaxima, Field};
use milagro_voprf::{Ristretto255, suite::P384};

const MAXIMA: DirectoryMaxima = DirectoryMaxima {
    bytes: 300,
    keys: 2,
};

fn refused(cases: &[(String, DirectoryError)]) {
    for (text, error) in cases {
        let read = Directory::from_json(text.as_bytes(), &MAXIMA);
        assert_eq!(read.as_ref(), Err(error), "{text}");
    }
}

/// Texts with one key that cannot be read: the key is skipped, and nothing else.
fn skipped(cases: &[(String, DirectoryError)]) {
    for (text, error) in cases {
        let read = Directory::from_json(text.as_bytes(), &MAXIMA).unwrap();
        assert_eq!(read.keys(), [], "{text}");
        assert_eq!(read.skipped(), [*error], "{text}");
    }
}

#[test]
fn texts() {
    use DirectoryError::{Json, Missing, TooLong};
    let read = Directory::from_json(b"{\"a\":\"\xff\"}", &MAXIMA);
    assert_eq!(read, Err(Json));
    refused(&[
        (" ".repeat(301), TooLong),
        (String::new(), Json),
        ("[]".into(), Json),
        ("null".into(), Json),
        ("{".into(), Json),
        ("{}x".into(), Json),
        ("{}".into(), Missing(Field::RequestUri)),
        ("\u{feff}{}".into(), Json),
        ("{'a':1}".into(), Json),
        (r#"{"a":1,}"#.into(), Json),
        (r#"{"a":01}"#.into(), Json),
        (r#"{"a":.5}"#.into(), Json),
        (r#"{"a":1.}"#.into(), Json),
        (r#"{"a":+1}"#.into(), Json),
        (r#"{"a":NaN}"#.into(), Json),
        (r#"{"a":nul}"#.into(), Json),
        (r#"{"a":"\x"}"#.into(), Json),
        (r#"{"a":"\ud800"}"#.into(), Json),
        (r#"{"a":"\ud800\u0041"}"#.into(), Json),
        (r#"{"a":"\udc00"}"#.into(), Json),
        (r#"{"a":"\u12"}"#.into(), Json),
        ("{\"a\":\"\n\"}".into(), Json),
        (r#"{"a":1 "b":2}"#.into(), Json),
        (r#"{"a" 1}"#.into(), Json),
        (r#"{"a":[1,]}"#.into(), Json),
        ("[".repeat(200), Json),
        (
            format!(r#"{{"a":{}1{}}}"#, "[".repeat(15), "]".repeat(15)),
            Json,
        ),
        (r#"{"a":1,"a":1}"#.into(), DirectoryError::Repeated),
        (r#"{"a":1,"\u0061":1}"#.into(), DirectoryError::Repeated),
    ]);
}

#[test]
fn fields() {
    use DirectoryError::{Missing, TooMany, Wrong};
    use Field::{NotBefore, RequestUri, TokenKey, TokenKeys, TokenType};
    let key = |inner: &str| format!(r#"{{"issuer-request-uri":"/r","token-keys":[{{{inner}}}]}}"#);
    let uri = |uri: &str| format!(r#"{{"issuer-request-uri":{uri},"token-keys":[]}}"#);
    refused(&[
        (r#"{"token-keys":[]}"#.into(), Missing(RequestUri)),
        (
            r#"{"Issuer-Request-Uri":"/r","token-keys":[]}"#.into(),
            Missing(RequestUri),
        ),
        (r#"{"issuer-request-uri":"/r"}"#.into(), Missing(TokenKeys)),
        (uri("1"), Wrong(RequestUri)),
        (uri(r#""""#), Wrong(RequestUri)),
        (uri(r#""/a b""#), Wrong(RequestUri)),
        (uri(r#""/\u00e9""#), Wrong(RequestUri)),
        (uri(r#""/\"""#), Wrong(RequestUri)),
        (uri(r#""/\u0000""#), Wrong(RequestUri)),
        (
            r#"{"issuer-request-uri":"/r","token-keys":{}}"#.into(),
            Wrong(TokenKeys),
        ),
        (
            r#"{"issuer-request-uri":"/r","token-keys":[1,2,3]}"#.into(),
            TooMany,
        ),
        (
            key(r#""token-type":5,"token-type":1"#),
            DirectoryError::Repeated,
        ),
    ]);
    skipped(&[
        (
            r#"{"issuer-request-uri":"/r","token-keys":[1]}"#.into(),
            Wrong(TokenKeys),
        ),
        (key(""), Missing(TokenType)),
        (key(r#""token-key":"""#), Missing(TokenType)),
        (key(r#""token-type":5"#), Missing(TokenKey)),
        (key(r#""token-type":"5","token-key":"""#), Wrong(TokenType)),
        (key(r#""token-type":5.0,"token-key":"""#), Wrong(TokenType)),
        (key(r#""token-type":-5,"token-key":"""#), Wrong(TokenType)),
        (
            key(r#""token-type":65536,"token-key":"""#),
            Wrong(TokenType),
        ),
        (key(r#""token-type":5,"token-key":null"#), Wrong(TokenKey)),
        (key(r#""token-type":5,"token-key":"AA""#), Wrong(TokenKey)),
        (key(r#""token-type":5,"token-key":"AA+=""#), Wrong(TokenKey)),
        (
            key(r#""token-type":5,"token-key":"","not-before":"1""#),
            Wrong(NotBefore),
        ),
        (
            key(r#""token-type":5,"token-key":"","not-before":-1"#),
            Wrong(NotBefore),
        ),
        (
            key(r#""token-type":5,"token-key":"","not-before":1.5"#),
            Wrong(NotBefore),
        ),
        (
            key(r#""token-type":5,"token-key":"","not-before":null"#),
            Wrong(NotBefore),
        ),
        (
            key(r#""token-type":5,"token-key":"","not-before":18446744073709551616"#),
            Wrong(NotBefore),
        ),
    ]);
    assert_eq!(Directory::new("").err(), Some(Wrong(RequestUri)));
}

/// A key of a type that is yet to be defined, in a form that is: those beside it are as good as ever.
#[test]
fn a_bad_key_is_skipped_alone() {
    let good = r#"{"token-type":5,"token-key":"AAAA"}"#;
    for bad in [
        r#"{"token-type":4660,"token-key":{"x":"AAAA"}}"#,
        r#"{"token-type":"new","token-key":"AAAA"}"#,
        r#"{"token-type":10922,"token-key":"%%","not-before":"soon"}"#,
        "[]",
    ] {
        for keys in [format!("{bad},{good}"), format!("{good},{bad}")] {
            let text = format!(r#"{{"issuer-request-uri":"/r","token-keys":[{keys}]}}"#);
            let directory = Directory::from_json(text.as_bytes(), &DirectoryMaxima::USUAL).unwrap();
            assert_eq!(directory.keys().len(), 1, "{text}");
            assert_eq!(directory.skipped().len(), 1, "{text}");
            let key = directory.key::<Ristretto255>(Seconds::ZERO).err();
            assert_eq!(key, Some(DirectoryError::Key(Length)));
        }
    }
}

/// Keys are looked at when they are asked for, so that those of other types do no harm.
#[test]
fn keys_of_directories() {
    let text = r#" { "issuer-request-uri" : "https:\/\/issuer.example\/request" , "more" : [ -1.5e+3, true, {} ],
        "token-keys" : [
            { "token-type" : 2, "token-key" : "MIIB", "not-before" : 0, "x" : null },
            { "token-type" : 5, "token-key" : "AAAA", "not-before" : 100 },
            { "token-type" : 1, "token-key" : "" } ] } "#;
    let directory = Directory::from_json(text.as_bytes(), &DirectoryMaxima::USUAL).unwrap();
    assert_eq!(directory.request_uri(), "https://issuer.example/request");
    assert_eq!(directory.keys().len(), 3);
    let key = |now| directory.key::<Ristretto255>(Seconds::new(now)).err();
    assert_eq!(key(99), Some(DirectoryError::NoKey));
    assert_eq!(key(100), Some(DirectoryError::Key(Length)));
    let key = directory.key::<P384>(Seconds::ZERO).err();
    assert_eq!(key, Some(DirectoryError::Key(Length)));
    let again = Directory::from_json(directory.to_json().as_bytes(), &DirectoryMaxima::USUAL);
    assert_eq!(again, Ok(directory));
}
