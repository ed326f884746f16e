//! What a login service calls things: users, applications, origins, and the numbers that people read from one screen and
//! type into another.

mod spelling;

use alloc::borrow::Cow;
use core::fmt;

use serde::{Deserialize, Serialize};

pub use crate::login::names::spelling::{NoName, spelled};

/// A checked string: what a rule makes of a text, if it takes it.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $most:literal, $rule:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The longest, in bytes.
            pub const MAX: usize = $most;

            /// Takes a name.
            ///
            /// # Errors
            /// [`NoName`].
            pub fn new(text: &str) -> Result<Self, NoName> {
                // No rule makes a text a third as long, and none has to look at one without end.
                if text.is_empty() || text.len() > 3 * Self::MAX {
                    return Err(NoName);
                }
                let rule: fn(&str) -> Option<Cow<'_, str>> = $rule;
                let name = rule(text).filter(|name| name.len() <= Self::MAX);
                name.map(|name| Self(name.into_owned())).ok_or(NoName)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NoName;

            fn try_from(text: String) -> Result<Self, NoName> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// What the application calls a user, in its one spelling ([`spelled`]): at most 128 bytes. Names that look alike all the same
    /// (`a` in two scripts) are the application's to tell apart.
    UserName, 128, |text| spelled(text).ok()
}

name! {
    /// What the login service calls an application: at most 64 of `a` to `z`, `0` to `9`, `-`, `_` and `.`.
    ClientId, 64, |text| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        text.bytes().all(plain).then_some(Cow::Borrowed(text))
    }
}

name! {
    /// An origin (RFC 6454, section 6.1), as browsers write it: `https://shop.example`, with a port where it is not 443; or
    /// `http://` with a name of this machine.
    Origin, 255, |text| is_origin(text).then_some(Cow::Borrowed(text))
}

