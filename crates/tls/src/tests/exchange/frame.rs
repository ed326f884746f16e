//! Flights on a stream.

use milagro_base::Writer;
use proptest::prelude::*;

use crate::exchange::Flight;
use crate::exchange::{FLIGHT_HEADER_LEN, MAX_FLIGHT_LEN, flight_length};
use milagro_base::DecodeError;

fn confirmation() -> Vec<u8> {
    Flight::Confirmation.seal(Writer::new().bytes(&[7; 32]))
}

#[test]
fn the_bytes_of_a_flight_are_frozen() {
    assert_eq!(confirmation()[..FLIGHT_HEADER_LEN], [3, 1, 0, 32]);
    assert_eq!(confirmation()[FLIGHT_HEADER_LEN..], [7; 32]);
}

#[test]
fn the_length_of_a_flight_is_known_with_its_header() {
    let mut stream = confirmation();
    for length in 0..FLIGHT_HEADER_LEN {
        assert_eq!(flight_length(&stream[..length]), Ok(None), "{length}");
    }
    for length in FLIGHT_HEADER_LEN..stream.len() {
        assert_eq!(flight_length(&stream[..length]), Ok(Some(36)), "{length}");
    }
    stream.extend(confirmation());
    assert_eq!(flight_length(&stream), Ok(Some(36)));
}

#[test]
fn foreign_bytes_are_refused_as_soon_as_they_are_there() {
    for code in [0, 0x16, 0x17, 0x80, 0xff] {
        assert_eq!(flight_length(&[code]), Err(DecodeError::Value), "{code}");
    }
    for version in [0, 2, 255] {
        let header = [1, version];
        assert_eq!(flight_length(&header), Err(DecodeError::Version));
    }
    for length in [33_u16, 500, 65_535] {
        let [high, low] = length.to_be_bytes();
        let header = [3, 1, high, low, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(flight_length(&header), Err(DecodeError::Length), "{length}");
    }
}

#[test]
fn a_flight_is_read_as_what_it_is_and_whole() {
    let bytes = confirmation();
    let mut body = Flight::Confirmation.open(&bytes).unwrap();
    assert_eq!(body.array::<32>(), Ok(&[7; 32]));
    body.finish().unwrap();
    for other in [Flight::Call, Flight::Answer] {
        assert_eq!(other.open(&bytes).err(), Some(DecodeError::Value));
    }
    for length in 0..bytes.len() {
        let cut = Flight::Confirmation.open(&bytes[..length]);
        assert_eq!(cut.err(), Some(DecodeError::Length), "{length}");
    }
    let long = [bytes.as_slice(), &[0]].concat();
    let read = Flight::Confirmation.open(&long);
    assert_eq!(read.err(), Some(DecodeError::Length));
}

#[test]
fn a_body_longer_than_its_type_allows_is_refused() {
    let long = Writer::new().u8(3).u8(1).string(&[0; 33]).finish();
    let read = Flight::Confirmation.open(&long);
    assert_eq!(read.err(), Some(DecodeError::Length));
}

proptest! {
    #[test]
    fn no_stream_makes_a_reader_wait_for_more_than_the_longest_flight(stream: Vec<u8>) {
        if let Ok(Some(length)) = flight_length(&stream) {
            prop_assert!((FLIGHT_HEADER_LEN..=MAX_FLIGHT_LEN).contains(&length));
        }
    }
}
