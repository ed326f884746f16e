//! What registered users, listeners and clocks try.

use milagro_base::Seconds;
use milagro_voprf::tokens::client::{Drawing, PendingTokens, Token};
use milagro_voprf::tokens::issuer::{IssueRefusal, QueryBudget};
use milagro_voprf::tokens::redeemer::Refusal;
use milagro_voprf::tokens::{Nonce, RedemptionRequest};

use super::support::{
    DAY, GRACE, NOON, ORIGIN, Outcome, PAYLOAD, Service, binding, draw, ledger, quota, redeem,
    redemption, rng, spend, station,
};

/// A token for a nonce that somebody else chose, drawn by a registered user: nonces are the client's own
/// choice.
fn drawn_again(service: &Service, nonce: &Nonce) -> Token {
    let issuer = service.issuer(quota(10), QueryBudget::new(100));
    let Drawing { pending, .. } = service.key(NOON).draw(&mut rng(), 1).unwrap();
    let mut bytes = pending.to_bytes();
    bytes[38..70].copy_from_slice(&nonce.to_bytes());
    let pending =
        PendingTokens::<milagro_voprf::Ristretto255>::from_bytes(&bytes, &service.pinned())
            .unwrap();
    let answer = draw(
        &issuer,
        &ledger(),
        b"mallory",
        &pending.request().to_bytes(),
        NOON,
    )
    .unwrap();
    let token = pending.finish(&answer).unwrap().remove(0);
    assert_eq!(token.nonce(), *nonce);
    token
}

/// What the pages say of tokens of many uses: whoever sees one use in clear, and pays with a token of his
/// own, can spend the others. Encryption hides the nonce; a key makes it useless.
#[test]
fn a_nonce_in_clear_is_worth_what_is_left_of_its_token() {
    let (service, ledger) = (Service::new(3, 1), ledger());
    let redeemer = service.redeemer();
    let seen = service.token().redeem(&binding(&station(), PAYLOAD));
    let nonce = Nonce::from_bytes(seen.request.to_bytes()[34..66].try_into().unwrap());
    assert_eq!(
        redeem(
            &redeemer,
            &ledger,
            &redemption(&seen.request, PAYLOAD),
            NOON
        ),
        Outcome::First
    );
    let stolen = drawn_again(&service, &nonce);
    // The use that was spent is spent for the thief too; the next one is not.
    let station = station();
    let first = stolen.redeem(&binding(&station, b"mine"));
    assert_eq!(
        redeem(
            &redeemer,
            &ledger,
            &redemption(&first.request, b"mine"),
            NOON
        ),
        Outcome::Exhausted
    );
    let second = first.rest.unwrap().redeem(&binding(&station, b"mine"));
    assert_eq!(
        redeem(
            &redeemer,
            &ledger,
            &redemption(&second.request, b"mine"),
            NOON
        ),
        Outcome::First
    );
    let victim = seen.rest.unwrap().redeem(&binding(&station, PAYLOAD));
    assert_eq!(
        redeem(
            &redeemer,
            &ledger,
            &redemption(&victim.request, PAYLOAD),
            NOON
        ),
        Outcome::Exhausted
    );
}

#[test]
fn a_token_with_a_key_of_its_own_cannot_be_drawn_again() {
    let (service, ledger) = (Service::new(3, 1), ledger());
    let redeemer = service.redeemer();
    let station = station();
    let token = service.keyed(1, NOON).remove(0);
    assert!(token.has_key());
    let seen = token.redeem(&binding(&station, PAYLOAD));
    assert_eq!(seen.request.to_bytes().len(), RedemptionRequest::SIGNED_LEN);

    // Mallory draws the nonce as a random one, and gets a token of his own that has nothing to do with it.
    let nonce = seen.rest.as_ref().unwrap().nonce();
    let stolen = drawn_again(&service, &nonce);
    let first = stolen.redeem(&binding(&station, b"mine"));
    assert_eq!(
        redeem(
            &redeemer,
            &ledger,
            &redemption(&first.request, b"mine"),
            NOON
        ),
        Outcome::First
    );

    // He puts his tag beside the key that he has seen, with the signature that he has seen: neither is for
    // the other.
    let mut forged = seen.request.to_bytes();
    forged[67..99].copy_from_slice(&first.request.to_bytes()[67..99]);
    let forged = RedemptionRequest::from_bytes(&forged).unwrap();
    let unproven = Outcome::Refused(Refusal::Unproven);
    for payload in [PAYLOAD, b"mine"] {
        assert_eq!(
            redeem(&redeemer, &ledger, &redemption(&forged, payload), NOON),
            unproven
        );
    }
    // All three uses are there for whoever has the key.
    let mut rest = Some(seen);
    let mut spent = 0;
    while let Some(spending) = rest {
        assert_eq!(
            redeem(
                &redeemer,
                &ledger,
                &redemption(&spending.request, PAYLOAD),
                NOON
            ),
            Outcome::First
        );
        rest = spending
            .rest
            .map(|token| token.redeem(&binding(&station, PAYLOAD)));
        spent += 1;
    }
    assert_eq!(spent, 3);
}

