//! Headers.

use milagro_base::DecodeError::{Length, Value};
use milagro_voprf::Ristretto255;
use milagro_voprf::privacypass::http::HeaderError::{
    Base64, Bytes, MaxAge, Missing, Repeated, Scheme, Several, Syntax, TooLong, TooMany,
};
use milagro_voprf::privacypass::http::{Credentials, HeaderMaxima, Offers};

const MAXIMA: HeaderMaxima = HeaderMaxima {
    bytes: 200,
    challenges: 3,
    parameters: 4,
};

#[test]
fn challenges_in_headers() {
    let long = format!("A{}", " ".repeat(200));
    let cases = [
        (long.as_str(), TooLong),
        ("A, B, C, D", TooMany),
        (
            r#"PrivateToken challenge="AAU=", a=1, b=2, c=3, d=4"#,
            TooMany,
        ),
        ("Basic a=1, b=2, c=3, d=4, e=5", TooMany),
        (r#"PrivateToken challenge="AAU="; max-age=1"#, Syntax),
        (r#"PrivateToken challenge="AAU=" max-age=1"#, Syntax),
        (r#"PrivateToken challenge="AAU="#, Syntax),
        (r#"PrivateToken challenge="AAU=\"#, Syntax),
        (
            r#"PrivateToken challenge="AAU=""#.trim_end_matches('"'),
            Syntax,
        ),
        (r#"PrivateToken challenge "AAU=""#, Syntax),
        (r#"PrivateToken challenge=="AAU=""#, Syntax),
        (r#"PrivateToken challenge="AA" "U=""#, Syntax),
        (r#"PrivateToken "challenge"="AAU=""#, Syntax),
        ("PrivateToken challenge=AA U=", Syntax),
        ("PrivateToken challenge=AAU=x", Syntax),
        ("PrivateToken challenge=\u{e9}", Syntax),
        ("PrivateToken challenge=\"AAU=\u{1}\"", Syntax),
        ("PrivateToken challenge=\"AAU=\\\u{1}\"", Syntax),
        ("PrivateToken challenge=\"AAU=\u{7f}\"", Syntax),
        ("PrivateToken\u{b}challenge=\"AAU=\"", Syntax),
        ("PrivateToken challenge=\"AAU=\"\n", Syntax),
        ("PrivateToken/1", Syntax),
        ("PrivateToken=1", Syntax),
        ("PrivateToken =1", Syntax),
        ("\"PrivateToken\"", Syntax),
        ("=", Syntax),
        (";", Syntax),
        ("(PrivateToken)", Syntax),
        ("PrivateToken", Missing),
        ("PrivateToken , challenge", Missing),
        ("PrivateToken AAU=", Missing),
        ("PrivateToken challenge=", Missing),
        (r#"PrivateToken token-key="AAAA", max-age=1"#, Missing),
        (r#"PrivateToken realm="challenge""#, Missing),
        ("PrivateToken challenge=AAU=, challenge=AAU=", Repeated),
        (
            r#"PrivateToken challenge="AAU=", CHALLENGE="AAU=""#,
            Repeated,
        ),
        ("PrivateToken challenge=AAU=, x=1, X=2", Repeated),
        (
            "PrivateToken challenge=AAU=, max-age=1, max-age=1",
            Repeated,
        ),
        ("PrivateToken challenge=AAU", Base64),
        ("PrivateToken challenge=AAU==", Base64),
        ("PrivateToken challenge=AAV=", Base64),
        ("PrivateToken challenge=AB==", Base64),
        (r#"PrivateToken challenge="A+U=""#, Base64),
        (r#"PrivateToken challenge="A/U=""#, Base64),
        (r#"PrivateToken challenge="AAU=AAU=""#, Base64),
        (r#"PrivateToken challenge="AA U=""#, Base64),
        (r#"PrivateToken challenge="AAU= ""#, Base64),
        (r#"PrivateToken challenge="====""#, Base64),
        (r#"PrivateToken challenge="A===""#, Base64),
        (r#"PrivateToken challenge="AAU%3d""#, Base64),
        ("PrivateToken challenge=AAU=, token-key=A", Base64),
        (r#"PrivateToken challenge="""#, Bytes(Length)),
        ("PrivateToken challenge=AA==", Bytes(Length)),
        (r#"PrivateToken challenge=AAU=, max-age="""#, MaxAge),
        ("PrivateToken challenge=AAU=, max-age=-1", MaxAge),
        ("PrivateToken challenge=AAU=, max-age=+1", MaxAge),
        ("PrivateToken challenge=AAU=, max-age=1.5", MaxAge),
        ("PrivateToken challenge=AAU=, max-age=1e3", MaxAge),
        (r#"PrivateToken challenge=AAU=, max-age=" 1""#, MaxAge),
        (
            "PrivateToken challenge=AAU=, max-age=18446744073709551616",
            MaxAge,
        ),
    ];
    assert!(cases.len() >= 60);
    for (header, error) in cases {
        // What leaves no challenge to be found is refused as a whole, anything else is one challenge's fault.
        let whole = matches!(error, TooLong | TooMany | Syntax);
        let found = match Offers::parse(header.as_bytes(), &MAXIMA) {
            Err(found) => (true, vec![found]),
            Ok(offers) => {
                assert_eq!(offers.iter().count(), 0, "{header}");
                (false, offers.skipped().to_vec())
            }
        };
        assert_eq!(found, (whole, vec![error]), "{header}");
    }
}

/// One challenge that cannot be read costs its origin no other: neither those before it nor those behind it.
#[test]
fn a_bad_challenge_is_skipped_alone() {
    for (bad, error) in [
        ("PrivateToken", Missing),
        ("PrivateToken AAU=", Missing),
        ("PrivateToken challenge=AAU=, challenge=AAU=", Repeated),
        ("PrivateToken challenge=AAU", Base64),
        // A key of a type that nobody knows, in an encoding that nobody knows.
        (r#"PrivateToken challenge="AqoA", token-key="%%""#, Base64),
        ("PrivateToken challenge=AA==", Bytes(Length)),
        (r#"PrivateToken challenge=AAU=, max-age="soon""#, MaxAge),
    ] {
        let maxima = HeaderMaxima::USUAL;
        let (one, two) = (
            "PrivateToken challenge=AAUB",
            r#"PrivateToken challenge="AAEC", max-age=9"#,
        );
        let alone = [one, two].map(|header| {
            let offers = Offers::parse(header.as_bytes(), &maxima).unwrap();
            offers.iter().next().unwrap().clone()
        });
        for header in [
            format!("{bad}, {one}, {two}"),
            format!("{one}, {bad}, {two}"),
            format!("{one}, {two}, {bad}"),
        ] {
            let offers = Offers::parse(header.as_bytes(), &maxima).unwrap();
            let read: Vec<_> = offers.iter().cloned().collect();
            assert_eq!(read, alone, "{header}");
            assert_eq!(offers.skipped(), [error], "{header}");
        }
    }
}

/// What is odd and right.
#[test]
fn headers_that_are_read() {
    for (header, count) in [
        ("", 0),
        (" \t, ,", 0),
        ("Basic", 0),
        ("Basic AAAA==", 0),
        ("privatetoken CHALLENGE\t=\tAAU= ,", 1),
        (r#"PrivateToken challenge="\A\A\U\=",,MAX-AGE="007""#, 1),
        ("PrivateToken challenge=AAU=, a=\"\u{e9}\\\"\"", 1),
        ("PrivateToken challenge=AAU=,PrivateToken challenge=AAU=", 2),
        (
            "PrivateToken challenge=AAU=, Basic AAAA, PrivateToken challenge=AAE=",
            2,
        ),
    ] {
        let read = Offers::parse(header.as_bytes(), &MAXIMA).unwrap();
        assert_eq!(read.iter().count(), count, "{header}");
    }
}

#[test]
fn credentials() {
    for (header, error) in [
        ("", Scheme),
        (", ,", Scheme),
        ("Bearer AAU=", Scheme),
        ("Private token=AAU=", Scheme),
        ("PrivateTokens token=AAU=", Scheme),
        ("PrivateToken token=AAU=, Basic AAAA", Several),
        ("Basic AAAA, PrivateToken token=AAU=", Several),
        ("PrivateToken token=AAU=, PrivateToken token=AAU=", Several),
        ("PrivateToken token=AAU=, token=AAU=", Repeated),
        ("PrivateToken token=AAU=, Token=AAE=", Repeated),
        ("PrivateToken", Missing),
        ("PrivateToken AAU=", Missing),
        ("PrivateToken challenge=AAU=", Missing),
        ("PrivateToken token=AAU", Base64),
        ("PrivateToken token=AAV=", Base64),
        (r#"PrivateToken token="""#, Bytes(Length)),
        ("PrivateToken token=AA==", Bytes(Length)),
        ("PrivateToken token=\"AAU=", Syntax),
        ("PrivateToken token", Missing),
        ("PrivateToken token=AAU= AAU=", Syntax),
    ] {
        let read = Credentials::parse(header.as_bytes(), &MAXIMA);
        assert_eq!(read.err(), Some(error), "{header}");
    }
    for (header, error) in [
        ("PrivateToken token=AAU=", Length),
        ("PrivateToken token=AAE=", Value),
        ("PrivateToken token=AqoA", Value),
    ] {
        let read = Credentials::parse(header.as_bytes(), &MAXIMA).unwrap();
        let token = read.token::<Ristretto255>();
        assert_eq!(token.err(), Some(Bytes(error)), "{header}");
    }
}
