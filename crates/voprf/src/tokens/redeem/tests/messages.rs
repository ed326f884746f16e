//! The bytes of both requests.

use super::{key, request, token};
use crate::tokens::redeem::{BareRequest, RedemptionRequest};
use crate::tokens::token::FormatError;

#[test]
fn request_bytes_are_strict() {
    let request = request(1);
    let bytes = request.to_bytes();
    assert_eq!(bytes.len(), RedemptionRequest::LEN);
    assert_eq!(RedemptionRequest::from_bytes(&bytes), Ok(request));
    for end in 0..bytes.len() {
        assert_eq!(
            RedemptionRequest::from_bytes(&bytes[..end]),
            Err(FormatError::Truncated),
            "{end}"
        );
    }
    for extra in 1..200 {
        let longer = [&bytes[..], &vec![0; extra]].concat();
        assert_eq!(
            RedemptionRequest::from_bytes(&longer),
            Err(FormatError::TrailingBytes),
            "{extra}"
        );
    }
    for (at, value, error) in [
        (0, 2, FormatError::UnknownVersion(2)),
        (65, 64, FormatError::OutOfRange),
    ] {
        let mut bytes = bytes.clone();
        bytes[at] = value;
        assert_eq!(RedemptionRequest::from_bytes(&bytes), Err(error));
    }
}

#[test]
fn bare_bytes_are_strict() {
    let (bare, _) = token(key(0), 1, 1).redeem_bare();
    let bytes = bare.to_bytes();
    assert_eq!(bytes.len(), BareRequest::MAX_LEN);
    assert_eq!(BareRequest::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    for end in 0..bytes.len() {
        assert_eq!(
            BareRequest::from_bytes(&bytes[..end]).err(),
            Some(FormatError::Truncated),
            "{end}"
        );
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(
        BareRequest::from_bytes(&longer).err(),
        Some(FormatError::TrailingBytes)
    );
    for (at, value, error) in [
        (0, 0, FormatError::UnknownVersion(0)),
        (65, 40, FormatError::OutOfRange),
    ] {
        let mut bytes = bytes.clone();
        bytes[at] = value;
        assert_eq!(BareRequest::from_bytes(&bytes).err(), Some(error));
    }
}
