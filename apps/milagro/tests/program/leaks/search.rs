//! Looks for many secrets at once, in every form in which they could leak.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Secrets, each in all of its forms.
#[derive(Default)]
pub(crate) struct Search {
    forms: Vec<Form>,
    /// Digits that are looked for by themselves, not in a longer number or word.
    pub(crate) pins: [&'static str; 2],
}

struct Form {
    name: &'static str,
    kind: &'static str,
    bytes: Vec<u8>,
}

impl Search {
    /// A secret of at least 16 bytes: less could stand anywhere by chance.
    pub(crate) fn add(&mut self, name: &'static str, secret: &[u8]) {
        assert!(secret.len() >= 16, "{name} is short");
        let digits = hexadecimal(secret);
        let mut add = |kind, bytes| self.forms.push(Form { name, kind, bytes });
        add("bytes", secret.to_vec());
        add("capital hexadecimal", digits.to_ascii_uppercase());
        add("hexadecimal", digits);
        add("a list of numbers", numbers(secret).into_bytes());
        // In the middle of something else, base64 comes in three ways.
        for before in 0..3 {
            let shifted = [&[0; 3][..before], secret].concat();
            for (kind, text) in [
                ("base64", STANDARD_NO_PAD.encode(&shifted)),
                ("base64url", URL_SAFE_NO_PAD.encode(&shifted)),
            ] {
                // What hangs on the neighbours is cut off.
                add(kind, text.as_bytes()[4..text.len() - 4].to_vec());
            }
        }
    }

    /// Fails if there is a secret.
    #[track_caller]
    pub(crate) fn nothing_in(&self, place: &str, bytes: &[u8]) {
        if let Some(form) = self.found(bytes).first() {
            panic!("{} as {} in {place}", form.name, form.kind);
        }
        for pin in self.pins {
            assert!(!stands_alone(bytes, pin.as_bytes()), "{pin} in {place}");
        }
    }

    /// The search finds each form where it is planted.
    pub(crate) fn proves_itself(&self) {
        assert!(!self.forms.is_empty());
        for form in &self.forms {
            let planted = [b"before", form.bytes.as_slice(), b"after"].concat();
            let found = self.found(&planted);
            let is_it = |one: &&Form| one.bytes == form.bytes;
            assert!(found.iter().any(is_it), "{} is not found", form.name);
        }
        for pin in self.pins {
            assert!(stands_alone(
                format!("pin={pin}\n").as_bytes(),
                pin.as_bytes()
            ));
        }
    }

    /// In one pass, since there may be much to look through.
    fn found(&self, bytes: &[u8]) -> Vec<&Form> {
        let mut by_start = vec![Vec::new(); 1 << 16];
        for (number, form) in self.forms.iter().enumerate() {
            by_start[start(form.bytes[0], form.bytes[1])].push(number);
        }
        let mut found = Vec::new();
        for (place, pair) in bytes.windows(2).enumerate() {
            for number in &by_start[start(pair[0], pair[1])] {
                let form = &self.forms[*number];
                if bytes[place..].starts_with(&form.bytes) {
                    found.push(form);
                }
            }
        }
        found
    }
}

fn start(first: u8, second: u8) -> usize {
    (usize::from(first) << 8) | usize::from(second)
}

/// Whether digits stand in bytes, and no letter or digit beside them.
fn stands_alone(bytes: &[u8], digits: &[u8]) -> bool {
    let beside = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let mut starts = bytes.windows(2).enumerate();
    starts.any(|(place, pair)| {
        pair == &digits[..2]
            && bytes[place..].starts_with(digits)
            && !beside(place.checked_sub(1).and_then(|before| bytes.get(before)))
            && !beside(bytes.get(place + digits.len()))
    })
}

/// Whether bytes stand in others.
pub(crate) fn is_in(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|part| part == wanted)
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> Vec<u8> {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<String>().into_bytes()
}

/// As `{:?}` and JSON write bytes, without what stands around them.
fn numbers(bytes: &[u8]) -> String {
    let text = format!("{bytes:?}");
    text[1..text.len() - 1].to_owned()
}
