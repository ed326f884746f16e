//! A key as text: 43 characters of base64url (RFC 4648, section 5).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::exit::Outcome;
use crate::keys::source::{Source, line};

/// 32 bytes on the heap, wiped when dropped.
pub(super) type Key = Box<Zeroizing<[u8; 32]>>;

/// A key and the end of a line.
pub(super) const MOST: usize = 63;

/// The length of a key as text.
pub(super) const LENGTH: usize = 43;

/// The key that a source holds.
pub(super) fn read(source: &Source) -> Outcome<Key> {
    let text = source.read(MOST)?;
    decode(&text).ok_or_else(|| source.fault(&"not 43 characters of base64url"))
}

/// The key of a line of text.
pub(super) fn decode(text: &[u8]) -> Option<Key> {
    // One byte more: the decoder asks for room for whole groups.
    let mut bytes = Box::new(Zeroizing::new([0; 33]));
    let decoded = URL_SAFE_NO_PAD
        .decode_slice(line(text), &mut **bytes)
        .ok()?;
    let mut key = Box::new(Zeroizing::new([0; 32]));
    if decoded != key.len() {
        return None;
    }
    key.iter_mut()
        .zip(bytes.iter())
        .for_each(|(to, from)| *to = *from);
    Some(key)
}

/// The text of a key.
pub(super) fn encode(key: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(vec![0; LENGTH]);
    // 32 bytes have this length as text.
    let written = URL_SAFE_NO_PAD.encode_slice(key, &mut text);
    text.truncate(written.unwrap_or_default());
    text
}
