//! Presentations are counted by their tag.

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{Kind, Life, Refused};
use milagro_voprf::arc::{Refusal, Terms, Window};

use super::support::{DAY, NOON, ORIGIN, Server, issue, limit, rng, show, terms, today};

#[test]
fn a_replay_is_refused() {
    let server = Server::new();
    let terms = terms(b"forum", 4);
    let mut credential = issue(&server.key);
    let presentation = show(&mut credential, &terms).unwrap();
    let paid = server.spend(&terms, &presentation, b"page").unwrap();
    let [(charge, _)] = paid.charges().collect::<Vec<_>>()[..] else {
        panic!("one charge");
    };
    assert_eq!(charge.account.kind(), Kind::REDEMPTION);
    assert_eq!((charge.amount.get(), charge.limit), (1, 1));
    let life = Life::Span {
        from: Some(ORIGIN),
        until: ORIGIN.plus(DAY),
    };
    assert_eq!(charge.account.life(), life);

    // For another payload, by whoever saw it: refused for good. For the same: known to be the same.
    let other = server.spend(&terms, &presentation, b"other").map(drop);
    assert!(matches!(other, Err(Refused::Exhausted)));
    let same = server.spend(&terms, &presentation, b"page").map(drop);
    assert!(matches!(same, Err(Refused::Again(_))));
    let next = show(&mut credential, &terms).unwrap();
    assert!(server.spend(&terms, &next, b"page").is_ok());
}

#[test]
fn it_counts_on_one_ledger() {
    let server = Server::new();
    let terms = terms(b"forum", 4);
    let presentation = show(&mut issue(&server.key), &terms).unwrap();
    let unspent = server.verifier(&terms).check(&presentation, b"", NOON);
    let other = MemoryLedger::init(&mut rng(), 100, ORIGIN.minus(DAY));
    let refused = unspent.unwrap().spend_local(&other, NOON).map(drop);
    let Err(Refused::Elsewhere(unspent)) = refused else {
        panic!("spent elsewhere");
    };
    assert!(unspent.spend_local(&server.ledger, NOON).is_ok());
}

/// A ledger that was lost may have counted it.
#[test]
fn a_younger_ledger_counts_nothing_of_the_window() {
    let mut server = Server::new();
    let terms = terms(b"forum", 4);
    let presentation = show(&mut issue(&server.key), &terms).unwrap();
    server.ledger = MemoryLedger::init(&mut rng(), 100, ORIGIN);
    let refused = server.spend(&terms, &presentation, b"").map(drop);
    assert!(matches!(refused, Err(Refused::Over)));
}

#[test]
fn it_counts_in_its_window_alone() {
    let server = Server::new();
    let terms = terms(b"forum", 4);
    let verifier = server.verifier(&terms);
    let presentation = show(&mut issue(&server.key), &terms).unwrap();
    let check = |now: Seconds| verifier.check(&presentation, b"", now).map(drop);
    let second = Seconds::new(1);
    assert_eq!(check(ORIGIN.minus(second)), Err(Refusal::TooEarly));
    assert_eq!(check(ORIGIN), Ok(()));
    assert_eq!(check(ORIGIN.plus(DAY).minus(second)), Ok(()));
    assert_eq!(check(ORIGIN.plus(DAY)), Err(Refusal::Expired));
}

/// One context with two limits is no way to have the sum of both.
#[test]
fn two_limits_of_one_context_share_their_tags() {
    let server = Server::new();
    let at = |k| Terms::with_context(b"forum", limit(k), today()).unwrap();
    let (few, many) = (at(2), at(5));
    let mut credential = issue(&server.key);
    let low = |terms: &Terms, nonce| {
        let drawn = super::forgeries::scalars(9, milagro_voprf::hazmat::arc::drawn(terms.limit()));
        let shown =
            milagro_voprf::hazmat::arc::present(&issue_of(&credential), terms, nonce, &drawn);
        shown.unwrap()
    };
    let [first, second] = [0, 1].map(|nonce| low(&many, nonce));
    for presentation in [first, second] {
        assert!(server.take(&many, &presentation).is_ok());
    }
    for nonce in [0, 1] {
        assert!(server.take(&few, &low(&few, nonce)).is_err());
    }
    // And the counter of the client is one.
    assert!(show(&mut credential, &few).is_ok());
    assert_eq!(credential.remaining(&many), 4);
}

/// What a dishonest client copies, an honest one cannot.
fn issue_of(credential: &milagro_voprf::arc::Credential) -> milagro_voprf::arc::Credential {
    milagro_voprf::arc::Credential::from_bytes(&credential.to_bytes()).unwrap()
}

/// Our own contexts have other tags for other windows, so nothing that was spent is good again.
#[test]
fn another_window_has_other_tags() {
    let server = Server::new();
    let later = Window::new(ORIGIN, ORIGIN.plus(DAY).plus(DAY)).unwrap();
    let longer = Terms::new(b"forum", limit(4), later).unwrap();
    let presentation = show(&mut issue(&server.key), &terms(b"forum", 4)).unwrap();
    let refused = server.verifier(&longer).check(&presentation, b"", NOON);
    assert_eq!(refused.map(drop), Err(Refusal::Unproven));
}
