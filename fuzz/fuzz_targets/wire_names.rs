//! Names and bounded values of the services: one spelling each, within their bounds, and nothing in them that means something
//! to whoever they are written for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use milagro_fuzz::Damage;
use milagro_wire::bounded::{Blob, Text};
use milagro_wire::login::names::{ClientId, Number, Origin, UserName};
use milagro_wire::name::Name;

const MOST: usize = 40;

/// base64url and hexadecimal digits.
fn encodings(bytes: &[u8], damage: &Damage) {
    let blob = Blob::<MOST>::new(bytes);
    assert_eq!(blob.is_ok(), bytes.len() <= MOST);
    let text = blob.map_or_else(|_| String::new(), |blob| blob.to_text());
    let arrived = damage.apply(text.as_bytes());
    let arrived = String::from_utf8_lossy(&arrived);
    if let Ok(read) = Blob::<MOST>::from_text(&arrived) {
        assert!(read.as_bytes().len() <= MOST);
        assert_eq!(read.to_text(), arrived);
    }
    let name = Name::of(bytes);
    let arrived = damage.apply(name.to_string().as_bytes());
    let arrived = String::from_utf8_lossy(&arrived);
    if let Ok(read) = arrived.parse::<Name>() {
        assert_eq!(read.to_string(), arrived);
        assert_eq!(read == name, arrived == name.to_string());
    }
}

fn texts(text: &str) {
    let line = |read: &str| {
        assert_eq!(read, text);
        assert!(!read.is_empty() && read.trim() == read && !read.chars().any(char::is_control));
    };
    if let Ok(read) = Text::<MOST>::new(text) {
        assert!(text.len() <= MOST);
        line(read.as_str());
    }
    if let Ok(read) = UserName::new(text) {
        let name = read.as_str();
        assert!(!name.is_empty() && name.len() <= UserName::MAX);
        assert!(name.trim() == name && !name.chars().any(char::is_control));
        // However it was spelled, it is spelled so from then on.
        assert_eq!(UserName::new(name).as_ref(), Ok(&read));
    }
    if let Ok(read) = ClientId::new(text) {
        assert!(text.len() <= ClientId::MAX);
        line(read.as_str());
        assert!(!text.contains(|one: char| !one.is_ascii_graphic() || "\"'%/:;,\\".contains(one)));
    }
    if let Ok(read) = Origin::new(text) {
        assert!(text.len() <= Origin::MAX);
        line(read.as_str());
        // In a policy or a header it is one word, and it is an origin alone: no user, path, query or fragment.
        let rest = text
            .strip_prefix("https://")
            .or(text.strip_prefix("http://"));
        let rest = rest.expect("a scheme");
        assert!(
            !rest.contains(|one: char| !one.is_ascii_graphic() || "\"'%*/;,?#@\\".contains(one))
        );
    }
}

fn numbers(digits: u32, slip: (usize, u32), text: &str) {
    let number = Number::with_check(digits);
    assert_eq!(number.is_ok(), digits < Number::COUNT);
    if let Ok(number) = number {
        let shown = number.to_string();
        assert_eq!((shown.len(), Number::new(&shown)), (7, Ok(number)));
        // One wrong digit is found.
        let mut wrong = shown.clone().into_bytes();
        wrong[slip.0 % 7] = b'0' + (slip.1 % 10) as u8;
        let wrong = String::from_utf8(wrong).expect("digits");
        assert_eq!(Number::new(&wrong).is_ok(), wrong == shown);
    }
    if let Ok(read) = Number::new(text) {
        assert_eq!(Number::new(&read.to_string()), Ok(read));
    }
}

fuzz_target!(
    |input: (Vec<u8>, String, bool, u32, (usize, u32), Damage)| {
        let (bytes, text, is_origin, digits, slip, damage) = input;
        encodings(&bytes, &damage);
        let text = if is_origin {
            format!("https://{text}")
        } else {
            text
        };
        texts(&text);
        numbers(digits, slip, &text);
    }
);
