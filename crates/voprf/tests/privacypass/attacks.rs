//! What somebody may try who has a token, or sees one.

use core::convert::Infallible;

use milagro_base::{DecodeError, Seconds};
use milagro_voprf::privacypass::http::{
    Credentials, HeaderError, HeaderMaxima, NotAcceptable, Offer, Visit,
};
use milagro_voprf::privacypass::{
    IssuerSecretKey, Redemption, RedemptionContext, Refusal, Token, TokenChallenge,
    UncheckedRequest,
};
use milagro_voprf::rand_core::{TryCryptoRng, TryRng};
use milagro_voprf::{Ristretto255, suite::P384};

use super::support::{
    NOON, Outcome, World, challenge, ledger, name, origin, outcome, rng, spend_at,
};

type World5 = World<Ristretto255>;

fn refused(refusal: Refusal) -> Outcome {
    Outcome::Refused(refusal)
}

/// Tokens for another origin, another context, another issuer, and for everybody.
#[test]
fn a_token_counts_for_its_challenge_alone() {
    let world = World5::new();
    let here = challenge::<Ristretto255>("origin.example");
    let context = |byte| RedemptionContext::from_bytes(&[byte; 32]);
    let anywhere = TokenChallenge::new(name("issuer.example"));
    let foreign = TokenChallenge::new(name("other-issuer.example"));
    let challenges = [
        here.clone(),
        here.clone().with_context(context(1)),
        here.clone().with_context(context(2)),
        here.with_origins(&[name("origin.example"), name("other.example")])
            .unwrap(),
        // Other letters, the same origin, another digest.
        challenge("ORIGIN.example"),
        anywhere,
    ];
    for one in &challenges {
        let token = world.token(one);
        for other in challenges.iter().filter(|other| *other != one) {
            let expected = [world.origin.issue(other.clone()).unwrap()];
            let outcome = world.spend(&token, &expected, NOON);
            assert_eq!(outcome, refused(Refusal::OtherChallenge));
        }
        assert_eq!(
            world.spend(&token, &[], NOON),
            refused(Refusal::OtherChallenge)
        );
        let expected = [world.origin.issue(one.clone()).unwrap()];
        assert_eq!(world.spend(&token, &expected, NOON), Outcome::Spent);
    }
    for other in [foreign, challenge("other.example")] {
        assert!(world.origin.issue(other).is_err());
    }
}

/// An origin that is handed a token for another, and that other's challenge.
#[test]
fn a_challenge_of_another_origin_is_not_expected_here() {
    let world = World5::new();
    let other = origin(&world.keys, "other.example", &world.ledger);
    let theirs = [other.issue(challenge("other.example")).unwrap()];
    let token = world.token(theirs[0].challenge());
    let outcome = world.spend(&token, &theirs, NOON);
    assert_eq!(outcome, refused(Refusal::OtherChallenge));
    assert!(world.ledger.is_empty());
    let outcome = spend_at(&other, &world.ledger, &token, &theirs, NOON);
    assert_eq!(outcome, Outcome::Spent);
}

/// The same token for something else is spent, and for the same thing known to be the same.
#[test]
fn a_replay_is_known_by_what_it_is_for() {
    let world = World5::new();
    let expected = [world.challenge()];
    let token = world.token(expected[0].challenge());
    let mut outcomes = Vec::new();
    for payload in [b"one", b"two", b"one"] {
        let redemption = Redemption {
            token: &token,
            expected: &expected,
            payload,
        };
        let unspent = world.origin.check(&redemption, NOON).unwrap();
        outcomes.push(outcome(unspent.spend_local(&world.ledger, NOON)));
    }
    let right = [Outcome::Spent, Outcome::Exhausted, Outcome::Again];
    assert_eq!(outcomes, right);
}

/// Two origins that take the same token count on one ledger, and refuse to count on another.
#[test]
fn a_token_for_two_origins_is_spent_at_one() {
    let world = World5::new();
    let both = TokenChallenge::new(name("issuer.example"));
    let both = both.with_origins(&[name("origin.example"), name("other.example")]);
    let expected = [world.origin.issue(both.unwrap()).unwrap()];
    let token = world.token(expected[0].challenge());
    let other = origin(&world.keys, "other.example", &world.ledger);
    let private = ledger();
    let outcome = spend_at(&other, &private, &token, &expected, NOON);
    assert_eq!(outcome, Outcome::Elsewhere);
    assert!(private.is_empty());
    let outcome = spend_at(&other, &world.ledger, &token, &expected, NOON);
    assert_eq!(outcome, Outcome::Spent);
    assert_eq!(world.spend(&token, &expected, NOON), Outcome::Exhausted);
}

