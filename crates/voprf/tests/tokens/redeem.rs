//! What a redemption is bound to.

use milagro_base::DecodeError;
use milagro_ledger::Refused;
use milagro_voprf::tokens::client::{Binding, Token, TokenOutput};
use milagro_voprf::tokens::redeemer::{
    BareRedemption, RedeemerId, Redemption, RedemptionRefused, Refusal,
};
use milagro_voprf::tokens::{BareRequest, Nonce, RedemptionRequest, UseIndex};

use super::support::{
    CONTEXT, LEDGER, NOON, ORIGIN, Outcome, PAYLOAD, Service, bare, binding, ledger, outcome,
    redeem, redemption, spend, station,
};

#[test]
fn a_token_of_k_uses_buys_k_payloads_and_replays_burn_nothing() {
    let (service, ledger) = (Service::new(3, 1), ledger());
    let (redeemer, station) = (service.redeemer(), station());
    let mut token = Some(service.token());
    let mut requests = Vec::new();
    for payload in [b"first", b"other", b"third"] {
        let spending = token.take().unwrap().redeem(&binding(&station, payload));
        let first = redeem(
            &redeemer,
            &ledger,
            &redemption(&spending.request, payload),
            NOON,
        );
        assert_eq!(first, Outcome::First);
        requests.push((spending.request, payload));
        for (request, payload) in &requests {
            let replay = redeem(&redeemer, &ledger, &redemption(request, *payload), NOON);
            assert_eq!(replay, Outcome::Again);
        }
        token = spending.rest;
    }
    assert!(token.is_none());
}

#[test]
fn what_is_spent_is_named() {
    let (service, ledger) = (Service::new(2, 1), ledger());
    let token = service.token();
    let (key, nonce) = (*token.key_id(), token.nonce());
    let request = token.redeem(&binding(&station(), PAYLOAD)).rest.unwrap();
    let request = spend(request, PAYLOAD);
    let unspent = service
        .redeemer()
        .check(&redemption(&request, PAYLOAD), NOON)
        .unwrap();
    let redeemed = unspent.spend_local(&ledger, NOON).unwrap().into_value();
    assert_eq!((*redeemed.key_id(), *redeemed.nonce()), (key, nonce));
    assert_eq!(redeemed.use_index().get(), 1);
}

/// Every change of a request or its surroundings.
#[test]
fn changes_are_refused_and_leave_no_trace() {
    let service = Service::new(2, 2);
    let redeemer = service.redeemer();
    for form in ["plain", "keyed"] {
        let ledger = ledger();
        let token = match form {
            "plain" => service.token(),
            _ => service.keyed(1, NOON).remove(0),
        };
        let good = spend(token, PAYLOAD).to_bytes();
        let attempt = |bytes: &[u8], context: &[u8], payload: &[u8]| {
            let request = RedemptionRequest::from_bytes(bytes).unwrap();
            let redemption = Redemption {
                request: &request,
                context,
                payload,
            };
            redeem(&redeemer, &ledger, &redemption, NOON)
        };
        let refused = |refusal| Outcome::Refused(refusal);
        let unproven = refused(Refusal::Unproven);
        for (name, context, payload) in [
            ("payload", CONTEXT, &b"rain at 06:01"[..]),
            ("longer payload", CONTEXT, b"rain at 06:00\0"),
            ("no payload", CONTEXT, b""),
            ("context", b"report/v2", PAYLOAD),
            ("border between the two", b"report/v", b"1rain at 06:00"),
        ] {
            assert_eq!(attempt(&good, context, payload), unproven, "{form} {name}");
        }
        let other = service.schedule.keys()[1].id().to_bytes();
        let with = |range: core::ops::Range<usize>, bytes: &[u8]| {
            let mut changed = good.clone();
            changed[range].copy_from_slice(bytes);
            attempt(&changed, CONTEXT, PAYLOAD)
        };
        assert_eq!(with(2..34, &other), refused(Refusal::TooEarly), "{form}");
        assert_eq!(
            with(2..34, &[9; 32]),
            refused(Refusal::UnknownKey),
            "{form}"
        );
        assert_eq!(with(34..66, &[9; 32]), unproven, "{form}");
        assert_eq!(with(66..67, &[1]), unproven, "{form}");
        assert_eq!(with(66..67, &[2]), refused(Refusal::UseIndex), "{form}");
        for bit in 0..256 {
            let byte = good[67 + bit / 8] ^ 1 << (bit % 8);
            assert_eq!(
                with(67 + bit / 8..68 + bit / 8, &[byte]),
                unproven,
                "{form} {bit}"
            );
        }
        assert!(ledger.is_empty(), "{form}");
        assert_eq!(attempt(&good, CONTEXT, PAYLOAD), Outcome::First, "{form}");
    }
}