/// Even the issuer, who can compute every output, does not sign: here somebody has the whole token but its
/// seed.
#[test]
fn a_tag_without_the_keys_signature_is_refused() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let redeemer = service.redeemer();
    let token = service.keyed(1, NOON).remove(0);
    let good = spend(token, PAYLOAD).to_bytes();
    let unproven = Outcome::Refused(Refusal::Unproven);
    for at in [34, 40, 65, 99, 130, 131, 162] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        let request = RedemptionRequest::from_bytes(&bad).unwrap();
        assert_eq!(
            redeem(&redeemer, &ledger, &redemption(&request, PAYLOAD), NOON),
            unproven,
            "{at}"
        );
    }
    let request = RedemptionRequest::from_bytes(&good).unwrap();
    assert_eq!(
        redeem(&redeemer, &ledger, &redemption(&request, PAYLOAD), NOON),
        Outcome::First
    );
}

/// Tokens that were not drawn: outputs made up, of another key, of another nonce.
#[test]
fn made_up_tokens_are_refused_and_leave_no_trace() {
    let (service, ledger) = (Service::new(1, 2), ledger());
    let redeemer = service.redeemer();
    let [one, other] = [(); 2].map(|()| service.token().to_bytes());
    let splice = |from: usize, to: usize| {
        let mut bytes = one.to_vec();
        bytes[from..to].copy_from_slice(&other[from..to]);
        Token::from_bytes(&bytes).unwrap()
    };
    let mut random = one.to_vec();
    random[69..].fill(7);
    let mut elsewhere = one.to_vec();
    elsewhere[4..36].copy_from_slice(&service.schedule.keys()[1].id().to_bytes());
    for token in [
        splice(36, 68),
        splice(69, 133),
        Token::from_bytes(&random).unwrap(),
    ] {
        let request = spend(token, PAYLOAD);
        let outcome = redeem(&redeemer, &ledger, &redemption(&request, PAYLOAD), NOON);
        assert_eq!(outcome, Outcome::Refused(Refusal::Unproven));
    }
    let request = spend(Token::from_bytes(&elsewhere).unwrap(), PAYLOAD);
    for (now, refusal) in [
        (NOON, Refusal::TooEarly),
        (ORIGIN.plus(DAY), Refusal::Unproven),
    ] {
        let outcome = redeem(&redeemer, &ledger, &redemption(&request, PAYLOAD), now);
        assert_eq!(outcome, Outcome::Refused(refusal));
    }
    assert!(ledger.is_empty());
}

/// A server whose clock runs an hour ahead and comes back: what was spent stays spent, and nobody's quota is
/// gone.
#[test]
fn a_clock_that_runs_an_hour_ahead_and_comes_back() {
    let (service, ledger) = (Service::new(1, 2), ledger());
    let redeemer = service.redeemer();
    let issuer = service.issuer(quota(5), QueryBudget::new(1_000));
    let ahead = Seconds::hours(1);
    let late = ORIGIN.plus(DAY).minus(Seconds::minutes(10));
    let tokens = service.tokens(2, late);
    let requests: Vec<_> = tokens
        .into_iter()
        .map(|token| spend(token, PAYLOAD))
        .collect();
    let [one, two] = [0, 1].map(|place| redemption(&requests[place], PAYLOAD));

    assert_eq!(
        redeem(&redeemer, &ledger, &one, late.plus(ahead)),
        Outcome::First
    );
    assert_eq!(redeem(&redeemer, &ledger, &one, late), Outcome::Again);
    // At the end of the window the clock that is ahead refuses, and the token is good when it is back.
    let end = ORIGIN.plus(DAY).plus(GRACE).minus(Seconds::minutes(10));
    let expired = Outcome::Refused(Refusal::Expired);
    assert_eq!(redeem(&redeemer, &ledger, &two, end.plus(ahead)), expired);
    assert_eq!(redeem(&redeemer, &ledger, &two, end), Outcome::First);

    let asked = |count, now| {
        let request = service.key(now).draw(&mut rng(), count).unwrap().request;
        request.to_bytes()
    };
    // Ahead, the next key and the next window are open, and the present key is closed.
    let next = asked(5, late.plus(ahead));
    assert!(draw(&issuer, &ledger, b"ann", &next, late.plus(ahead)).is_ok());
    let present = asked(5, late);
    let closed = draw(&issuer, &ledger, b"ann", &present, late.plus(ahead)).err();
    assert_eq!(closed, Some(IssueRefusal::Closed));
    // Back, the present window is as it was.
    assert!(draw(&issuer, &ledger, b"ann", &present, late).is_ok());
    let over = draw(&issuer, &ledger, b"ann", &asked(1, late), late).err();
    assert_eq!(over, Some(IssueRefusal::Quota));
}

