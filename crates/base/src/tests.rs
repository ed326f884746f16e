//! Messages of the layers above.

mod parallel;
mod properties;

use crate::encoding::{Reader, Writer};
use crate::error::DecodeError;
use crate::seconds::Seconds;

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

#[test]
fn a_version_is_this_one_or_an_error() {
    let mut reader = Reader::new(&[1, 2]);
    assert_eq!(reader.version(1), Ok(()));
    assert_eq!(reader.version(1), Err(DecodeError::Version));
    assert_eq!(reader.version(2), Err(DecodeError::Length));
}

#[test]
fn nothing_is_read_where_there_was_an_error() {
    let mut reader = Reader::new(&[0, 9, 7]);
    assert_eq!(reader.u32(), Err(DecodeError::Length));
    assert_eq!(reader.u64(), Err(DecodeError::Length));
    assert_eq!(reader.array::<4>(), Err(DecodeError::Length));
    assert_eq!(reader.bytes(4), Err(DecodeError::Length));
    assert_eq!(reader.bytes(usize::MAX), Err(DecodeError::Length));
    assert_eq!(reader.seconds(), Err(DecodeError::Length));
    assert_eq!(reader.remaining(), 3);
    assert_eq!(reader.bytes(0), Ok([].as_slice()));
    assert_eq!(reader.bytes(3), Ok([0, 9, 7].as_slice()));
    assert_eq!(reader.finish(), Ok(()));
    assert_eq!(Reader::new(&[0]).finish(), Err(DecodeError::Length));
}

#[test]
fn numbers_are_big_endian() {
    let bytes = Writer::with_capacity(23)
        .u8(1)
        .u16(0x0203)
        .u32(0x0405_0607)
        .u64(0x0809_0a0b_0c0d_0e0f)
        .seconds(Seconds::new(0x1011_1213_1415_1617))
        .finish();
    assert_eq!(bytes, (1..=0x17).collect::<Vec<u8>>());
    assert_eq!(bytes.capacity(), 23);
}

#[test]
fn seconds_saturate() {
    let (one, most) = (Seconds::new(1), Seconds::MAX);
    assert_eq!([most.plus(one), one.plus(most), most.plus(most)], [most; 3]);
    assert_eq!(
        [Seconds::ZERO.minus(one), one.minus(most)],
        [Seconds::ZERO; 2]
    );
    assert_eq!(most.minus(one).plus(one), most);
    let units = [Seconds::minutes, Seconds::hours, Seconds::days];
    assert_eq!(units.map(|unit| unit(2).get()), [120, 7_200, 172_800]);
    assert_eq!(units.map(|unit| unit(u64::MAX)), [most; 3]);
    assert_eq!(Seconds::from(7).to_bytes(), [0, 0, 0, 0, 0, 0, 0, 7]);
    assert_eq!(Seconds::new(7).to_string(), "7");
}

#[test]
fn debug_shows_no_message() {
    let writer = Writer::new().bytes(&[171; 3]);
    assert_eq!(format!("{writer:?}"), "Writer { .. }");
    let reader = Reader::new(&[171; 3]);
    assert_eq!(format!("{reader:?}"), "Reader { remaining: 3, .. }");
}
