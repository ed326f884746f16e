//! From challenge to spent token.

use core::num::NonZeroU32;
use core::sync::atomic::{AtomicUsize, Ordering};

use milagro_base::Seconds;
use milagro_ledger::{
    Account, Charge, Claim, Kind, LedgerId, Life, LocalLedger, Refused, Unavailable, Unspent,
    Usage, Verdict, memory::MemoryLedger,
};
use milagro_voprf::privacypass::http::{Credentials, HeaderMaxima, Offer};
use milagro_voprf::privacypass::{
    ContextKey, Directory, DirectoryMaxima, Redemption, Refusal, Token, TokenSuite, TokenType,
    UncheckedRequest, media,
};
use milagro_voprf::{Ristretto255, suite::P384};

use super::support::{NOON, Outcome, World, challenge, outcome, rng};

/// A challenge among others in a header, the key out of the directory, one token, and its replay.
fn a_token_is_spent_once_in<S: TokenSuite>(token_type: TokenType) {
    let world = World::<S>::new();
    let hour = ContextKey::generate(&mut rng()).context(&[b"2027-01-16T12", b"AS64496"]);
    let asked = challenge("origin.example").with_context(hour);
    let expected = world
        .origin
        .issue(asked)
        .unwrap()
        .until(NOON.plus(Seconds::hours(1)));
    let offer = Offer::new(&expected, world.keys.preferred()[0], NOON);
    assert_eq!(offer.token_type(), token_type);
    // A greased type (RFC 9577, section 4.1), another scheme, an unknown parameter.
    let header = format!(
        "Basic realm=\"a, PrivateToken b\", PrivateToken challenge=\"AqoA\", {offer}, colour=\"blue\""
    );
    let accepted = world.accepted(&header);
    assert_eq!(&accepted, expected.challenge());

    let directory = Directory::new("/request").unwrap();
    let directory = directory.with_keys(&world.keys, NOON).to_json();
    let directory = Directory::from_json(directory.as_bytes(), &DirectoryMaxima::USUAL).unwrap();
    assert_eq!(directory.key::<S>(NOON).unwrap().id(), world.key.id());

    let header = world.token(&accepted).into_authorization();
    let expected = [expected];
    for outcome in [Outcome::Spent, Outcome::Again] {
        let credentials = Credentials::parse(header.as_bytes(), &HeaderMaxima::USUAL).unwrap();
        assert_eq!(credentials.token_type(), token_type);
        let token = credentials.token::<S>().unwrap();
        assert_eq!(token.key_id(), world.key.id());
        assert_eq!(token.challenge_digest(), &accepted.digest());
        assert_eq!(world.spend(&token, &expected, NOON), outcome);
    }
}

#[test]
fn a_token_is_spent_once() {
    a_token_is_spent_once_in::<P384>(TokenType::P384);
    a_token_is_spent_once_in::<Ristretto255>(TokenType::RISTRETTO255);
}

#[test]
fn messages_say_what_they_are() {
    let world = World::<Ristretto255>::new();
    let challenge = challenge("origin.example");
    let one = world.key.request(&mut rng(), &challenge).unwrap().request;
    let batch = world.key.request_batch(&mut rng(), &challenge, 1).unwrap();
    assert_eq!(one.media_type(), media::TOKEN_REQUEST);
    assert_eq!(batch.request.media_type(), media::BATCH_REQUEST);
    let unchecked = UncheckedRequest::single(&one.to_bytes()).unwrap();
    let admitted = world.issuer.admit(unchecked, NOON).unwrap();
    let answer = world.issuer.answer(&mut rng(), admitted).unwrap();
    assert_eq!(answer.media_type(), media::TOKEN_RESPONSE);
    let unchecked = UncheckedRequest::batch(&batch.request.to_bytes(), 1).unwrap();
    let admitted = world.issuer.admit(unchecked, NOON).unwrap();
    let answer = world.issuer.answer(&mut rng(), admitted).unwrap();
    assert_eq!(answer.media_type(), media::BATCH_RESPONSE);
}

/// A ledger that counts how often it is asked.
struct Counting(MemoryLedger, AtomicUsize);

