//! Whatever can be wrong with what arrives, each with its error.

use milagro_base::DecodeError::{
    self, Encoding, Identity, Length, ScalarOutOfRange, Value, Version, ZeroScalar,
};
use milagro_base::Seconds;
use milagro_voprf::privacypass::http::HeaderError::{
    Base64, Bytes, MaxAge, Missing, Repeated, Scheme, Several, Syntax, TooLong, TooMany,
};
use milagro_voprf::privacypass::http::{Credentials, HeaderMaxima, Offers};
use milagro_voprf::privacypass::{
    Directory, DirectoryError, DirectoryMaxima, Field, IssuerKey, IssuerSecretKey, NotIssued,
    Token, TokenChallenge, UncheckedRequest, Window,
};
use milagro_voprf::{Ristretto255, suite::P384};

use super::support::{World, challenge, rng, window};

const MAXIMA: HeaderMaxima = HeaderMaxima {
    bytes: 200,
    challenges: 3,
    parameters: 4,
};

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

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
        let read = Offers::parse(header.as_bytes(), &MAXIMA);
        assert_eq!(read, Err(error), "{header}");
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

#[test]
fn challenge_structures() {
    let (context, names) = ("11".repeat(32), "612c".repeat(64));
    let full = format!("0005 0001 61 20 {context} 0000");
    assert!(TokenChallenge::<Ristretto255>::from_bytes(&unhex(&full)).is_ok());
    let (more, most) = (
        format!("0005 0001 61 00 0081 {names}61"),
        format!("0005 0001 61 00 007f {}61", &names[4..]),
    );
    assert!(TokenChallenge::<Ristretto255>::from_bytes(&unhex(&most)).is_ok());
    let short = format!("0005 0001 61 20 {}", &context[2..]);
    let (thirty_three, thirty_one) = (
        format!("0005 0001 61 21 {context}11 0000"),
        format!("0005 0001 61 1f {} 0000", &context[2..]),
    );
    let long_name = format!("0005 0106 {} 00 0000", "61".repeat(262));
    for (bytes, error) in [
        ("", Length),
        ("00", Length),
        ("0000 0001 61 00 0000", Value),
        ("0001 0001 61 00 0000", Value),
        ("0002 0001 61 00 0000", Value),
        ("02aa", Value),
        ("ffff 0001 61 00 0000", Value),
        ("0005", Length),
        ("0005 0001", Length),
        ("0005 0000 00 0000", Length),
        ("0005 ffff 61 00 0000", Length),
        ("0005 0001 61", Length),
        ("0005 0001 61 00", Length),
        ("0005 0001 61 00 00", Length),
        ("0005 0001 61 00 0001", Length),
        ("0005 0001 61 00 0000 00", Length),
        ("0005 0001 61 01 11 0000", Length),
        ("0005 0001 61 ff 0000", Length),
        (&thirty_one, Length),
        (&thirty_three, Length),
        (&short, Length),
        (&more, Length),
        (&long_name, Value),
        ("0005 0001 00 00 0000", Value),
        ("0005 0001 20 00 0000", Value),
        ("0005 0001 ff 00 0000", Value),
        // userinfo, a comma, an empty port
        ("0005 0003 614062 00 0000", Value),
        ("0005 0003 612c62 00 0000", Value),
        ("0005 0002 613a 00 0000", Value),
        // ",", "a,", ",a", "a,,b", "a, b", "a;b" with a line end
        ("0005 0001 61 00 0001 2c", Value),
        ("0005 0001 61 00 0002 612c", Value),
        ("0005 0001 61 00 0002 2c61", Value),
        ("0005 0001 61 00 0004 612c2c62", Value),
        ("0005 0001 61 00 0004 612c2062", Value),
        ("0005 0001 61 00 0003 610a62", Value),
    ] {
        let read = TokenChallenge::<Ristretto255>::from_bytes(&unhex(bytes));
        assert_eq!(read.err(), Some(error), "{bytes}");
    }
}

