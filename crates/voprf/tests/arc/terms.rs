//! What both sides agree on: bounds, and what enters the tag.

use milagro_base::Seconds;
use milagro_voprf::arc::{Limit, Presentation, RequestContext, SecretKey, Terms, Window};

use super::support::{NOON, ORIGIN, Server, context, issue, limit, rng, show, terms, today};

#[test]
fn limits_begin_with_two() {
    assert!(Limit::new(0).is_err() && Limit::new(1).is_err());
    for (k, bits) in [
        (2, 1),
        (3, 2),
        (4, 2),
        (5, 3),
        (8, 3),
        (9, 4),
        (16, 4),
        (17, 5),
        (256, 8),
        (4096, 12),
        (4097, 13),
        (1 << 31, 31),
        ((1 << 31) + 1, 32),
        (u32::MAX, 32),
    ] {
        assert_eq!(limit(k).bits(), bits, "{k}");
        assert_eq!(limit(k).get(), k);
    }
}

/// `Npresentation` grows with the logarithm.
#[test]
fn presentations_are_as_long_as_the_draft_says() {
    for (k, length) in [
        (2, 486),
        (16, 873),
        (256, 1_389),
        (4096, 1_905),
        (u32::MAX, 4_485),
    ] {
        assert_eq!(Presentation::len(limit(k)), length);
        let bits = usize::try_from(limit(k).bits()).unwrap();
        assert_eq!(length, 5 * 33 + bits * 33 + (6 + 3 * bits) * 32);
    }
}

#[test]
fn the_largest_limit_works() {
    let server = Server::new();
    let terms = terms(b"forum", u32::MAX);
    let mut credential = issue(&server.key);
    credential.skip(&terms, u32::MAX - 1).unwrap();
    let last = show(&mut credential, &terms).unwrap();
    assert!(server.take(&terms, &last).is_ok());
    assert_eq!(credential.remaining(&terms), 0);
    assert!(show(&mut credential, &terms).is_err());
}

#[test]
fn windows_are_not_empty() {
    let second = Seconds::new(1);
    assert!(Window::new(NOON, NOON).is_err());
    assert!(Window::new(NOON, NOON.minus(second)).is_err());
    let window = Window::new(NOON, NOON.plus(second)).unwrap();
    assert_eq!((window.from(), window.until()), (NOON, NOON.plus(second)));
}

#[test]
fn contexts_may_be_empty_and_long() {
    let server = Server::new();
    for length in [0, 1, 255, Terms::MAX_LEN] {
        let name = vec![7; length];
        for terms in [
            Terms::new(&name, limit(2), today()).unwrap(),
            Terms::with_context(&name, limit(2), today()).unwrap(),
        ] {
            let presentation = show(&mut issue(&server.key), &terms).unwrap();
            assert!(server.take(&terms, &presentation).is_ok(), "{length}");
        }
    }
    let long = vec![7; Terms::MAX_LEN + 1];
    assert!(Terms::new(&long, limit(2), today()).is_err());
    assert!(Terms::with_context(&long, limit(2), today()).is_err());

    for length in [0, RequestContext::MAX_LEN] {
        let key = SecretKey::generate(&mut rng(), context(&vec![7; length]));
        let saved = issue(&key).to_bytes();
        let loaded = milagro_voprf::arc::Credential::from_bytes(&saved).unwrap();
        assert_eq!(loaded.public_key(), key.public_key());
        assert_eq!(
            loaded.public_key().request_context().as_bytes().len(),
            length
        );
    }
    assert!(RequestContext::new(&vec![7; RequestContext::MAX_LEN + 1]).is_err());
}

/// Name, limit and window, each framed: `"MILAGRO-V1-ARC-TERMS" ‖ ⟨name⟩ ‖ limit ‖ from ‖ until`.
#[test]
fn own_contexts_are_the_documented_formula() {
    let own = terms(b"forum", 16);
    let expected = [
        &b"MILAGRO-V1-ARC-TERMS"[..],
        &[0, 5],
        b"forum",
        &[0, 0, 0, 16],
        &ORIGIN.to_bytes(),
        &ORIGIN.plus(Seconds::days(1)).to_bytes(),
    ];
    assert_eq!(own.context(), expected.concat());
    let others = [
        terms(b"forum", 15),
        terms(b"Forum", 16),
        terms(b"", 16),
        Terms::new(b"forum", limit(16), Window::new(ORIGIN, NOON).unwrap()).unwrap(),
        Terms::new(
            b"forum",
            limit(16),
            Window::new(NOON, ORIGIN.plus(Seconds::days(1))).unwrap(),
        )
        .unwrap(),
    ];
    assert!(others.iter().all(|other| other.context() != own.context()));
}
