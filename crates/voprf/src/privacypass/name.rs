//! Names of servers (RFC 9577, section 2.1.1.1).

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::net::Ipv6Addr;

/// The name of an issuer or an origin: a host, and a port unless that is 443, as in the authority of a URI (RFC 3986,
/// section 3.2) without user information.
///
/// Names are equal if their hosts are, whatever the case of their letters, and their ports.
#[derive(Clone, Eq)]
pub struct ServerName(String);

/// No name of a server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotAName(());

impl ServerName {
    /// The longest name in bytes: that of a host, a colon and a port.
    pub const MAX_LEN: usize = 255 + 6;

    /// Takes a name such as `issuer.example` or `issuer.example:8443`.
    ///
    /// # Errors
    /// [`NotAName`] for anything but a host of the characters of RFC 3986, of which a comma is none here, or an
    /// IPv6 address in brackets, followed by nothing or by a colon and a port from 1 to 65535.
    pub fn new(name: &str) -> Result<Self, NotAName> {
        let (host, port) = split(name);
        if name.len() > Self::MAX_LEN || !is_host(host) || port.is_some_and(|port| !is_port(port)) {
            return Err(NotAName(()));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The spelling that all equal names have in common: small letters, and no port that is 443.
    pub(super) fn canonical(&self) -> String {
        let (host, port) = self.parts();
        let host = host.to_ascii_lowercase();
        if port == HTTPS {
            host
        } else {
            alloc::format!("{host}:{port}")
        }
    }

    /// Host and port.
    fn parts(&self) -> (&str, &str) {
        let (host, port) = split(&self.0);
        (host, port.unwrap_or(HTTPS))
    }

    pub(super) fn from_bytes(name: &[u8]) -> Result<Self, NotAName> {
        let name = core::str::from_utf8(name).map_err(|_| NotAName(()))?;
        Self::new(name)
    }
}

impl PartialEq for ServerName {
    fn eq(&self, other: &Self) -> bool {
        let ((host, port), (other, other_port)) = (self.parts(), other.parts());
        host.eq_ignore_ascii_case(other) && port == other_port
    }
}

impl fmt::Debug for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServerName").field(&self.0).finish()
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NotAName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the name of a server")
    }
}

impl core::error::Error for NotAName {}

/// The port of a name that says none.
const HTTPS: &str = "443";

/// A host, and the port if there is a colon after it. The colons of an IP literal stand in brackets.
fn split(name: &str) -> (&str, Option<&str>) {
    let literal = name.rfind(']').map_or(0, |end| end.saturating_add(1));
    let colon = name
        .get(literal..)
        .and_then(|rest| rest.find(':'))
        .map(|at| at.saturating_add(literal));
    colon
        .and_then(|at| name.split_at_checked(at))
        .map_or((name, None), |(host, port)| (host, port.get(1..)))
}

fn is_host(host: &str) -> bool {
    let literal = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Some(literal) = literal {
        return literal.parse::<Ipv6Addr>().is_ok();
    }
    // unreserved and sub-delims, without the comma that stands between names.
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+;=".contains(&byte);
    let mut encoded = host.split('%');
    let plain = encoded.next().unwrap_or_default();
    let is_encoded = |part: &str| {
        let digits = part.as_bytes().first_chunk::<2>();
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    !host.is_empty()
        && plain.bytes().all(allowed)
        && encoded.all(|part| is_encoded(part) && part.bytes().all(allowed))
}

/// Without leading zeros, so that a port has one spelling.
fn is_port(port: &str) -> bool {
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    digits && !port.starts_with('0') && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_what_is_none() {
        let long = "a".repeat(ServerName::MAX_LEN);
        for name in [
            "a",
            "issuer.example",
            "Issuer.Example:8443",
            "[::1]",
            "[::1]:443",
            "192.0.2.1:1",
            "a:65535",
            "a%2fb%41",
            &long,
        ] {
            assert!(ServerName::new(name).is_ok(), "{name}");
        }
        let longer = "a".repeat(ServerName::MAX_LEN + 1);
        for name in [
            "", ":443", "a:", "a:0", "a:080", "a:65536", "a:+1", "a:1:2", "a b", "a,b", "user@a",
            "a/b", "a?b", "a#b", "\u{e9}", "a\0", "[", "[]", "[::1", "::1", "[::1]x", "[x]",
            "a\"b", &longer,
        ] {
            assert_eq!(ServerName::new(name), Err(NotAName(())), "{name}");
        }
    }

    #[test]
    fn letters_have_no_case_and_a_missing_port_is_443() {
        let name = |text: &str| ServerName::new(text).unwrap();
        for (one, other) in [
            ("A.example", "a.EXAMPLE"),
            ("a.example", "a.example:443"),
            ("[::1]:443", "[::1]"),
        ] {
            assert_eq!(name(one), name(other));
            assert_eq!(name(one).canonical(), name(other).canonical());
            assert_eq!(name(&name(one).canonical()), name(one));
        }
        for (one, other) in [
            ("a.example", "a.example:80"),
            ("a.example", "b.example"),
            ("a.example", "a.example."),
            ("a.example", "xa.example"),
        ] {
            assert_ne!(name(one), name(other));
            assert_ne!(name(one).canonical(), name(other).canonical());
        }
    }
}