impl LocalLedger for Counting {
    fn id(&self) -> LedgerId {
        LocalLedger::id(&self.0)
    }

    fn charge(&self, now: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        self.1.fetch_add(1, Ordering::Relaxed);
        LocalLedger::charge(&self.0, now, charges)
    }

    fn refund(&self, charges: &[Charge]) -> Result<(), Unavailable> {
        LocalLedger::refund(&self.0, charges)
    }

    fn clear(&self, accounts: &[Account]) -> Result<(), Unavailable> {
        LocalLedger::clear(&self.0, accounts)
    }

    fn usage(&self, accounts: &[Account]) -> Result<Vec<Usage>, Unavailable> {
        LocalLedger::usage(&self.0, accounts)
    }
}

/// Each of a batch has the verdict that it has alone, and all of them take one call.
#[test]
fn a_batch_takes_one_call_of_the_ledger() {
    let mut world = World::<Ristretto255>::new();
    let expected = [world.challenge()];
    let mut tokens = world.tokens(expected[0].challenge(), 8);
    // One that is for nobody, one that is forged, and one that comes twice.
    tokens.insert(2, world.token(&challenge("other.example")));
    let mut forged = tokens[4].to_bytes();
    forged[2] ^= 1;
    tokens.insert(5, Token::from_bytes(&forged).unwrap());
    let twice = Token::from_bytes(&tokens[0].to_bytes()).unwrap();
    tokens.push(twice);

    let ledger = core::mem::replace(&mut world.ledger, super::support::ledger());
    let ledger = Counting(ledger, AtomicUsize::new(0));
    let redemptions: Vec<_> = tokens
        .iter()
        .map(|token| Redemption {
            token,
            expected: &expected,
            payload: b"",
        })
        .collect();
    let checked = world.origin.check_all(&redemptions, NOON);
    let refused: Vec<_> = checked.iter().map(|result| result.as_ref().err()).collect();
    for (place, refusal) in refused.into_iter().enumerate() {
        let wrong = match place {
            2 => Some(&Refusal::OtherChallenge),
            5 => Some(&Refusal::Unproven),
            _ => None,
        };
        assert_eq!(refusal, wrong, "{place}");
    }
    let unspent = checked.into_iter().filter_map(Result::ok).collect();
    let spent = Unspent::spend_all_local(unspent, &ledger, NOON);
    let mut outcomes: Vec<_> = spent.into_iter().map(outcome).collect();
    assert_eq!(outcomes.pop(), Some(Outcome::Again));
    assert_eq!(outcomes, [const { Outcome::Spent }; 8]);
    assert_eq!(ledger.1.load(Ordering::Relaxed), 1);
}

#[test]
fn an_empty_batch_asks_for_nothing() {
    let world = World::<Ristretto255>::new();
    assert_eq!(world.origin.check_all(&[], NOON).len(), 0);
}

/// What is admitted is locked behind the charges of an application, before anything of it is decoded.
#[test]
fn issuing_is_paid_for_with_the_applications_charges() {
    let world = World::<Ristretto255>::new();
    let life = Life::Span {
        from: None,
        until: NOON.plus(Seconds::hours(1)),
    };
    let user = Account::new(Kind::new(128), &[9; 32], life);
    for allowed in [true, false] {
        let asked = world
            .key
            .request_batch(&mut rng(), &challenge("origin.example"), 3)
            .unwrap();
        let request = UncheckedRequest::batch(&asked.request.to_bytes(), 3).unwrap();
        let amount = NonZeroU32::new(request.count().try_into().unwrap()).unwrap();
        let charge = Charge {
            account: user,
            amount,
            limit: 5,
            claim: Claim::fresh(&mut rng()),
        };
        let admitted = world.issuer.admit(request, NOON).unwrap();
        let paid = Unspent::new(admitted, vec![charge]).spend_local(&world.ledger, NOON);
        match paid {
            Ok(paid) if allowed => {
                let answer = world.issuer.answer(&mut rng(), paid.into_value()).unwrap();
                assert_eq!(asked.pending.finish(&answer.to_bytes()).unwrap().len(), 3);
            }
            Err(Refused::Exhausted) if !allowed => {}
            _ => panic!("another verdict"),
        }
    }
}
