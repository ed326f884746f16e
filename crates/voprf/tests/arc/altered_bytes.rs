//! No bit of a message can change.

use milagro_voprf::arc::{Asking, Presentation, Request, Response};

use super::support::{NOON, Server, issue, rng, show, terms};

/// Every message that differs in one byte, by one of these bits.
fn altered(bytes: &[u8], bits: impl Fn(usize) -> Vec<u8>) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).flat_map(move |place| {
        bits(place).into_iter().map(move |bit| {
            let mut altered = bytes.to_vec();
            altered[place] ^= 1 << bit;
            altered
        })
    })
}

/// All of them.
fn all(_: usize) -> Vec<u8> {
    (0..8).collect()
}

/// One, which changes from byte to byte.
fn one(place: usize) -> Vec<u8> {
    vec![u8::try_from(place * 3 % 8).unwrap()]
}

#[test]
fn of_a_request() {
    let server = Server::new();
    let Asking { request, .. } = server.key.public_key().request(&mut rng());
    let mut decoded = 0;
    for bytes in altered(&request.to_bytes(), all) {
        if let Ok(request) = Request::from_bytes(&bytes) {
            decoded += 1;
            assert!(server.key.answer(&mut rng(), &request).is_err());
        }
    }
    assert!(decoded > 8 * 5 * 32, "{decoded}");
}

#[test]
fn of_a_response() {
    let server = Server::new();
    let Asking { request, pending } = server.key.public_key().request(&mut rng());
    let response = server.key.answer(&mut rng(), &request).unwrap();
    let (mut pending, mut decoded) = (pending, 0);
    for bytes in altered(&response.to_bytes(), one) {
        if let Ok(response) = Response::from_bytes(&bytes) {
            decoded += 1;
            pending = pending.finish(&response).unwrap_err().into_pending();
        }
    }
    assert!(decoded > 8 * 32, "{decoded}");
    assert!(pending.finish(&response).is_ok());
}

#[test]
fn of_a_presentation() {
    let server = Server::new();
    for k in [2, 7] {
        let bits = |place| if k == 2 { all(place) } else { one(place) };
        let terms = terms(b"forum", k);
        let verifier = server.verifier(&terms);
        let presentation = show(&mut issue(&server.key), &terms).unwrap();
        let mut decoded = 0;
        for bytes in altered(&presentation.to_bytes(), bits) {
            if let Ok(presentation) = Presentation::from_bytes(&bytes, terms.limit()) {
                decoded += 1;
                assert!(verifier.check(&presentation, b"", NOON).is_err());
            }
        }
        assert!(decoded > 9 * 32, "{decoded}");
        assert!(verifier.check(&presentation, b"", NOON).is_ok());
    }
}

/// A response to another request, and of another key.
#[test]
fn of_what_an_answer_is_to() {
    let (server, other) = (Server::new(), Server::new());
    let Asking { request, pending } = server.key.public_key().request(&mut rng());
    let second = server.key.public_key().request(&mut rng());
    let answers = [
        server.key.answer(&mut rng(), &second.request).unwrap(),
        other.key.answer(&mut rng(), &request).unwrap(),
    ];
    let mut pending = pending;
    for answer in answers {
        pending = pending.finish(&answer).unwrap_err().into_pending();
    }
    let answer = server.key.answer(&mut rng(), &request).unwrap();
    assert!(pending.finish(&answer).is_ok());
}
