use hex::FromHex as _;

use super::{FormatError, KeyId, Nonce, Token, TokenOutput, UseIndex, Uses, codec};

const KEY: KeyId = KeyId([1; 32]);
const NONCE: Nonce = Nonce([2; 32]);

fn token(k: u8, j: u8, output: usize) -> Token {
    let output = TokenOutput::from_bytes(&vec![3; output]).unwrap();
    let mut token = Token::new(KEY, NONCE, output, Uses::new(k).unwrap());
    token.next = UseIndex::new(j).unwrap();
    token
}

#[test]
fn bytes_of_a_token_are_frozen() {
    let frozen = format!(
        "01 05 02 {} {} 20 {}",
        "01".repeat(32),
        "02".repeat(32),
        "03".repeat(32)
    )
    .replace(' ', "");
    assert_eq!(hex::encode(&*token(5, 2, 32).to_bytes()), frozen);
    let read = Token::from_bytes(&Vec::from_hex(frozen).unwrap()).unwrap();
    assert_eq!(
        (*read.key_id(), *read.nonce(), read.uses_left()),
        (KEY, NONCE, 3)
    );
    assert_eq!(*read.output.to_bytes(), [3; 32]);
}

#[test]
fn tokens_of_every_output_length_come_back() {
    for length in [32, 48, 64] {
        for (k, j) in [(1, 0), (64, 0), (64, 63)] {
            let bytes = token(k, j, length).to_bytes();
            assert_eq!(Token::from_bytes(&bytes).unwrap().to_bytes(), bytes);
            assert!((Token::MIN_LEN..=Token::MAX_LEN).contains(&bytes.len()));
        }
    }
}

#[test]
fn every_truncation_and_extension_of_a_token_is_refused() {
    let bytes = token(1, 0, 64).to_bytes();
    for end in 0..bytes.len() {
        assert_eq!(
            Token::from_bytes(&bytes[..end]).err(),
            Some(FormatError::Truncated),
            "{end}"
        );
    }
    for extra in 1..200 {
        let longer = [&bytes[..], &vec![0; extra]].concat();
        assert_eq!(
            Token::from_bytes(&longer).err(),
            Some(FormatError::TrailingBytes),
            "{extra}"
        );
    }
}

#[test]
fn bad_fields_of_a_token_are_refused() {
    const LENGTH: usize = 3 + 64;
    for (at, value, error) in [
        (0, 0, FormatError::UnknownVersion(0)),
        (0, 2, FormatError::UnknownVersion(2)),
        (1, 0, FormatError::OutOfRange),
        (1, 65, FormatError::OutOfRange),
        (1, 255, FormatError::OutOfRange),
        (2, 1, FormatError::OutOfRange), // j = k
        (2, 64, FormatError::OutOfRange),
        (LENGTH, 0, FormatError::OutOfRange),
        (LENGTH, 31, FormatError::OutOfRange),
        (LENGTH, 33, FormatError::OutOfRange),
        (LENGTH, 48, FormatError::TrailingBytes),
        (LENGTH, 65, FormatError::Truncated),
    ] {
        let mut bytes = token(1, 0, 64).to_bytes();
        bytes[at] = value;
        assert_eq!(
            Token::from_bytes(&bytes).err(),
            Some(error),
            "byte {at} = {value}"
        );
    }
}

#[test]
fn uses_and_indices_have_their_bounds() {
    assert_eq!(Uses::new(0), Err(FormatError::OutOfRange));
    assert_eq!(Uses::new(65), Err(FormatError::OutOfRange));
    assert_eq!(UseIndex::new(64), Err(FormatError::OutOfRange));
    let three = Uses::new(3).unwrap();
    let within: Vec<_> = (0..5)
        .map(|j| UseIndex::new(j).unwrap().is_within(three))
        .collect();
    assert_eq!(within, [true, true, true, false, false]);
    assert_eq!(
        three.indices().map(UseIndex::get).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    assert_eq!(
        Uses::new(64).unwrap().indices().last(),
        UseIndex::new(63).ok()
    );
}

#[test]
fn a_token_advances_to_its_limit() {
    let mut token = Some(token(3, 0, 32));
    let mut seen = Vec::new();
    while let Some(now) = token {
        seen.push((now.next.get(), now.uses_left()));
        token = now.advance();
    }
    assert_eq!(seen, [(0, 3), (1, 2), (2, 1)]);
}

#[test]
fn key_ids_tell_suites_and_keys_apart() {
    let ids = [
        KeyId::of("ristretto255-SHA512", b"key"),
        KeyId::of("ristretto255-SHA512k", b"ey"),
        KeyId::of("P256-SHA256", b"key"),
        KeyId::of("ristretto255-SHA512", b"kez"),
        KeyId::of("ristretto255-SHA512", b""),
    ];
    for (i, id) in ids.iter().enumerate() {
        assert!(ids[i + 1..].iter().all(|other| other != id), "{i}");
    }
}

#[test]
fn inputs_tell_keys_and_nonces_apart() {
    let input = NONCE.input(&KEY);
    assert_ne!(input, NONCE.input(&KeyId([2; 32])));
    assert_ne!(input, Nonce([1; 32]).input(&KEY));
    assert!(
        input.ends_with(&[2; 32]) && input.len() == 3 * 8 + crate::tags::TOKEN_INPUT.len() + 64
    );
}

#[test]
fn framing_keeps_borders() {
    assert_eq!(
        codec::framed(&[b"ab", b"c"]),
        *b"\0\0\0\0\0\0\0\x02ab\0\0\0\0\0\0\0\x01c"
    );
    assert_ne!(codec::framed(&[b"ab", b"c"]), codec::framed(&[b"a", b"bc"]));
    assert_ne!(codec::framed(&[b"ab"]), codec::framed(&[b"ab", b""]));
}