#[test]
fn challenges_end() {
    let world = World5::new();
    let expected = [world.challenge().until(NOON)];
    let token = world.token(expected[0].challenge());
    let outcome = world.spend(&token, &expected, NOON);
    assert_eq!(outcome, refused(Refusal::ChallengeOver));
    // The same challenge may be accepted for longer besides.
    let second = Seconds::new(1);
    let longer = [
        expected[0].clone(),
        world.challenge().until(NOON.plus(second)),
    ];
    assert_eq!(longer[0].max_age(NOON.minus(second)), Some(second));
    assert_eq!(longer[0].max_age(NOON.plus(second)), Some(Seconds::ZERO));
    assert_eq!(world.spend(&token, &longer, NOON), Outcome::Spent);
}

/// Every byte of a token, changed in every bit: refused, and nothing is counted.
#[test]
fn changed_tokens_leave_no_trace() {
    let world = World5::new();
    let expected = [world.challenge()];
    let token = world.token(expected[0].challenge()).to_bytes();
    for at in 0..token.len() {
        for bit in [1, 0x80] {
            let mut changed = token.clone();
            changed[at] ^= bit;
            let reason = match at {
                0..2 => {
                    let refused = Token::<Ristretto255>::from_bytes(&changed).err();
                    assert_eq!(refused, Some(DecodeError::Value));
                    continue;
                }
                34..66 => Refusal::OtherChallenge,
                66..98 => Refusal::UnknownKey,
                _ => Refusal::Unproven,
            };
            let changed = Token::from_bytes(&changed).unwrap();
            assert_eq!(world.spend(&changed, &expected, NOON), refused(reason));
        }
    }
    assert!(world.ledger.is_empty());
    let token = Token::from_bytes(&token).unwrap();
    assert_eq!(world.spend(&token, &expected, NOON), Outcome::Spent);
}

/// The fields of one type in a token, a request and a challenge of the other.
#[test]
fn types_do_not_mix() {
    let (one, five) = (World::<P384>::new(), World5::new());
    let expected = one.challenge();
    let token = one.token(expected.challenge()).to_bytes();
    let value = Some(DecodeError::Value);
    assert_eq!(Token::<Ristretto255>::from_bytes(&token).err(), value);
    let mut relabelled = token.to_vec();
    relabelled[1] = 5;
    let length = Some(DecodeError::Length);
    assert_eq!(Token::<Ristretto255>::from_bytes(&relabelled).err(), length);
    relabelled.extend_from_slice(&[0; 16]);
    let token = Token::<Ristretto255>::from_bytes(&relabelled).unwrap();
    let ours = [five.challenge()];
    let outcome = five.spend(&token, &ours, NOON);
    assert_eq!(outcome, refused(Refusal::OtherChallenge));

    let request = one.key.request(&mut rng(), expected.challenge()).unwrap();
    let request = request.request.to_bytes();
    let refused = UncheckedRequest::<Ristretto255>::single(&request).err();
    assert_eq!(refused, value);
    let challenge = expected.challenge().as_bytes();
    let refused = TokenChallenge::<Ristretto255>::from_bytes(challenge).err();
    assert_eq!(refused, value);
    let offer = Offer::new(&expected, one.keys.preferred()[0], NOON);
    let visit = Visit {
        origin: one.origin.name(),
        issuer: &name("issuer.example"),
        key: &five.key,
    };
    assert_eq!(offer.accept(&visit).err(), Some(NotAcceptable::OtherType));
    let stored = one.keys.preferred()[0].to_bytes();
    let refused = IssuerSecretKey::<Ristretto255>::from_bytes(&stored).err();
    assert_eq!(refused, value);
    // A single request is no batch, and a batch is no single request.
    let request = five.key.request(&mut rng(), ours[0].challenge()).unwrap();
    let bytes = request.request.to_bytes();
    assert!(UncheckedRequest::<Ristretto255>::batch(&bytes, 9).is_err());
    let request = five.key.request_batch(&mut rng(), ours[0].challenge(), 1);
    let bytes = request.unwrap().request.to_bytes();
    let refused = UncheckedRequest::<Ristretto255>::single(&bytes).err();
    assert_eq!(refused, length);
}

/// A token has one spelling: without padding, with other bits behind the last byte, or in another alphabet it is none.
#[test]
fn another_spelling_is_no_second_token() {
    let world = World::<P384>::new();
    let expected = [world.challenge()];
    let header = world.token(expected[0].challenge()).into_authorization();
    let parse = |header: &str| Credentials::parse(header.as_bytes(), &HeaderMaxima::USUAL);
    let text = header
        .strip_prefix("PrivateToken token=\"")
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap();
    let digits = text.trim_end_matches('=');
    assert_eq!(text.len() - digits.len(), 1);
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, _) = digits.split_at(digits.len() - 1);
    let mut spellings = vec![
        digits.to_owned(),
        format!("{text}="),
        format!("{digits}=="),
        format!("{text}AAAA"),
        format!(" {text}"),
        format!("{text} "),
        text.replacen(&text[..1], "+", 1),
    ];
    spellings.extend(
        alphabet
            .iter()
            .map(|digit| format!("{rest}{}=", char::from(*digit))),
    );
    for spelling in spellings.iter().filter(|spelling| *spelling != text) {
        let header = format!("PrivateToken token=\"{spelling}\"");
        match parse(&header) {
            Err(error) => assert_eq!(error, HeaderError::Base64, "{spelling}"),
            // Another last digit may be another token, and then its authenticator is wrong.
            Ok(other) => {
                let other = other.token::<P384>().unwrap();
                assert_eq!(
                    world.spend(&other, &expected, NOON),
                    refused(Refusal::Unproven)
                );
            }
        }
    }
    // Other ways to write the same header are the same token.
    let escaped: String = text.chars().flat_map(|c| ['\\', c]).collect();
    let headers = [
        header.to_string(),
        format!("privatetoken\tTOKEN = \"{text}\" , , x=y"),
        format!("PrivateToken token={text}"),
        format!("PrivateToken token=\"{escaped}\""),
    ];
    for (place, header) in headers.iter().enumerate() {
        let token = parse(header).unwrap().token::<P384>().unwrap();
        let outcome = world.spend(&token, &expected, NOON);
        let first = if place == 0 {
            Outcome::Spent
        } else {
            Outcome::Again
        };
        assert_eq!(outcome, first);
    }
}