/// Lengths in front of vectors, and what follows them. None of the elements is one: nobody looks.
#[test]
fn batch_requests() {
    let element = "ee".repeat(32);
    let with =
        |length: &str, elements: usize| format!("0005 7f {length} {}", element.repeat(elements));
    let cases = [
        (String::new(), Length),
        ("0005".into(), Length),
        ("0001 7f 20".into(), Value),
        ("0000 7f 20".into(), Value),
        ("0005 7f".into(), Length),
        ("0005 7f 40".into(), Length),
        ("0005 7f 80 0000".into(), Length),
        ("0005 7f c0 000000000000".into(), Length),
        ("0005 7f 00".into(), Length),
        (with("00", 1), Length),
        // One element behind a length in a form that is not the shortest.
        (with("4020", 1), Encoding),
        (with("80000020", 1), Encoding),
        (with("c000000000000020", 1), Encoding),
        (with("80000040", 2), Encoding),
        (with("8000 0000", 0), Encoding),
        // Other lengths than that of what follows.
        (with("1f", 1), Length),
        (with("21", 1), Length),
        (with("20", 0), Length),
        (with("20", 2), Length),
        (with("4040", 1), Length),
        (with("4040", 3), Length),
        (with("4041", 2), Length),
        // More than the maximum of three, and more than there is memory.
        (with("4080", 4), Length),
        (with("80004000", 4), Length),
        (with("bfffffe0", 1), Length),
        (with("c000000040000000", 1), Length),
        (with("ffffffffffffffff", 1), Length),
        (with("ffffffffffffffe0", 1), Length),
    ];
    for (bytes, error) in cases {
        let read = UncheckedRequest::<Ristretto255>::batch(&unhex(&bytes), 3);
        assert_eq!(read.err(), Some(error), "{bytes}");
    }
    for (length, count) in [("20", 1), ("4040", 2), ("4060", 3)] {
        let bytes = unhex(&with(length, count));
        let read = UncheckedRequest::<Ristretto255>::batch(&bytes, 3).unwrap();
        assert_eq!(read.count(), count);
        let fewer = UncheckedRequest::<Ristretto255>::batch(&bytes, count - 1);
        assert_eq!(fewer.err(), Some(Length));
    }
}

#[test]
fn lengths_of_tokens_and_single_requests() {
    for length in 0..200_usize {
        let mut five = vec![0; length];
        let mut one = five.clone();
        for (bytes, byte) in [(&mut five, 5), (&mut one, 1)] {
            if let Some(second) = bytes.get_mut(1) {
                *second = byte;
            }
        }
        let error = |right: usize| (length != right).then_some(Length);
        assert_eq!(Token::<Ristretto255>::from_bytes(&five).err(), error(162));
        assert_eq!(Token::<P384>::from_bytes(&one).err(), error(146));
        let single = UncheckedRequest::<Ristretto255>::single(&five);
        assert_eq!(single.err(), error(35));
        let single = UncheckedRequest::<P384>::single(&one);
        assert_eq!(single.err(), error(52));
        let other = (length >= 2).then_some(Value).or(Some(Length));
        assert_eq!(Token::<P384>::from_bytes(&five).err(), other);
        assert_eq!(UncheckedRequest::<P384>::single(&five).err(), other);
    }
}

/// What is wrong with an answer to a request for two tokens.
#[test]
fn responses() {
    let world = World::<Ristretto255>::new();
    let asked = challenge("origin.example");
    let element = world.key.to_bytes();
    let list = |length: &[u8], count: usize, proof: usize| {
        [length, &element.repeat(count), &vec![0; proof]].concat()
    };
    let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let mut big = list(&[0x40, 0x40], 2, 32);
    big.extend(unhex(order));
    let mut identity = list(&[0x40, 0x40], 2, 64);
    identity[2..34].fill(0);
    let mut off = list(&[0x40, 0x40], 2, 64);
    off[34..66].fill(0xff);
    for (bytes, error) in [
        (Vec::new(), Length),
        (list(&[0x40], 0, 0), Length),
        (list(&[0x00], 0, 64), Length),
        (list(&[0x20], 1, 64), Length),
        (list(&[0x40, 0x60], 3, 64), Length),
        (list(&[0x40, 0x40], 2, 63), Length),
        (list(&[0x40, 0x40], 2, 65), Length),
        (list(&[0x40, 0x41], 2, 64), Length),
        (list(&[0x80, 0, 0, 0x40], 2, 64), Encoding),
        (list(&[0xff; 8], 2, 64), Length),
        (big, ScalarOutOfRange),
        (identity, Identity),
        (off, Encoding),
    ] {
        let asked = world.key.request_batch(&mut rng(), &asked, 2).unwrap();
        let refused = asked.pending.finish(&bytes).err();
        assert_eq!(refused, Some(NotIssued::Response(error)), "{bytes:?}");
    }
    let zeros = list(&[0x40, 0x40], 2, 64);
    let batch = world.key.request_batch(&mut rng(), &asked, 2).unwrap();
    assert_eq!(batch.pending.finish(&zeros).err(), Some(NotIssued::Proof));
    for (length, error) in [(95, Length), (97, Length), (0, Length), (96, Identity)] {
        let single = world.key.request(&mut rng(), &asked).unwrap();
        let refused = single.pending.finish(&vec![0; length]).err();
        assert_eq!(refused, Some(NotIssued::Response(error)), "{length}");
    }
}

