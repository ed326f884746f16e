//! k presentations and no more: what is accepted, and what a client who can draw every scalar cannot add.

use milagro_voprf::arc::{Credential, NotPresented, Presentation, Refusal, Terms};
use milagro_voprf::hazmat::{Scalar, arc};
use milagro_voprf::suite::P256;

use super::support::{NOON, Server, context, issue, limit, show, terms, today};

/// Scalars that a client draws when it does not draw at random.
pub(super) fn scalars(first: u32, count: usize) -> Vec<Scalar<P256>> {
    let scalar = |number: u32| {
        let mut bytes = [0; 32];
        bytes[28..].copy_from_slice(&number.to_be_bytes());
        Scalar::from_bytes(&bytes).unwrap()
    };
    (first..).take(count).map(scalar).collect()
}

fn forge(credential: &Credential, terms: &Terms, nonce: u32) -> Presentation {
    let drawn = scalars(1_000, arc::drawn(terms.limit()));
    arc::present(credential, terms, nonce, &drawn).unwrap()
}

#[test]
fn k_presentations_are_accepted_and_the_next_cannot_be_made() {
    let server = Server::new();
    for k in [2, 3, 4, 5, 7, 8, 9, 16, 21] {
        let terms = terms(b"forum", k);
        let mut credential = issue(&server.key);
        for shown in 0..k {
            assert_eq!(credential.remaining(&terms), k - shown);
            let presentation = show(&mut credential, &terms).unwrap();
            assert!(server.take(&terms, &presentation).is_ok(), "{shown} of {k}");
        }
        assert_eq!(credential.remaining(&terms), 0);
        assert_eq!(
            show(&mut credential, &terms).map(drop),
            Err(NotPresented::Exhausted)
        );
    }
}

#[test]
fn a_nonce_at_or_above_the_limit_is_refused() {
    let server = Server::new();
    let credential = issue(&server.key);
    for k in [2, 3, 5, 8, 21, 4096, u32::MAX] {
        let terms = terms(b"forum", k);
        let verifier = server.verifier(&terms);
        let check = |nonce| verifier.check(&forge(&credential, &terms, nonce), b"", NOON);
        assert!(check(0).is_ok() && check(k - 1).is_ok(), "{k}");
        for nonce in [k, k.saturating_add(1), u32::MAX] {
            if nonce >= k {
                assert_eq!(
                    check(nonce).map(drop),
                    Err(Refusal::Limit),
                    "{nonce} of {k}"
                );
            }
        }
    }
}

#[test]
fn a_nonce_that_is_used_again_has_the_same_tag() {
    let server = Server::new();
    let terms = terms(b"forum", 16);
    let mut credential = issue(&server.key);
    let honest = show(&mut credential, &terms).unwrap();
    let again = forge(&credential, &terms, 0);
    assert_ne!(honest, again);
    assert!(server.take(&terms, &honest).is_ok());
    assert!(server.take(&terms, &again).is_err());
    assert!(server.take(&terms, &forge(&credential, &terms, 1)).is_ok());
}

#[test]
fn a_presentation_is_good_for_its_terms_alone() {
    let server = Server::new();
    let mut credential = issue(&server.key);
    let own = terms(b"forum", 16);
    let presentation = show(&mut credential, &own).unwrap();
    let check = |terms: &Terms| {
        server
            .verifier(terms)
            .check(&presentation, b"", NOON)
            .map(drop)
    };
    assert_eq!(check(&own), Ok(()));

    // Another context with the same limit.
    assert_eq!(check(&terms(b"mail", 16)), Err(Refusal::Unproven));
    // Other limits, with other bits and with the same, in the same context and in that of their own terms.
    for k in [2, 8, 15, 9, 17, 4096] {
        let same = Terms::with_context(own.context(), limit(k), today()).unwrap();
        assert_eq!(check(&same), Err(Refusal::Limit), "{k}");
        assert_eq!(check(&terms(b"forum", k)), Err(Refusal::Limit), "{k}");
    }
}

#[test]
fn a_presentation_is_good_for_its_key_alone() {
    let (server, other) = (Server::new(), Server::new());
    let terms = terms(b"forum", 16);
    let presentation = show(&mut issue(&server.key), &terms).unwrap();
    let refused = other.verifier(&terms).check(&presentation, b"", NOON);
    assert_eq!(refused.map(drop), Err(Refusal::Unproven));

    // The same secrets for another request context: credentials of one are none of the other.
    let bytes = server.key.to_bytes();
    let same = milagro_voprf::arc::SecretKey::from_bytes(&bytes, context(b"guests")).unwrap();
    let verifier = milagro_voprf::arc::Verifier::new(
        same.into(),
        terms,
        milagro_ledger::LedgerId::from_bytes([0; 32]),
    );
    let refused = verifier.check(&presentation, b"", NOON);
    assert_eq!(refused.map(drop), Err(Refusal::Unproven));
}

/// Nobody proves what m₂ he asks for: a client asks one key for the context of another.
#[test]
fn asking_for_another_context_gives_a_credential_of_none() {
    let server = Server::new();
    let bytes = server.key.public_key().to_bytes();
    let lie = milagro_voprf::arc::PublicKey::from_bytes(&bytes, context(b"staff")).unwrap();
    let asking = lie.request(&mut super::support::rng());
    let response = server
        .key
        .answer(&mut super::support::rng(), &asking.request);
    let mut credential = asking.pending.finish(&response.unwrap()).unwrap();
    let terms = terms(b"forum", 2);
    let presentation = show(&mut credential, &terms).unwrap();
    let refused = server.verifier(&terms).check(&presentation, b"", NOON);
    assert_eq!(refused.map(drop), Err(Refusal::Unproven));
}
