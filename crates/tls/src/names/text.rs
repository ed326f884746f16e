//! Principals as text, for configuration files, host lists and logs.

use core::fmt;
use core::str::FromStr;

use milagro_mpin::TrustDomainId;

use crate::names::error::TextError;
use crate::names::principal::Principal;
use crate::names::role::Role;

/// What every text begins with.
const SCHEME: &str = "milagro";

/// The text form: `milagro:<domain as 64 lower-case hex digits>:<role>:<name>`, at most 845 bytes of printable
/// ASCII without spaces.
///
/// In the name, letters and digits of ASCII and `-._~@:/` stand for themselves; every other byte is `%` and two
/// upper-case hex digits. A principal has one text, and `from_str` reads no other:
///
/// ```
/// use milagro_tls::{Principal, Role, TrustDomainId};
///
/// let domain = TrustDomainId::from_bytes([0xab; 32]);
/// let principal = Principal::new(domain, Role::Server, "spiffe://example.org/db")?;
/// let text = principal.to_string();
/// assert!(text.ends_with("abab:server:spiffe://example.org/db"));
/// assert_eq!(text.parse(), Ok(principal));
///
/// // The Cyrillic letter shows.
/// let confusable = Principal::new(domain, Role::Client, "\u{430}lice")?;
/// assert!(confusable.to_string().ends_with(":client:%D0%B0lice"));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}:")?;
        for byte in self.domain().to_bytes() {
            write!(f, "{byte:02x}")?;
        }
        write!(f, ":{}:", self.role())?;
        escape(f, self.name(), |byte| {
            is_plain(byte) || matches!(byte, b':' | b'/')
        })
    }
}

impl FromStr for Principal {
    type Err = TextError;

    /// Reads the text form.
    ///
    /// # Errors
    /// [`TextError`].
    fn from_str(text: &str) -> Result<Self, TextError> {
        let read = read(text).ok_or(TextError::Form)?;
        let name = String::from_utf8(read.name).map_err(|_| TextError::Form)?;
        let principal = Self::new(read.domain, read.role, &name)?;
        // One text for a principal: no other spelling of its digits and escapes.
        if principal.to_string() == text {
            Ok(principal)
        } else {
            Err(TextError::Form)
        }
    }
}

struct Parts {
    domain: TrustDomainId,
    role: Role,
    name: Vec<u8>,
}

fn read(text: &str) -> Option<Parts> {
    let mut parts = text.splitn(4, ':');
    if parts.next()? != SCHEME {
        return None;
    }
    Some(Parts {
        domain: TrustDomainId::from_bytes(hex(parts.next()?)?),
        role: Role::from_word(parts.next()?)?,
        name: unescape(parts.next()?)?,
    })
}

fn hex(digits: &str) -> Option<[u8; TrustDomainId::LEN]> {
    let mut out = [0; TrustDomainId::LEN];
    if digits.len() != 2 * out.len() {
        return None;
    }
    for (to, pair) in out.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *to = u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}

/// Whether the byte stands for itself in every text.
pub(crate) const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'@')
}

/// Writes a name; what is not plain as `%` and two upper-case hex digits.
pub(crate) fn escape(
    out: &mut impl fmt::Write,
    name: &str,
    plain: impl Fn(u8) -> bool,
) -> fmt::Result {
    for byte in name.bytes() {
        if plain(byte) {
            out.write_char(byte.into())?;
        } else {
            write!(out, "%{byte:02X}")?;
        }
    }
    Ok(())
}

/// The bytes of what [`escape`] wrote, and of other spellings too: compare what comes of it.
pub(crate) fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            if !digits.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            u8::from_str_radix(core::str::from_utf8(&digits).ok()?, 16).ok()?
        } else {
            byte
        });
    }
    Some(out)
}
