//! Passphrases as people type them: one passphrase on every keyboard.

use super::fixture::{World, alice};
use crate::client::error::FactorError;
use crate::client::factor::Factors;
use crate::client::passphrase::{PassphraseParams, spelled};
use subtle::ConstantTimeEq as _;

fn params() -> PassphraseParams {
    PassphraseParams::new(8, 1, 1, [1; 16]).unwrap()
}

fn typed(text: &str) -> Result<Factors, FactorError> {
    Factors::without_pin().with_passphrase("pass", text, params())
}

#[test]
fn passphrase_costs_are_bounded() {
    let salt = [0; 16];
    let bad = [
        (0, 1, 1),
        (7, 1, 1),
        (1 << 21, 1, 1),
        (64, 0, 1),
        (64, 65, 1),
        (64, 1, 0),
        (256, 1, 17),
    ];
    for (memory, passes, lanes) in bad {
        let result = PassphraseParams::new(memory, passes, lanes, salt);
        assert_eq!(result.unwrap_err(), FactorError::PassphraseParams);
    }
    assert!(PassphraseParams::new(8, 1, 1, salt).is_ok());
}

/// Spellings of one passphrase each, as keyboards and systems make them.
const SAME: [&[&str]; 6] = [
    // Composed and decomposed.
    &["M\u{fc}ller", "Mu\u{308}ller"],
    // Two accents, in either order.
    &[
        "\u{1ed9}",
        "o\u{302}\u{323}",
        "o\u{323}\u{302}",
        "\u{f4}\u{323}",
    ],
    // Ångström's own letter and the unit.
    &[
        "\u{c5}ngstr\u{f6}m",
        "\u{212b}ngstr\u{f6}m",
        "A\u{30a}ngstro\u{308}m",
    ],
    // Hangul by syllables and by jamo.
    &[
        "\u{d55c}\u{ae00}",
        "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}",
    ],
    // Spaces of several widths (RFC 8265, section 4.3, the example with U+1680).
    &[
        "foo bar",
        "foo\u{1680}bar",
        "foo\u{a0}bar",
        "foo\u{3000}bar",
        "foo\u{202f}bar",
    ],
    &["\u{3b1}\u{301}", "\u{3ac}", "\u{1f71}"],
];

/// What stays apart: case, width, compatibility, and everything else that is seen or heard.
const APART: [&str; 14] = [
    "correct horse battery staple",
    "Correct Horse Battery Staple",
    "correct  horse battery staple",
    " correct horse battery staple",
    "\u{3c0}\u{df}\u{e5}",
    "\u{3c0}ss\u{e5}",
    "Jack of \u{2666}s",
    "\u{fb01}n",
    "fin",
    "\u{ff26}in",
    "Fin",
    "M\u{fc}ller",
    "Muller",
    "Mueller",
];

#[test]
fn passphrase_spelling() {
    for spellings in SAME {
        let first = spelled(spellings[0]).unwrap();
        for spelling in spellings {
            assert_eq!(spelled(spelling).unwrap(), first, "{spelling:?}");
        }
    }
    for (place, one) in APART.iter().enumerate() {
        // What was spelled once is spelled so again.
        assert_eq!(
            spelled(&spelled(one).unwrap()).unwrap(),
            spelled(one).unwrap()
        );
        for other in &APART[..place] {
            assert_ne!(spelled(one).unwrap(), spelled(other).unwrap());
        }
    }
    // Through token and login.
    let world = World::without_permits();
    let issued = world.master.issue_client(&alice());
    let token = world.token(&alice(), &typed("M\u{fc}ller").unwrap());
    let secret = token.unlock(&typed("Mu\u{308}ller").unwrap()).unwrap();
    assert!(bool::from(secret.ct_eq(&issued)));
    assert!(world.log_in(&world.prove(&secret, None)).is_ok());
    let wrong = token.unlock(&typed("Muller").unwrap()).unwrap();
    assert!(world.log_in(&world.prove(&wrong, None)).is_err());
}

#[test]
fn what_is_not_a_passphrase() {
    for text in ["", &"x".repeat(4097)] {
        assert_eq!(typed(text).unwrap_err(), FactorError::PassphraseLength);
    }
    assert!(typed(&"x".repeat(4096)).is_ok());
    let disallowed = [
        "my cat is a \tby", // RFC 8265, section 4.3
        "a\0b",
        "a\nb",
        "\u{7f}",
        "\u{85}",
        "a\u{ad}b",   // soft hyphen
        "a\u{200b}b", // zero-width space
        "a\u{202e}b", // right-to-left override
        "\u{feff}a",  // byte order mark
        "\u{fe0f}",   // variation selector
        "a\u{200d}b", // joiner that joins nothing
        "\u{e000}",   // private use
        "\u{ffff}",
        "\u{378}",   // not assigned
        "\u{1f98a}", // assigned after Unicode 6.3
        "\u{1112}",  // jamo that make no syllable
    ];
    for text in disallowed {
        let error = typed(text).unwrap_err();
        assert_eq!(error, FactorError::PassphraseCharacter, "{text:?}");
    }
    // A joiner where it joins (RFC 5892, appendix A.2: behind a virama).
    assert!(typed("\u{915}\u{94d}\u{200d}").is_ok());
}

#[test]
fn what_has_no_room_is_not_hashed() {
    let slow = PassphraseParams::new(1 << 20, 64, 1, [0; 16]).unwrap();
    let one = typed("a").unwrap();
    let again = one.clone().with_passphrase("pass", "b", slow);
    assert_eq!(again.unwrap_err(), FactorError::Duplicate);
    let nameless = one.with_passphrase("", "b", slow);
    assert_eq!(nameless.unwrap_err(), FactorError::Name);
}
