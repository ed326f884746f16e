//! The one spelling of names.

use precis_core::{Error, FreeformClass, StringClass as _};
use unicode_normalization::is_nfc;

use crate::names::error::NameError;

/// Longest name in bytes.
pub(super) const MAX: usize = 255;

/// What SPIFFE ids begin with.
const SPIFFE: &str = "spiffe://";

/// Whether a string is a name.
///
/// The rule is that the profile OpaqueString (RFC 8265, section 4.2) gives it back unchanged: it is in NFC, its
/// spaces are U+0020, and its code points are of the FreeformClass of RFC 8264, judged by IANA's table
/// (Unicode 6.3), so that all releases judge alike. The two joiners, which the class has in some contexts, are
/// not in names: they are format characters, and mostly invisible.
pub(super) fn check(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > MAX {
        return Err(NameError::TooLong);
    }
    // Printable ASCII is of the class and in NFC; a look at the tables takes longer than all else together.
    if !name.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        check_unicode(name)?;
    }
    let scheme = name.get(..SPIFFE.len() - 2);
    let claims = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("spiffe:"));
    if claims && !is_spiffe(name) {
        return Err(NameError::Spiffe);
    }
    Ok(())
}

fn check_unicode(name: &str) -> Result<(), NameError> {
    if let Some(character) = name
        .chars()
        .find(|character| is_joiner_or_space(*character))
    {
        return Err(NameError::Character(character));
    }
    if let Err(error) = FreeformClass::default().allows(name) {
        return Err(NameError::Character(culprit(&error)));
    }
    if is_nfc(name) {
        Ok(())
    } else {
        Err(NameError::NotNormal)
    }
}

/// A joiner, or a space (category Zs) that is not U+0020.
const fn is_joiner_or_space(character: char) -> bool {
    matches!(
        character,
        '\u{200c}' | '\u{200d}' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

fn culprit(error: &Error) -> char {
    match error {
        Error::BadCodepoint(found) => char::from_u32(found.cp),
        Error::Invalid | Error::Unexpected(_) => None,
    }
    .unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// SPIFFE-ID, section 2: a trust domain of lower-case letters, digits and `-._`, then segments of letters,
/// digits and `-._`, none of them empty, `.` or `..`. No user, port, query, fragment or percent-encoding.
pub(super) fn is_spiffe(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(SPIFFE) else {
        return false;
    };
    let mut parts = rest.split('/');
    let domain = parts.next().unwrap_or_default();
    let domain_is_good = !domain.is_empty()
        && domain
            .bytes()
            .all(|byte| is_segment_byte(byte) && !byte.is_ascii_uppercase());
    domain_is_good
        && parts.all(|segment| {
            !matches!(segment, "" | "." | "..") && segment.bytes().all(is_segment_byte)
        })
}

const fn is_segment_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}