/// A ledger's clock that ran ahead by days closes what it may have forgotten, and opens nothing.
#[test]
fn a_ledger_that_saw_next_week_sells_nothing_twice() {
    let (service, ledger) = (Service::new(1, 9), ledger());
    let redeemer = service.redeemer();
    let tokens = service.tokens(2, NOON);
    let requests: Vec<_> = tokens
        .into_iter()
        .map(|token| spend(token, PAYLOAD))
        .collect();
    let [one, two] = [0, 1].map(|place| redemption(&requests[place], PAYLOAD));
    assert_eq!(redeem(&redeemer, &ledger, &one, NOON), Outcome::First);
    let week = NOON.plus(Seconds::days(7));
    let request = spend(service.tokens(1, week).remove(0), PAYLOAD);
    assert_eq!(
        redeem(&redeemer, &ledger, &redemption(&request, PAYLOAD), week),
        Outcome::First
    );
    ledger.forget();
    assert_eq!(redeem(&redeemer, &ledger, &one, NOON), Outcome::Over);
    assert_eq!(redeem(&redeemer, &ledger, &two, NOON), Outcome::Over);
}

/// A server whose clock runs ahead by less than the 48 hours that a ledger keeps what is over takes nothing from
/// anybody's present window. One that runs ahead by more stops it, until that clock is right and time has caught
/// up, and gives nobody a window twice.
#[test]
fn a_clock_that_runs_days_ahead_opens_no_window_again() {
    let service = Service::new(1, 5);
    let issuer = service.issuer(quota(5), QueryBudget::new(1_000));
    let asked = |count, now| {
        let request = service.key(now).draw(&mut rng(), count).unwrap().request;
        request.to_bytes()
    };
    for (ahead, expected) in [
        (Seconds::hours(47), IssueRefusal::Quota),
        (Seconds::days(4), IssueRefusal::Closed),
    ] {
        let ledger = ledger();
        assert!(draw(&issuer, &ledger, b"ann", &asked(3, NOON), NOON).is_ok());
        let later = NOON.plus(ahead);
        assert!(draw(&issuer, &ledger, b"bob", &asked(5, later), later).is_ok());
        ledger.forget();
        let back = draw(&issuer, &ledger, b"ann", &asked(2, NOON), NOON).err();
        let stopped = matches!(expected, IssueRefusal::Closed);
        assert_eq!(back, stopped.then_some(expected), "{ahead}");
        let over = draw(&issuer, &ledger, b"ann", &asked(1, NOON), NOON).err();
        assert_eq!(over, Some(expected), "{ahead}");
    }
}

/// Another user's quota cannot be used up, whatever is asked in his name elsewhere.
#[test]
fn one_user_draws_on_no_other_users_quota() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let issuer = service.issuer(quota(5), QueryBudget::new(1_000));
    let asked = || {
        service
            .key(NOON)
            .draw(&mut rng(), 5)
            .unwrap()
            .request
            .to_bytes()
    };
    for user in [&b"mallory"[..], b"mallor", b"ymallory", b"", b"ann\0"] {
        assert!(draw(&issuer, &ledger, user, &asked(), NOON).is_ok());
        let over = draw(&issuer, &ledger, user, &asked(), NOON).err();
        assert_eq!(over, Some(IssueRefusal::Quota));
    }
    assert!(draw(&issuer, &ledger, b"ann", &asked(), NOON).is_ok());
}