#[test]
fn directories() {
    use DirectoryError::{Json, Missing, TooLong, TooMany, Wrong};
    use Field::{NotBefore, RequestUri, TokenKey, TokenKeys, TokenType};
    let maxima = DirectoryMaxima {
        bytes: 300,
        keys: 2,
    };
    let key = |inner: &str| format!(r#"{{"issuer-request-uri":"/r","token-keys":[{{{inner}}}]}}"#);
    let uri = |uri: &str| format!(r#"{{"issuer-request-uri":{uri},"token-keys":[]}}"#);
    let cases = [
        (" ".repeat(301), TooLong),
        (String::new(), Json),
        ("[]".into(), Json),
        ("null".into(), Json),
        ("{".into(), Json),
        ("{}x".into(), Json),
        ("{}".into(), Missing(RequestUri)),
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
        (
            key(r#""token-type":5,"token-type":1"#),
            DirectoryError::Repeated,
        ),
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
            r#"{"issuer-request-uri":"/r","token-keys":[1]}"#.into(),
            Wrong(TokenKeys),
        ),
        (
            r#"{"issuer-request-uri":"/r","token-keys":[1,2,3]}"#.into(),
            TooMany,
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
    ];
    for (text, error) in cases {
        let read = Directory::from_json(text.as_bytes(), &maxima);
        assert_eq!(read, Err(error), "{text}");
    }
    let read = Directory::from_json(b"{\"a\":\"\xff\"}", &maxima);
    assert_eq!(read, Err(Json));
    assert_eq!(Directory::new("").err(), Some(Wrong(RequestUri)));
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

#[test]
fn public_keys() {
    let (zeros, ones) = ([0; 49], [0xff; 49]);
    for (bytes, error) in [
        (&zeros[..0], Length),
        (&zeros[..31], Length),
        (&zeros[..33], Length),
        (&zeros[..32], Identity),
        (&ones[..32], Encoding),
    ] {
        let read = IssuerKey::<Ristretto255>::pin(bytes).err();
        assert_eq!(read, Some(error), "{bytes:?}");
    }
    let world = World::<P384>::new();
    let key = world.key.to_bytes();
    assert!(IssuerKey::<P384>::pin(&key).is_ok());
    for (first, error) in [(0, Encoding), (1, Encoding), (4, Encoding), (5, Encoding)] {
        let mut other = key.clone();
        other[0] = first;
        assert_eq!(IssuerKey::<P384>::pin(&other).err(), Some(error), "{first}");
    }
    assert_eq!(IssuerKey::<P384>::pin(&[0]).err(), Some(Length));
    assert_eq!(IssuerKey::<P384>::pin(&[4; 97]).err(), Some(Length));
    assert_eq!(IssuerKey::<P384>::pin(&ones).err(), Some(Encoding));
}

#[test]
fn stored_keys() {
    let key = IssuerSecretKey::<Ristretto255>::generate(&mut rng(), window()).unwrap();
    let bytes = key.to_bytes();
    assert!(IssuerSecretKey::<Ristretto255>::from_bytes(&bytes).is_ok());
    let read = |edit: &dyn Fn(&mut Vec<u8>)| {
        let mut other = bytes.to_vec();
        edit(&mut other);
        IssuerSecretKey::<Ristretto255>::from_bytes(&other).err()
    };
    let cases: [(&dyn Fn(&mut Vec<u8>), DecodeError); 12] = [
        (&|bytes| bytes.clear(), Length),
        (&|bytes| bytes[0] = 0, Version),
        (&|bytes| bytes[0] = 2, Version),
        (&|bytes| bytes[2] = 1, Value),
        (&|bytes| bytes.truncate(66), Length),
        (&|bytes| bytes.truncate(20), Length),
        (&|bytes| bytes.push(0), Length),
        // closes before it opens; ends before it closes; ends at the end of time; opens before it with the leeway
        (&|bytes| bytes[3..11].fill(0xff), Value),
        (&|bytes| bytes[19..27].fill(0), Value),
        (&|bytes| bytes[19..27].fill(0xff), Value),
        (&|bytes| bytes[27..35].fill(0xff), Value),
        (&|bytes| bytes[35..].fill(0), ZeroScalar),
    ];
    for (place, (edit, error)) in cases.into_iter().enumerate() {
        assert_eq!(read(edit), Some(error), "{place}");
    }
    assert_eq!(
        read(&|bytes| bytes[35..].fill(0xff)),
        Some(ScalarOutOfRange)
    );
}

#[test]
fn windows() {
    let at = Seconds::new;
    let most = u64::MAX;
    for (opens, closes, ends) in [
        (100, 100, 100),
        (101, 100, 200),
        (100, 200, 199),
        (59, 200, 200),
        (100, 200, most),
        (100, 200, most - 59),
        (most, most, most),
    ] {
        assert!(Window::new(at(opens), at(closes), at(ends)).is_err());
    }
    let window = Window::new(at(60), at(61), at(most - 60)).unwrap();
    assert!(window.with_leeway(at(61)).is_err());
    assert!(window.with_leeway(Seconds::MAX).is_err());
    assert!(window.with_leeway(Seconds::ZERO).is_ok());
}
