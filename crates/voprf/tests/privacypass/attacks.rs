//! What somebody may try who is a client, an origin, an issuer, or between them.

use alloc::sync::Arc;
use core::convert::Infallible;

use milagro_base::{DecodeError, Seconds};
use milagro_ledger::memory::MemoryLedger;
use milagro_voprf::privacypass::http::{
    Credentials, HeaderError, HeaderMaxima, NotAcceptable, Offer, Offers, Visit,
};
use milagro_voprf::privacypass::{
    Directory, IssueRefusal, Issuer, IssuerKey, IssuerKeys, IssuerSecretKey, NotIssued, Redemption,
    RedemptionContext, Refusal, Token, TokenChallenge, TokenSuite, UncheckedRequest, Window,
};
use milagro_voprf::rand_core::{TryCryptoRng, TryRng};
use milagro_voprf::{Ristretto255, suite::P384};

use super::support::{
    DAY, NOON, OPENS, Outcome, World, challenge, keys, ledger, name, origin, outcome, rng,
    spend_at, window,
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
                2..34 => Refusal::Unproven,
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

/// Windows to the second, with the leeway at both ends.
#[test]
fn keys_open_close_and_end() {
    let world = World5::new();
    let expected = [world.challenge()];
    let (second, leeway) = (Seconds::new(1), Window::LEEWAY);
    let (closes, ends) = (OPENS.plus(DAY), OPENS.plus(DAY).plus(DAY));
    let asked = world
        .key
        .request(&mut rng(), expected[0].challenge())
        .unwrap();
    let request = UncheckedRequest::single(&asked.request.to_bytes()).unwrap();
    for (now, refusal) in [
        (Seconds::ZERO, Some(IssueRefusal::TooEarly)),
        (
            OPENS.minus(leeway).minus(second),
            Some(IssueRefusal::TooEarly),
        ),
        (OPENS.minus(leeway), None),
        (closes.plus(leeway).minus(second), None),
        (closes.plus(leeway), Some(IssueRefusal::Closed)),
        (Seconds::MAX, Some(IssueRefusal::Closed)),
    ] {
        let admitted = world.issuer.admit(request.clone(), now);
        assert_eq!(admitted.err(), refusal, "{now}");
    }
    for (now, outcome) in [
        (Seconds::ZERO, refused(Refusal::TooEarly)),
        (
            OPENS.minus(leeway).minus(second),
            refused(Refusal::TooEarly),
        ),
        (OPENS.minus(leeway), Outcome::Spent),
        (ends.plus(leeway).minus(second), Outcome::Spent),
        (ends.plus(leeway), refused(Refusal::Expired)),
        (Seconds::MAX, refused(Refusal::Expired)),
    ] {
        let token = world.token(expected[0].challenge());
        assert_eq!(world.spend(&token, &expected, now), outcome, "{now}");
    }
}

/// A ledger that is younger than the key cannot know what was spent.
#[test]
fn a_ledger_that_was_born_later_takes_no_token() {
    let world = World5::new();
    let young = MemoryLedger::init(&mut rng(), 1_000, NOON);
    let origin = origin(&world.keys, "origin.example", &young);
    let expected = [world.challenge()];
    let token = world.token(expected[0].challenge());
    let outcome = spend_at(&origin, &young, &token, &expected, NOON);
    assert_eq!(outcome, Outcome::Over);
}

/// The next key is listed before it opens, issues from then on, and old tokens stay good until their key ends.
#[test]
fn rotation() {
    let tomorrow = OPENS.plus(DAY);
    let next = Window::new(tomorrow, tomorrow.plus(DAY), tomorrow.plus(DAY)).unwrap();
    let mut ring = IssuerKeys::<Ristretto255>::new();
    let old = IssuerSecretKey::generate(&mut rng(), window()).unwrap();
    let old = ring.insert(old).unwrap();
    let new = loop {
        let new = IssuerSecretKey::generate(&mut rng(), next).unwrap();
        if let Ok(new) = ring.insert(new) {
            break new;
        }
    };
    let ring = Arc::new(ring);
    let directory = |now| Directory::new("/r").unwrap().with_keys(&ring, now);
    for (now, id) in [
        (NOON, old),
        (tomorrow.minus(Seconds::new(1)), old),
        (tomorrow, new),
    ] {
        assert_eq!(*directory(now).key::<Ristretto255>(now).unwrap().id(), id);
    }
    assert_eq!(directory(NOON).keys().len(), 2);
    assert_eq!(directory(tomorrow).keys().len(), 1);

    let world = World::with_keys(Arc::clone(&ring));
    let expected = [world.challenge()];
    let key = directory(NOON).key::<Ristretto255>(NOON).unwrap();
    let asked = key.request(&mut rng(), expected[0].challenge()).unwrap();
    let request = UncheckedRequest::single(&asked.request.to_bytes()).unwrap();
    let admitted = world.issuer.admit(request, NOON).unwrap();
    let answer = world
        .issuer
        .answer(&mut rng(), admitted)
        .unwrap()
        .to_bytes();
    let token = asked.pending.finish(&answer).unwrap();
    let noon_tomorrow = NOON.plus(DAY);
    assert_eq!(
        world.spend(&token, &expected, noon_tomorrow),
        Outcome::Spent
    );

    // A key that is taken out takes its tokens along.
    let mut without = IssuerKeys::<Ristretto255>::new();
    without.remove(&old);
    let empty = origin(&Arc::new(without), "origin.example", &world.ledger);
    let outcome = spend_at(&empty, &world.ledger, &token, &expected, noon_tomorrow);
    assert_eq!(outcome, refused(Refusal::UnknownKey));
}

/// The last byte of an id is all that a request says, so no two keys of a ring share it; a token says all of it.
#[test]
fn truncated_ids_do_not_collide() {
    let mut ring = IssuerKeys::<Ristretto255>::new();
    let first = IssuerSecretKey::generate(&mut rng(), window()).unwrap();
    let stored = first.to_bytes();
    let id = ring.insert(first).unwrap();
    // The same key again, in a longer window.
    let scalar = &stored[stored.len() - 32..];
    let longer = Window::new(OPENS, OPENS.plus(DAY), OPENS.plus(Seconds::days(9))).unwrap();
    let same = IssuerSecretKey::import(scalar, longer).unwrap();
    assert!(ring.insert(same).is_err());
    let twin = loop {
        let key = IssuerSecretKey::<Ristretto255>::generate(&mut rng(), window()).unwrap();
        if key.id().truncated() == id.truncated() {
            break key;
        }
    };
    let twin_public = twin.public_key();
    assert!(ring.insert(twin).is_err());
    // Taking out the twin takes out nothing.
    ring.remove(IssuerKey::<Ristretto255>::pin(&twin_public).unwrap().id());
    assert_eq!(ring.preferred().len(), 1);

    // A client of the twin is answered with the wrong key, and sees it.
    let world = World::with_keys(Arc::new(ring));
    let twin = IssuerKey::<Ristretto255>::pin(&twin_public).unwrap();
    let asked = twin
        .request(&mut rng(), world.challenge().challenge())
        .unwrap();
    let request = UncheckedRequest::single(&asked.request.to_bytes()).unwrap();
    let admitted = world.issuer.admit(request, NOON).unwrap();
    let answer = world
        .issuer
        .answer(&mut rng(), admitted)
        .unwrap()
        .to_bytes();
    assert_eq!(asked.pending.finish(&answer).err(), Some(NotIssued::Proof));
}

/// A window is part of what a key is derived from: a longer one does not bring spent tokens back.
#[test]
fn another_window_is_another_key() {
    let longer = Window::new(OPENS, OPENS.plus(DAY), OPENS.plus(Seconds::days(9))).unwrap();
    let lenient = window().with_leeway(Seconds::minutes(2)).unwrap();
    let windows = [window(), longer, lenient];
    let ids = windows.map(|window| {
        let key = IssuerSecretKey::<Ristretto255>::derive(&[1; 32], window).unwrap();
        *key.id()
    });
    assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
}

/// A key for one client marks its tokens: the header's key is compared with the pinned one.
#[test]
fn a_key_of_ones_own_is_not_taken() {
    let world = World5::new();
    let marking = keys::<Ristretto255>(window());
    let expected = world.challenge();
    let offer = Offer::new(&expected, marking.preferred()[0], NOON);
    let issuer = name("issuer.example");
    let visit = Visit {
        origin: world.origin.name(),
        issuer: &issuer,
        key: &world.key,
    };
    assert_eq!(offer.accept(&visit).err(), Some(NotAcceptable::OtherKey));
    assert!(offer.without_key().accept(&visit).is_ok());
    let offer = Offer::new(&expected, world.keys.preferred()[0], NOON);
    assert!(offer.accept(&visit).is_ok());
    for (origin, other_issuer, error) in [
        (
            "elsewhere.example",
            "issuer.example",
            NotAcceptable::OtherOrigin,
        ),
        (
            "origin.example",
            "other.example",
            NotAcceptable::OtherIssuer,
        ),
    ] {
        let visit = Visit {
            origin: &name(origin),
            issuer: &name(other_issuer),
            key: &world.key,
        };
        assert_eq!(offer.accept(&visit).err(), Some(error));
    }
}

/// Answers under another key, to another request, in another order, and cut or longer.
#[test]
fn wrong_answers_give_no_tokens() {
    answers_of::<Ristretto255>();
    answers_of::<P384>();
}

fn answers_of<S: TokenSuite>() {
    let (world, other) = (World::<S>::new(), World::<S>::new());
    let asked = challenge("origin.example");
    let request = || world.key.request_batch(&mut rng(), &asked, 2).unwrap();
    let answer = |issuer: &Issuer<S>, request: &[u8]| {
        let request = UncheckedRequest::batch(request, 2).unwrap();
        let admitted = issuer.admit(request, NOON).unwrap();
        issuer.answer(&mut rng(), admitted).unwrap().to_bytes()
    };
    let one = request();
    let mut bytes = one.request.to_bytes();
    bytes[2] = other.key.id().truncated();
    let foreign = answer(&other.issuer, &bytes);
    assert_eq!(one.pending.finish(&foreign).err(), Some(NotIssued::Proof));

    let (one, two) = (request(), request());
    let to_two = answer(&world.issuer, &two.request.to_bytes());
    assert_eq!(one.pending.finish(&to_two).err(), Some(NotIssued::Proof));

    let two = request();
    let mut swapped = answer(&world.issuer, &two.request.to_bytes());
    // The length takes one byte up to 63 and two above it.
    let (head, length) = if S::TYPE.get() == 1 {
        (2, 49)
    } else {
        (2 - 1, 32)
    };
    let head = if 2 * length > 63 { 2 } else { head };
    let (first, second) = swapped[head..].split_at_mut(length);
    first.swap_with_slice(&mut second[..length]);
    assert_eq!(two.pending.finish(&swapped).err(), Some(NotIssued::Proof));

    let length = Some(NotIssued::Response(DecodeError::Length));
    for cut in [0, 1, 40, 1_000] {
        let one = request();
        let mut bytes = answer(&world.issuer, &one.request.to_bytes());
        if cut < bytes.len() {
            bytes.truncate(cut);
        } else {
            bytes.push(0);
        }
        assert_eq!(one.pending.finish(&bytes).err(), length);
    }
    // One token for two.
    let one = request();
    let single = world.key.request_batch(&mut rng(), &asked, 1).unwrap();
    let single = answer(&world.issuer, &single.request.to_bytes());
    assert_eq!(one.pending.finish(&single).err(), length);
}

/// A request is refused by its header, before any element is decoded.
#[test]
fn cheap_checks_come_first() {
    let world = World5::new();
    // Not one of these elements can be decoded.
    let request = |count: usize, truncated: u8| {
        let mut bytes = vec![0, 5, truncated];
        let length = u32::try_from(count * 32).unwrap() | 0x8000_0000;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.resize(7 + count * 32, 0xff);
        bytes
    };
    let truncated = world.key.id().truncated();
    let huge = request(32_768, truncated);
    let refused = UncheckedRequest::<Ristretto255>::batch(&huge, usize::MAX).err();
    assert_eq!(refused, Some(DecodeError::Length));
    let many = request(600, truncated);
    let refused = UncheckedRequest::<Ristretto255>::batch(&many, 599).err();
    assert_eq!(refused, Some(DecodeError::Length));
    let many = UncheckedRequest::<Ristretto255>::batch(&many, 600).unwrap();
    let refused = world.issuer.admit(many.clone(), NOON).err();
    assert_eq!(refused, Some(IssueRefusal::TooMany));
    let generous = Issuer::new(Arc::clone(&world.keys), 600);
    let unknown = request(600, truncated.wrapping_add(1));
    let unknown = UncheckedRequest::<Ristretto255>::batch(&unknown, 600).unwrap();
    let refused = generous.admit(unknown, NOON).err();
    assert_eq!(refused, Some(IssueRefusal::UnknownKey));
    let refused = generous.admit(many.clone(), Seconds::ZERO).err();
    assert_eq!(refused, Some(IssueRefusal::TooEarly));
    let admitted = generous.admit(many, NOON).unwrap();
    let refused = generous.answer(&mut rng(), admitted).err();
    let encoding = IssueRefusal::Elements(DecodeError::Encoding);
    assert_eq!(refused, Some(encoding));
    // Whatever an issuer is told, a batch has a largest size.
    let boundless = Issuer::new(Arc::clone(&world.keys), usize::MAX);
    assert_eq!(boundless.maximum(), milagro_voprf::MAX_BATCH);
}

/// What stands in quotes, behind a line end or in another scheme is no challenge.
#[test]
fn nothing_is_smuggled_into_a_header() {
    let world = World5::new();
    let offer = Offer::new(&world.challenge(), world.keys.preferred()[0], NOON);
    let maxima = HeaderMaxima::USUAL;
    let inner = offer.to_string().replace('"', "\\\"");
    for header in [
        format!("Basic realm=\"{inner}\""),
        format!("Digest a=b, c=\"x, {inner}\""),
        String::from("Negotiate UHJpdmF0ZVRva2Vu=="),
    ] {
        let offers = Offers::parse(header.as_bytes(), &maxima).unwrap();
        assert_eq!(offers.iter().count(), 0, "{header}");
    }
    for header in [
        format!("Basic realm=\"x\r\n{offer}"),
        format!("{offer}\r\nSet-Cookie: a=b"),
        format!("{offer}\0"),
        format!("{offer}; Basic"),
    ] {
        let refused = Offers::parse(header.as_bytes(), &maxima);
        assert_eq!(refused, Err(HeaderError::Syntax), "{header:?}");
    }
    // Parameters in front of a scheme and behind it stay with theirs.
    let header = format!("Basic realm=\"x\", token-key=\"AAAA\", {offer}, , Digest max-age=9");
    let offers = Offers::parse(header.as_bytes(), &maxima).unwrap();
    assert_eq!(offers.iter().collect::<Vec<_>>(), [&offer]);
}
