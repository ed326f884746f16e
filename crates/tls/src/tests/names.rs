//! One spelling for a name, one text for a principal.

use proptest::prelude::*;

use crate::names::{NameError, Principal, Role, TextError};
use milagro_mpin::TrustDomainId;
use milagro_mpin::names::Epoch;

const DOMAIN: TrustDomainId = TrustDomainId::from_bytes([0xd0; 32]);

fn named(name: &str) -> Result<Principal, NameError> {
    Principal::new(DOMAIN, Role::Client, name)
}

/// Characters that names do not have.
const CULPRITS: [char; 50] = [
    // Controls, with the newline that would forge a line of a log.
    '\0',
    '\n',
    '\r',
    '\t',
    '\u{1b}',
    '\u{7f}',
    '\u{85}',
    '\u{9f}',
    // Line and paragraph separators, and spaces that are not U+0020.
    '\u{2028}',
    '\u{2029}',
    '\u{a0}',
    '\u{1680}',
    '\u{2003}',
    '\u{202f}',
    '\u{3000}',
    // Bidirectional controls: the name would be shown in another order.
    '\u{61c}',
    '\u{200e}',
    '\u{200f}',
    '\u{202a}',
    '\u{202b}',
    '\u{202c}',
    '\u{202d}',
    '\u{202e}',
    '\u{2066}',
    '\u{2067}',
    '\u{2068}',
    '\u{2069}',
    // Format characters, most of them invisible.
    '\u{ad}',
    '\u{34f}',
    '\u{180e}',
    '\u{200b}',
    '\u{200c}',
    '\u{200d}',
    '\u{2060}',
    '\u{2064}',
    '\u{206a}',
    '\u{fe0f}',
    '\u{feff}',
    '\u{fff9}',
    '\u{1d173}',
    '\u{e0001}',
    '\u{e0041}',
    '\u{e0100}',
    // Unassigned in Unicode 6.3, no characters, private use, single jamo.
    '\u{378}',
    '\u{20be}',
    '\u{1f9ff}',
    '\u{fffe}',
    '\u{1ffff}',
    '\u{e000}',
    '\u{1100}',
];

/// Each line of the table in README.md.
#[test]
fn names_one_spelling() {
    for name in [
        "alice",
        "Alice Smith",
        "a.b-c_d~e@f.example/g:h%2f",
        "\u{e9}t\u{e9}",
        "\u{5d0}\u{5d1}",
        "\u{4e2d}\u{6587}",
        "\u{1f511}",
        "\u{ac00}",
    ] {
        assert_eq!(named(name).unwrap().name(), name);
    }
    for character in CULPRITS {
        for name in [
            format!("a{character}b"),
            character.to_string(),
            format!("alice{character}"),
        ] {
            assert_eq!(
                named(&name),
                Err(NameError::Character(character)),
                "{character:?}"
            );
        }
    }
    // A joiner where RFC 8264 has one, behind a virama.
    let joined = "\u{915}\u{94d}\u{200d}\u{937}";
    assert_eq!(named(joined), Err(NameError::Character('\u{200d}')));
    // Composed and decomposed, and characters that normalize to another one.
    for decomposed in ["e\u{301}t\u{e9}", "a\u{30a}", "\u{212b}", "\u{1e0b}\u{323}"] {
        assert_eq!(
            named(decomposed),
            Err(NameError::NotNormal),
            "{decomposed:?}"
        );
    }
    assert_eq!(named(""), Err(NameError::Empty));
    assert_eq!(named(&"x".repeat(256)), Err(NameError::TooLong));
    assert_eq!(named(&"\u{e9}".repeat(128)), Err(NameError::TooLong));
    assert!(named(&"\u{e9}".repeat(127)).is_ok());
    // What looks alike are other names, and the text shows it.
    let alike = [
        "alice",
        "\u{430}lice",
        "\u{251}lice",
        "\u{ff41}lice",
        "Alice",
        "alice ",
        "a1ice",
    ];
    let texts = alike.map(|name| named(name).unwrap().to_string());
    for (at, text) in texts.iter().enumerate() {
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text}");
        assert!(!texts[..at].contains(text), "{text}");
    }
    assert!(texts[1].ends_with(":%D0%B0lice"));
}

#[test]
fn what_is_refused_is_told() {
    let told = named("ali\u{202e}ce").unwrap_err().to_string();
    assert_eq!(told, "names do not have U+202E");
}