#[test]
fn a_request_for_another_redeemer_is_refused() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let other = RedeemerId::new(b"station2").unwrap();
    let request = service.token().redeem(&binding(&other, PAYLOAD)).request;
    let outcome = redeem(
        &service.redeemer(),
        &ledger,
        &redemption(&request, PAYLOAD),
        NOON,
    );
    assert_eq!(outcome, Outcome::Refused(Refusal::Unproven));
    assert!(RedeemerId::new(b"").is_err() && RedeemerId::new(&[1; 256]).is_err());
}

/// Redeemers of other names over one ledger: the use is one, whoever asks.
#[test]
fn a_token_is_spent_once_over_all_redeemers() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let token = service.token();
    let copy = Token::from_bytes(&token.to_bytes()).unwrap();
    let other = RedeemerId::new(b"station2").unwrap();
    let here = spend(token, PAYLOAD);
    let there = copy.redeem(&binding(&other, PAYLOAD)).request;
    let elsewhere = milagro_voprf::tokens::redeemer::Redeemer::new(
        other,
        service.schedule.clone(),
        alloc::sync::Arc::clone(&service.keys),
        LEDGER,
    )
    .unwrap();
    let first = redeem(
        &service.redeemer(),
        &ledger,
        &redemption(&here, PAYLOAD),
        NOON,
    );
    assert_eq!(first, Outcome::First);
    let second = redeem(&elsewhere, &ledger, &redemption(&there, PAYLOAD), NOON);
    assert_eq!(second, Outcome::Exhausted);
}

fn given_away(token: Token) -> BareRequest {
    token.redeem_bare().unwrap().request
}

#[test]
fn bare_and_bound_redemptions_spend_the_same_uses() {
    let (service, ledger) = (Service::new(2, 1), ledger());
    let redeemer = service.redeemer();
    let token = service.token();
    let copy = || Token::from_bytes(&token.to_bytes()).unwrap();
    let check = |request: &BareRequest| {
        let unspent = redeemer.check_bare(&bare(request), NOON).unwrap();
        outcome(&unspent.spend_local(&ledger, NOON))
    };
    assert_eq!(check(&given_away(copy())), Outcome::First);
    assert_eq!(check(&given_away(copy())), Outcome::Again);
    let bound = spend(copy(), PAYLOAD);
    let second = redeem(&redeemer, &ledger, &redemption(&bound, PAYLOAD), NOON);
    assert_eq!(second, Outcome::Exhausted);
    let rest = copy().redeem_bare().unwrap().rest.unwrap();
    assert_eq!(check(&given_away(rest)), Outcome::First);
}

#[test]
fn a_bare_token_buys_one_payload() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let redeemer = service.redeemer();
    let request = given_away(service.token());
    let check = |context, payload| {
        let redemption = BareRedemption {
            request: &request,
            context,
            payload,
        };
        let unspent = redeemer.check_bare(&redemption, NOON).unwrap();
        outcome(&unspent.spend_local(&ledger, NOON))
    };
    assert_eq!(check(CONTEXT, b"rain"), Outcome::First);
    assert_eq!(check(CONTEXT, b"rain"), Outcome::Again);
    for (context, payload) in [
        (CONTEXT, &b"snow"[..]),
        (b"report/v2", b"rain"),
        (b"report/v1r", b"ain"),
    ] {
        assert_eq!(check(context, payload), Outcome::Exhausted);
    }
}

#[test]
fn wrong_bare_outputs_are_refused() {
    let service = Service::new(1, 1);
    let redeemer = service.redeemer();
    let token = service.token();
    let (key, nonce) = (*token.key_id(), token.nonce());
    let right = given_away(token).to_bytes()[67..].to_vec();
    let request = |nonce, use_index, output: &[u8]| {
        BareRequest::new(
            key,
            nonce,
            use_index,
            TokenOutput::from_bytes(output).unwrap(),
        )
    };
    let mut altered = right.clone();
    altered[63] ^= 1;
    let first = UseIndex::FIRST;
    for (name, request, refusal) in [
        (
            "altered",
            request(nonce, first, &altered),
            Refusal::Unproven,
        ),
        (
            "shorter",
            request(nonce, first, &right[..48]),
            Refusal::Unproven,
        ),
        (
            "of another nonce",
            request(Nonce::from_bytes(&[1; 32]), first, &right),
            Refusal::Unproven,
        ),
        (
            "beyond k",
            request(nonce, UseIndex::new(1).unwrap(), &right),
            Refusal::UseIndex,
        ),
    ] {
        assert_eq!(
            redeemer.check_bare(&bare(&request), NOON).err(),
            Some(refusal),
            "{name}"
        );
    }
    let early = redeemer.check_bare(
        &bare(&request(nonce, first, &right)),
        ORIGIN.minus(super::support::DAY),
    );
    assert_eq!(early.err(), Some(Refusal::TooEarly));
}