fn is_origin(text: &str) -> bool {
    let split = text.split_once("://");
    let Some((scheme @ ("https" | "http"), rest)) = split else {
        return false;
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !rest.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let default = if scheme == "https" { "443" } else { "80" };
    let is_port = |port: &str| {
        let number = port.parse::<u16>();
        number.is_ok_and(|number| number.to_string() == port) && port != default
    };
    let own = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    let label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty()
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let named = own || host.split('.').all(label);
    named && port.is_none_or(is_port) && (scheme == "https" || own)
}

/// Seven digits that one screen shows and a person types into another device. The last is Damm's check digit (H. M. Damm,
/// "Total anti-symmetrische Quasigruppen", 2004), which finds each single wrong digit and each swap of neighbours.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Number(u32);

impl Number {
    /// How many there are.
    pub const COUNT: u32 = 1_000_000;

    /// The number whose first six digits are these.
    ///
    /// # Errors
    /// [`NoName`] for more than six digits.
    pub fn with_check(digits: u32) -> Result<Self, NoName> {
        if digits >= Self::COUNT {
            return Err(NoName);
        }
        let check = damm(&format!("{digits:06}")).ok_or(NoName)?;
        Ok(Self(digits * 10 + check))
    }

    /// Reads seven digits, of which the last must be right. Spaces between them are left out.
    ///
    /// # Errors
    /// [`NoName`].
    pub fn new(text: &str) -> Result<Self, NoName> {
        if text.len() > 16 {
            return Err(NoName);
        }
        let digits: String = text.chars().filter(|one| *one != ' ').collect();
        let whole = digits.len() == 7 && damm(&digits) == Some(0);
        let value = whole.then(|| digits.parse().ok()).flatten();
        value.map(Self).ok_or(NoName)
    }
}

/// Folds digits with the quasigroup; zero over a number with its check digit.
fn damm(digits: &str) -> Option<u32> {
    const TABLE: [[u8; 10]; 10] = [
        [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
        [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
        [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
        [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
        [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
        [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
        [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
        [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
        [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
        [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
    ];
    digits.chars().try_fold(0_u32, |interim, digit| {
        let row = TABLE.get(usize::try_from(interim).ok()?)?;
        let column = usize::try_from(digit.to_digit(10)?).ok()?;
        row.get(column).copied().map(u32::from)
    })
}

impl TryFrom<String> for Number {
    type Error = NoName;

    fn try_from(text: String) -> Result<Self, NoName> {
        Self::new(&text)
    }
}

impl From<Number> for String {
    fn from(number: Number) -> Self {
        number.to_string()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:07}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientId, Number, Origin, UserName};

    #[test]
    fn names_are_plain() {
        for good in ["a", "alice@example.com", "Jürgen Groß", &"a".repeat(128)] {
            assert!(UserName::new(good).is_ok(), "{good}");
        }
        for bad in ["", " a", "a ", "a\n", "a\0b", "\u{85}", &"a".repeat(129)] {
            assert!(UserName::new(bad).is_err(), "{bad:?}");
        }
        // However it is typed and sent, it is one name, whose length is that of its one spelling.
        let composed = UserName::new("Jos\u{e9}").unwrap();
        assert_eq!(composed.as_str(), "Jos\u{e9}");
        assert_eq!(UserName::new("Jose\u{301}").unwrap(), composed);
        let sent = serde_json::from_str::<UserName>("\"Jose\u{301}\"").unwrap();
        assert_eq!(sent, composed);
        assert!(UserName::new(&"e\u{301}".repeat(64)).is_ok());
        for bad in ["e\u{301}".repeat(65), "ad\u{202e}nim".to_owned()] {
            assert!(UserName::new(&bad).is_err(), "{bad:?}");
        }
        assert!(ClientId::new("shop-1.example_a").is_ok());
        for bad in ["", "Shop", "a b", "a/b", "ä", &"a".repeat(65)] {
            assert!(ClientId::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn origins_are_as_browsers_write_them() {
        for good in [
            "https://shop.example",
            "https://shop.example:8443",
            "https://xn--bcher-kva.example",
            "http://localhost",
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "https://[::1]",
        ] {
            assert!(Origin::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "null",
            "*",
            "https://",
            "https://shop.example/",
            "https://shop.example:443",
            "https://shop.example:08",
            "https://shop.example:0x1",
            "https://shop.example:",
            "https://Shop.example",
            "https://a@shop.example",
            "https://shop..example",
            "https://-shop.example",
            "https://*.example",
            "https://shop.example?a",
            "https://shop.example#a",
            "https://shop.example;",
            "http://shop.example",
            "http://localhost.example",
            "http://localhost:80",
            "ftp://shop.example",
            "https://bücher.example",
        ] {
            assert!(Origin::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_slip_of_one_digit_or_two_neighbours_is_found() {
        for digits in [0, 1, 123_456, 572_000, 999_999, 100_000] {
            let good = Number::with_check(digits).unwrap().to_string();
            assert_eq!(Number::new(&good).unwrap().to_string(), good);
            let spaced = format!("{} {}", &good[..3], &good[3..]);
            assert_eq!(Number::new(&spaced).unwrap().to_string(), good);
            for place in 0..7 {
                for digit in b'0'..=b'9' {
                    let mut other = good.clone().into_bytes();
                    other[place] = digit;
                    let other = String::from_utf8(other).unwrap();
                    assert_eq!(Number::new(&other).is_ok(), other == good, "{other}");
                }
                let mut swapped = good.clone().into_bytes();
                if place < 6 {
                    swapped.swap(place, place + 1);
                }
                let swapped = String::from_utf8(swapped).unwrap();
                assert_eq!(Number::new(&swapped).is_ok(), swapped == good);
            }
        }
        // Damm's own example.
        assert_eq!(super::damm("5724"), Some(0));
        assert!(Number::with_check(1_000_000).is_err());
        for bad in [
            "",
            "123456",
            "12345678",
            "abcdefg",
            "٠٠٠٠٠٠٠",
            "-000000",
            "+000000",
        ] {
            assert!(Number::new(bad).is_err(), "{bad}");
        }
    }
}
