//! Encodings are canonical, and hold what they held.

use milagro_base::DecodeError;
use milagro_voprf::tokens::public::{
    Pending, RedemptionRequest, Response, Series, SeriesKey, Token, UncheckedRequest,
};

use super::support::{NOW, World, plan, redemption, rng, spend};

/// Any other length is refused with its error; `head` bytes have to be there for anything else to be found.
fn lengths<T>(bytes: &[u8], read: impl Fn(&[u8]) -> Result<T, DecodeError>) {
    assert!(read(bytes).is_ok());
    for length in 0..bytes.len() {
        let error = read(&bytes[..length]).err();
        assert_eq!(
            error,
            Some(DecodeError::Length),
            "{length} of {}",
            bytes.len()
        );
    }
    let longer = [bytes, &[0]].concat();
    assert_eq!(read(&longer).err(), Some(DecodeError::Length));
    let mut other = bytes.to_vec();
    other[0] = 2;
    assert_eq!(read(&other).err(), Some(DecodeError::Version));
}

#[test]
fn series_are_pinned() {
    let world = World::new();
    let series = world.issuer.series();
    let bytes = series.to_bytes();
    lengths(&bytes, Series::from_bytes);
    assert_eq!(Series::from_bytes(&bytes).unwrap(), *series);
    let other = World::new();
    let id = other.issuer.series().id();
    assert_eq!(Series::pinned(&bytes, id), Err(DecodeError::Value));
    // Every altered bit gives another series, or none.
    for place in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[place] ^= 1;
        assert!(Series::pinned(&altered, series.id()).is_err(), "{place}");
    }
    let stored = SeriesKey::generate(&mut rng(), plan()).unwrap();
    let read = SeriesKey::from_bytes(&stored.to_bytes(), plan()).unwrap();
    assert_eq!(read.series(), stored.series());
    assert_eq!(
        SeriesKey::from_bytes(&[0; 32], plan()).err(),
        Some(DecodeError::ZeroScalar)
    );
}

#[test]
fn messages_are_read_as_they_were_written() {
    let world = World::new();
    let drawing = world.key(NOW).draw(&mut rng(), 2).unwrap();
    let request = drawing.request.to_bytes();
    assert_eq!(request.len(), 41 + 2 * 48);
    assert!(UncheckedRequest::from_bytes(&request, 2).is_ok());
    for length in (0..request.len()).filter(|length| *length != 89) {
        let read = UncheckedRequest::from_bytes(&request[..length], 2);
        assert_eq!(read, Err(DecodeError::Length), "{length}");
    }
    let answer = world.answer(&request, NOW);
    lengths(&answer, |bytes| Response::from_bytes(bytes, 2));
    assert_eq!(Response::from_bytes(&answer, 2).unwrap().to_bytes(), answer);
    assert_eq!(
        Response::from_bytes(&answer, usize::MAX),
        Err(DecodeError::Length)
    );
    assert_eq!(Response::from_bytes(&[1], 0), Err(DecodeError::Length));
    let mut wrong = answer.clone();
    wrong[1..49].fill(0);
    wrong[1] = 0xc0;
    assert_eq!(Response::from_bytes(&wrong, 2), Err(DecodeError::Identity));
}

#[test]
fn what_waits_survives_a_restart() {
    let world = World::new();
    let series = world.issuer.series();
    let drawing = world.key(NOW).draw(&mut rng(), 2).unwrap();
    let saved = drawing.pending.to_bytes();
    lengths(&saved, |bytes| Pending::from_bytes(bytes, series));
    let answer = world.answer(&drawing.request.to_bytes(), NOW);
    drop(drawing);
    let pending = Pending::from_bytes(&saved, series).unwrap();
    assert_eq!(pending.to_bytes(), saved);
    let answer = Response::from_bytes(&answer, 2).unwrap();
    let tokens = pending.finish(&mut rng(), &answer).unwrap();
    let request = spend(tokens.into_iter().next().unwrap(), b"hail");
    assert!(
        world
            .verifier
            .check(&redemption(&request, b"hail"), NOW)
            .is_ok()
    );
    // Of another series; with another form; with a verification key of another seed; with no blind.
    let other = World::new();
    let read = |bytes: &[u8]| Pending::from_bytes(bytes, series).err();
    assert_eq!(
        Pending::from_bytes(&saved, other.issuer.series()).err(),
        Some(DecodeError::Value)
    );
    let damaged = |place: usize, value: u8| {
        let mut bytes = saved.to_vec();
        bytes[place] = value;
        bytes
    };
    assert_eq!(read(&damaged(1, 2)), Some(DecodeError::Value));
    assert_eq!(read(&damaged(46, !saved[46])), Some(DecodeError::Value));
    assert_eq!(
        read(&damaged(110, 0xff)),
        Some(DecodeError::ScalarOutOfRange)
    );
    let mut huge = saved.to_vec();
    huge[42..46].fill(0xff);
    assert_eq!(read(&huge), Some(DecodeError::Value));
}

#[test]
fn tokens_and_redemptions_are_read_as_they_were_written() {
    let world = World::new();
    for token in [world.token(), world.committed(&mut rng(), b"hail")] {
        let bytes = token.to_bytes();
        assert_eq!(bytes.len(), Token::LEN);
        lengths(&bytes, Token::from_bytes);
        let mut other = bytes.to_vec();
        other[1] = 2;
        assert_eq!(Token::from_bytes(&other).err(), Some(DecodeError::Value));
        let mut identity = bytes.to_vec();
        identity[106..].fill(0);
        identity[106] = 0xc0;
        assert_eq!(
            Token::from_bytes(&identity).err(),
            Some(DecodeError::Identity)
        );
        let request = spend(Token::from_bytes(&bytes).unwrap(), b"hail").to_bytes();
        lengths(&request, RedemptionRequest::from_bytes);
        let read = RedemptionRequest::from_bytes(&request).unwrap();
        assert_eq!(read.to_bytes(), request);
        let mut other = request.clone();
        other[1] = 2;
        assert_eq!(
            RedemptionRequest::from_bytes(&other),
            Err(DecodeError::Value)
        );
    }
}