/// Bare, it would say nothing that its key has signed.
#[test]
fn a_token_with_a_key_is_not_given_away_bare() {
    let token = Service::new(1, 1).keyed(1, NOON).remove(0);
    let kept = token.redeem_bare().unwrap_err();
    assert!(kept.has_key());
}

#[test]
fn the_peer_learns_one_thing_only() {
    let refusals = [
        Refusal::UnknownKey,
        Refusal::Withdrawn,
        Refusal::TooEarly,
        Refusal::Expired,
        Refusal::KeyMissing,
        Refusal::UseIndex,
        Refusal::Unproven,
    ];
    let ours = refusals.map(RedemptionRefused::from);
    let ledgers = [Refused::<()>::Exhausted, Refused::Over, Refused::Full];
    for peer in ours.into_iter().chain(ledgers.map(RedemptionRefused::from)) {
        assert_eq!(
            (peer.to_string().as_str(), format!("{peer:?}").as_str()),
            ("redemption refused", "RedemptionRefused(())")
        );
    }
}

#[test]
fn request_bytes_are_strict() {
    let service = Service::new(1, 1);
    let plain = spend(service.token(), PAYLOAD);
    let keyed = spend(service.keyed(1, NOON).remove(0), PAYLOAD);
    for (request, length) in [
        (plain, RedemptionRequest::LEN),
        (keyed, RedemptionRequest::SIGNED_LEN),
    ] {
        let bytes = request.to_bytes();
        assert_eq!(bytes.len(), length);
        assert_eq!(RedemptionRequest::from_bytes(&bytes), Ok(request));
        for end in 0..bytes.len() {
            let cut = RedemptionRequest::from_bytes(&bytes[..end]);
            assert_eq!(cut, Err(DecodeError::Length), "{end}");
        }
        for extra in 1..100 {
            let longer = [&bytes[..], &vec![0; extra]].concat();
            assert_eq!(
                RedemptionRequest::from_bytes(&longer),
                Err(DecodeError::Length),
                "{extra}"
            );
        }
        for (at, value, error) in [
            (0, 2, DecodeError::Version),
            (1, 2, DecodeError::Value),
            (1, bytes[1] ^ 1, DecodeError::Length),
            (66, 64, DecodeError::Value),
        ] {
            let mut bytes = bytes.clone();
            bytes[at] = value;
            assert_eq!(RedemptionRequest::from_bytes(&bytes), Err(error), "{at}");
        }
    }
}

#[test]
fn bare_bytes_are_strict() {
    let bytes = given_away(Service::new(1, 1).token()).to_bytes();
    assert_eq!(bytes.len(), BareRequest::MAX_LEN);
    assert_eq!(BareRequest::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    for end in 0..bytes.len() {
        let cut = BareRequest::from_bytes(&bytes[..end]).err();
        assert_eq!(cut, Some(DecodeError::Length), "{end}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(
        BareRequest::from_bytes(&longer).err(),
        Some(DecodeError::Length)
    );
    for (at, value, error) in [
        (0, 0, DecodeError::Version),
        (65, 64, DecodeError::Value),
        (66, 40, DecodeError::Value),
    ] {
        let mut bytes = bytes.clone();
        bytes[at] = value;
        assert_eq!(BareRequest::from_bytes(&bytes).err(), Some(error));
    }
}

#[test]
fn an_empty_batch_is_no_result() {
    let service = Service::new(1, 1);
    assert!(service.redeemer().check_all(&[], NOON).is_empty());
    let all = Binding {
        redeemer: &station(),
        context: b"",
        payload: b"",
    };
    let request = service.token().redeem(&all).request;
    let empty = Redemption {
        request: &request,
        context: b"",
        payload: b"",
    };
    assert!(service.redeemer().check(&empty, NOON).is_ok());
}