/// Replicas of one origin whose configurations spell its name differently say the same of a replay.
#[test]
fn an_origin_has_one_claim_whatever_the_spelling_of_its_name() {
    let world = World5::new();
    let token = world.token(world.challenge().challenge());
    let outcomes = ["origin.example", "ORIGIN.example", "Origin.Example:443"].map(|spelling| {
        let replica = origin(&world.keys, spelling, &world.ledger);
        let expected = [replica.issue(challenge("origin.example")).unwrap()];
        spend_at(&replica, &world.ledger, &token, &expected, NOON)
    });
    assert_eq!(outcomes, [Outcome::Spent, Outcome::Again, Outcome::Again]);
}

/// A generator that repeats itself.
struct Stuck;

impl TryRng for Stuck {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(7)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(7)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(7);
        Ok(())
    }
}

impl TryCryptoRng for Stuck {}

/// One nonce for two challenges under one key: RFC 9577, section 2.2.2, has it redeemed once.
#[test]
fn a_nonce_is_spent_once_whatever_the_challenge() {
    let world = World5::new();
    let mut outcomes = Vec::new();
    for byte in [1, 2] {
        let context = RedemptionContext::from_bytes(&[byte; 32]);
        let asked = challenge("origin.example").with_context(context);
        let expected = [world.origin.issue(asked).unwrap()];
        let asked = world
            .key
            .request(&mut Stuck, expected[0].challenge())
            .unwrap();
        let request = UncheckedRequest::single(&asked.request.to_bytes()).unwrap();
        let admitted = world.issuer.admit(request, NOON).unwrap();
        let answer = world.issuer.answer(&mut Stuck, admitted).unwrap();
        let token = asked.pending.finish(&answer.to_bytes()).unwrap();
        outcomes.push(world.spend(&token, &expected, NOON));
    }
    assert_eq!(outcomes, [Outcome::Spent, Outcome::Exhausted]);
}

/// Tokens of one batch differ even if the client's generator is stuck.
#[test]
fn a_stuck_generator_draws_no_token_twice_in_a_batch() {
    let world = World5::new();
    let expected = [world.challenge()];
    let asked = world
        .key
        .request_batch(&mut Stuck, expected[0].challenge(), 3)
        .unwrap();
    let request = UncheckedRequest::batch(&asked.request.to_bytes(), 3).unwrap();
    let admitted = world.issuer.admit(request, NOON).unwrap();
    let answer = world.issuer.answer(&mut Stuck, admitted).unwrap();
    for token in asked.pending.finish(&answer.to_bytes()).unwrap() {
        assert_eq!(world.spend(&token, &expected, NOON), Outcome::Spent);
    }
}

/// An issuer whose generator is stuck proves other statements with other nonces: k = (s - s') / (c' - c) is not the key.
#[test]
fn a_stuck_generator_gives_no_key_away() {
    let world = World5::new();
    let answer = |request: Vec<u8>| {
        let request = UncheckedRequest::single(&request).unwrap();
        let admitted = world.issuer.admit(request, NOON).unwrap();
        world
            .issuer
            .answer(&mut Stuck, admitted)
            .unwrap()
            .to_bytes()
    };
    let [one, other] = [1, 2].map(|byte| {
        let context = RedemptionContext::from_bytes(&[byte; 32]);
        let asked = challenge("origin.example").with_context(context);
        let asked = world.key.request(&mut rng(), &asked).unwrap();
        let scalar = |bytes: &[u8]| {
            let bytes = bytes.try_into().unwrap();
            curve25519_dalek::Scalar::from_canonical_bytes(bytes).unwrap()
        };
        let bytes = answer(asked.request.to_bytes());
        [scalar(&bytes[32..64]), scalar(&bytes[64..96])]
    });
    let key = (one[1] - other[1]) * (other[0] - one[0]).invert();
    let stored = world.keys.preferred()[0].to_bytes();
    assert_ne!(stored[stored.len() - 32..], key.to_bytes());
}