#[test]
fn spiffe_ids_are_names() {
    for id in [
        "spiffe://example.org",
        "spiffe://example.org/ns/prod/sa/db",
        "spiffe://a_b-c.1/A.b_c-9/...",
    ] {
        assert_eq!(named(id).unwrap().spiffe_id(), Some(id));
    }
    for id in [
        "spiffe:",
        "spiffe:/",
        "spiffe://",
        "spiffe:///path",
        "SPIFFE://example.org/a",
        "Spiffe://example.org",
        "spiffe://Example.org/a",
        "spiffe://example.org/",
        "spiffe://example.org/a/",
        "spiffe://example.org//a",
        "spiffe://example.org/./a",
        "spiffe://example.org/..",
        "spiffe://example.org/a%20b",
        "spiffe://example.org/a b",
        "spiffe://example.org:443/a",
        "spiffe://user@example.org/a",
        "spiffe://example.org/a?b",
        "spiffe://example.org/a#b",
        "spiffe://example.org/\u{e9}",
        "spiffe://\u{e9}.org/a",
    ] {
        assert_eq!(named(id), Err(NameError::Spiffe), "{id}");
    }
    for name in [
        "alice",
        "spiff",
        "spiffe",
        "https://example.org",
        "a spiffe://b",
    ] {
        assert_eq!(named(name).unwrap().spiffe_id(), None);
    }
}

#[test]
fn texts_are_frozen() {
    let domain = "d0".repeat(32);
    for (role, word) in [
        (Role::Client, "client"),
        (Role::Server, "server"),
        (Role::Peer, "peer"),
    ] {
        let principal = Principal::new(DOMAIN, role, "a.b-c_d~e@f:g/h i%j+\u{e9}").unwrap();
        let text = format!("milagro:{domain}:{word}:a.b-c_d~e@f:g/h%20i%25j%2B%C3%A9");
        assert_eq!(principal.to_string(), text);
        assert_eq!(format!("{principal:?}"), format!("Principal({text})"));
        assert_eq!(text.parse(), Ok(principal));
    }
}

#[test]
fn a_principal_has_one_text() {
    let domain = "d0".repeat(32);
    let good = format!("milagro:{domain}:client:a%20b");
    assert!(good.parse::<Principal>().is_ok());
    let upper = domain.to_uppercase();
    let short = &domain[2..];
    for bad in [
        String::new(),
        "milagro".to_owned(),
        format!("Milagro:{domain}:client:a"),
        format!("milagro:{upper}:client:a"),
        format!("milagro:{short}:client:a"),
        format!("milagro:{domain}0:client:a"),
        format!("milagro:+0{short}:client:a"),
        format!("milagro:{domain}:Client:a"),
        format!("milagro:{domain}:user:a"),
        format!("milagro:{domain}:client"),
        format!("milagro:{domain}:client:a b"),
        format!("milagro:{domain}:client:%61"),
        format!("milagro:{domain}:client:a%2fb"),
        format!("milagro:{domain}:client:a%2"),
        format!("milagro:{domain}:client:a%"),
        format!("milagro:{domain}:client:a%+a"),
        format!("milagro:{domain}:client:a%2+"),
        format!("milagro:{domain}:client:\u{e9}"),
        format!("milagro:{domain}:client:%c3%a9"),
        format!("milagro:{domain}:client:%FF"),
        format!(" {good}"),
    ] {
        assert_eq!(bad.parse::<Principal>(), Err(TextError::Form), "{bad:?}");
    }
    let none = format!("milagro:{domain}:client:");
    assert_eq!(none.parse::<Principal>(), Err(NameError::Empty.into()));
    let refused = format!("{good}\n").parse::<Principal>();
    assert_eq!(refused, Err(NameError::Character('\n').into()));
    let control = format!("milagro:{domain}:client:a%0Ab");
    let refused = control.parse::<Principal>();
    assert_eq!(refused, Err(NameError::Character('\n').into()));
}

proptest! {
    /// Whatever is a name comes back from its text and from its bytes, and a text is of one principal.
    #[test]
    fn what_is_written_is_read(name in "\\PC{1,40}", other in "\\PC{1,40}", domain: [u8; 32]) {
        let domain = TrustDomainId::from_bytes(domain);
        let of = |name: &str| Principal::new(domain, Role::Peer, name);
        let Ok(principal) = of(&name) else { return Ok(()) };
        let text = principal.to_string();
        let identity = principal.at(Epoch(7));
        prop_assert_eq!(crate::names::Identity::from_bytes(&identity.to_bytes()), Ok(identity));
        if let Ok(other) = of(&other) {
            prop_assert_eq!(other.to_string() == text, other == principal);
        }
        prop_assert_eq!(text.parse(), Ok(principal));
    }

    /// Whatever is read is written the same.
    #[test]
    fn what_is_read_is_canonical(role in "client|peer|Peer", name in "([a-c:/.]|%[0-9A-Fa-f]{2}){1,12}") {
        let text = format!("milagro:{}:{role}:{name}", "0f".repeat(32));
        if let Ok(read) = text.parse::<Principal>() {
            prop_assert_eq!(read.to_string(), text);
        }
    }
}
