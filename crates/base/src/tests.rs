//! Messages of the layers above.

use crate::{DecodeError, Reader, Writer};

fn written(string: &[u8]) -> Vec<u8> {
    Writer::new().string(string).finish()
}

#[test]
fn strings_come_back() {
    for length in [0, 1, 255, 256, 65_534] {
        let string = vec![7; length];
        let bytes = written(&string);
        assert_eq!(bytes.len(), 2 + length);
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.string(), Ok(string.as_slice()));
        assert_eq!(reader.finish(), Ok(()));
    }
    assert_eq!(Reader::new(&[0]).string(), Err(DecodeError::Length));
    assert_eq!(Reader::new(&[0, 2, 7]).string(), Err(DecodeError::Length));
}

#[test]
fn strings_that_are_too_long_are_neither_cut_nor_read() {
    let long = vec![7; 65_538];
    let lengths = [65_533, 65_534, 65_535, 65_536, 65_537, 65_538];
    let messages = lengths.map(|length| written(&long[..length]));
    for (place, message) in messages.iter().enumerate() {
        // No two of them look alike, and none is the beginning of another.
        for other in &messages[..place] {
            assert!(!message.starts_with(other) && !other.starts_with(message));
        }
    }
    for message in &messages[2..] {
        assert_eq!(Reader::new(message).string(), Err(DecodeError::Length));
    }
    // So they do not either where another field follows.
    let border = |a: &[u8], b: &[u8]| Writer::new().string(a).bytes(b).finish();
    assert_ne!(border(&long[..65_536], &[]), border(&long[..65_535], &[7]));
}

#[test]
fn a_code_is_this_one_or_an_error() {
    let mut reader = Reader::new(&[4, 5]);
    assert_eq!(reader.code(4), Ok(()));
    assert_eq!(reader.code(4), Err(DecodeError::Value));
    assert_eq!(reader.code(5), Err(DecodeError::Length));
}
