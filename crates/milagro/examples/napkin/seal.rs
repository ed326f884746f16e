//! Messages under an agreed key: a tag of 32 bytes before the text. Readable by all, made by nobody else; a real
//! application encrypts.

use milagro::curve::Transcript;

/// A text with its tag.
pub(crate) fn close(key: &[u8; 32], text: &[u8]) -> Vec<u8> {
    [&tag(key, text), text].concat()
}

/// The text, if the tag is right.
pub(crate) fn open<'a>(key: &[u8; 32], sealed: &'a [u8]) -> Option<&'a [u8]> {
    let (given, text) = sealed.split_first_chunk::<32>()?;
    let expected = tag(key, text);
    let difference = given
        .iter()
        .zip(&expected)
        .fold(0, |all, (a, b)| all | (a ^ b));
    (difference == 0).then_some(text)
}

fn tag(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    let mut transcript = Transcript::new("napkin sealed message");
    transcript.append("text", text);
    *transcript.key(key, "tag")
}
