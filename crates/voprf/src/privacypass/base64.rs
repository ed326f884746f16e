//! base64url with padding (RFC 4648, sections 3.2 and 5), canonical alone: RFC 9577, section 2.1.2, asks for the
//! padding, and with bits left over or without it a token would have two spellings.

use alloc::string::String;
use alloc::vec::Vec;

/// What is no canonical base64url.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct NotBase64;

/// The text of some bytes. Its capacity is its length, so that nothing secret is left behind as it grows.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(encoded_len(bytes.len()));
    for chunk in bytes.chunks(3) {
        let at = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let word = (at(0) << 16) | (at(1) << 8) | at(2);
        for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            out.push(if place <= chunk.len() {
                digit((word >> shift) & 63)
            } else {
                '='
            });
        }
    }
    out
}

/// The length of the text of so many bytes.
pub(super) const fn encoded_len(bytes: usize) -> usize {
    bytes.div_ceil(3).saturating_mul(4)
}

/// The bytes of a text.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, NotBase64> {
    let quads = text.chunks_exact(4);
    if !quads.remainder().is_empty() {
        return Err(NotBase64);
    }
    let mut out = Vec::with_capacity(quads.len().saturating_mul(3));
    let mut left = quads.len();
    for quad in quads {
        left = left.saturating_sub(1);
        let &[a, b, c, d] = quad else {
            return Err(NotBase64);
        };
        // Padding stands in the last four alone.
        let bytes = match (c, d) {
            (b'=', b'=') if left == 0 => 1,
            (_, b'=') if left == 0 => 2,
            _ => 3,
        };
        let mut word = (value(a)? << 18) | (value(b)? << 12);
        if bytes > 1 {
            word |= value(c)? << 6;
        }
        if bytes > 2 {
            word |= value(d)?;
        }
        let [_, word @ ..] = word.to_be_bytes();
        let (kept, over) = word.split_at_checked(bytes).ok_or(NotBase64)?;
        if over.iter().any(|byte| *byte != 0) {
            return Err(NotBase64);
        }
        out.extend_from_slice(kept);
    }
    Ok(out)
}

fn digit(value: u32) -> char {
    let value = u8::try_from(value & 63).unwrap_or(0);
    char::from(match value {
        0..=25 => b'A'.wrapping_add(value),
        26..=51 => b'a'.wrapping_add(value.wrapping_sub(26)),
        52..=61 => b'0'.wrapping_add(value.wrapping_sub(52)),
        62 => b'-',
        _ => b'_',
    })
}

fn value(digit: u8) -> Result<u32, NotBase64> {
    let value = match digit {
        b'A'..=b'Z' => digit.wrapping_sub(b'A'),
        b'a'..=b'z' => digit.wrapping_sub(b'a').wrapping_add(26),
        b'0'..=b'9' => digit.wrapping_sub(b'0').wrapping_add(52),
        b'-' => 62,
        b'_' => 63,
        _ => return Err(NotBase64),
    };
    Ok(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10, in the alphabet of section 5.
    #[test]
    fn published_texts() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text.as_bytes()).as_deref(), Ok(bytes.as_bytes()));
        }
        assert_eq!(encode(&[0xfb, 0xff, 0xbf]), "-_-_");
    }

    #[test]
    fn every_text_of_four_is_refused_or_the_only_spelling() {
        for first in 0..=u8::MAX {
            for last in 0..=u8::MAX {
                for text in [[b'A', first, last, b'='], [first, last, b'=', b'=']] {
                    if let Ok(bytes) = decode(&text) {
                        assert_eq!(encode(&bytes).as_bytes(), text);
                    }
                }
                let text = [b'_', b'_', first, last];
                if let Ok(bytes) = decode(&text) {
                    assert_eq!(encode(&bytes).as_bytes(), text);
                }
            }
        }
    }

    #[test]
    fn lengths() {
        for length in 0..100 {
            let bytes = alloc::vec![0xa5; length];
            let text = encode(&bytes);
            assert_eq!(text.len(), encoded_len(length));
            assert_eq!(decode(text.as_bytes()), Ok(bytes));
        }
    }
}
