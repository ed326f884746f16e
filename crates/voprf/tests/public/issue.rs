//! Drawing: what an issuer answers, and what a client takes for an answer.

use milagro_base::{DecodeError, Seconds};
use milagro_curve::G1Point;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LedgerId, LocalLedger as _, Refused};
use milagro_voprf::Error;
use milagro_voprf::suite::Bls12381G1;
use milagro_voprf::tokens::issuer::{IssueRefusal, QueryBudget, Quota};
use milagro_voprf::tokens::public::{
    Drawing, EpochKey, Issuer, Response, SeriesKey, UncheckedRequest,
};
use milagro_voprf::tokens::schedule::{Plan, Timetable, Uses};

use super::support::{DAY, NOW, World, plan, redemption, rng, spend};

#[test]
fn wrong_answers_are_refused_and_can_be_asked_for_again() {
    let world = World::new();
    let drawing = world.key(NOW).draw(&mut rng(), 3).unwrap();
    let sent = drawing.request.to_bytes();
    let honest = world.answer(&sent, NOW);
    let answer = |bytes: &[u8]| Response::from_bytes(bytes, 3).unwrap();
    let other = World::new();
    let of_other = other.key(NOW).draw(&mut rng(), 3).unwrap();
    let of_other = other.answer(&of_other.request.to_bytes(), NOW);
    let mut turned = honest.clone();
    turned[1..97].rotate_left(48);
    // Two elements moved so that their sum is what it should be.
    let mut moved = honest.clone();
    let by = G1Point::generator();
    for (place, by) in [(0, by), (1, -by)] {
        let range = 1 + 48 * place..49 + 48 * place;
        let point = G1Point::from_bytes(honest[range.clone()].try_into().unwrap()).unwrap();
        let point = (point + by).to_point().unwrap();
        moved[range].copy_from_slice(&point.to_bytes());
    }
    let mut pending = drawing.pending;
    for wrong in [&of_other, &turned, &moved] {
        pending = pending.finish(&mut rng(), &answer(wrong)).unwrap_err().0;
    }
    let short = Response::from_bytes(&honest[..97], 2).unwrap();
    pending = pending.finish(&mut rng(), &short).unwrap_err().0;
    assert_eq!(pending.request().to_bytes(), sent);
    assert_eq!(
        pending.finish(&mut rng(), &answer(&honest)).unwrap().len(),
        3
    );
}

#[test]
fn the_same_request_is_charged_once_and_answered_the_same() {
    let world = World::with(4, Issuer::BUDGET);
    let drawing = world.key(NOW).draw(&mut rng(), 3).unwrap();
    let sent = drawing.request.to_bytes();
    let first = world.answer(&sent, NOW);
    assert_eq!(world.answer(&sent, NOW), first);
    // One token is left of the four, and two are too many.
    let more = world
        .key(NOW)
        .draw(&mut rng(), 2)
        .unwrap()
        .request
        .to_bytes();
    let request = UncheckedRequest::from_bytes(&more, 4).unwrap();
    let unspent = world
        .issuer
        .check(&mut rng(), b"ann", request, NOW)
        .unwrap();
    let refused = unspent.spend_local(&world.ledger, NOW);
    assert!(matches!(refused, Err(Refused::Exhausted)));
    let one = world
        .key(NOW)
        .draw(&mut rng(), 1)
        .unwrap()
        .request
        .to_bytes();
    assert_eq!(world.answer(&one, NOW).len(), 49);
}

/// A request that is repeated for ever does not use the key up: the account of the budget is every user's, and
/// forgets claims.
#[test]
fn repetitions_are_bounded() {
    let world = World::with(1, Issuer::BUDGET);
    let sent = world
        .key(NOW)
        .draw(&mut rng(), 1)
        .unwrap()
        .request
        .to_bytes();
    let first = world.answer(&sent, NOW);
    let same = (1..Quota::ANSWERS).filter(|_| world.answer(&sent, NOW) == first);
    assert_eq!(same.count(), 15);
    assert!(world.answer(&sent, NOW).is_empty());
    assert_eq!(
        world.answer(&sent, NOW.plus(Seconds::hours(12))),
        first,
        "a new window"
    );
}

#[test]
fn the_budget_of_a_key_holds_for_all_users_and_epochs() {
    let world = World::with(1000, QueryBudget::new(5));
    let draw = |user: &[u8], now, count| {
        let drawing = world.key(now).draw(&mut rng(), count).unwrap();
        let request = UncheckedRequest::from_bytes(&drawing.request.to_bytes(), 1000).unwrap();
        let unspent = world.issuer.check(&mut rng(), user, request, now).unwrap();
        unspent.spend_local(&world.ledger, now).is_ok()
    };
    assert!(draw(b"ann", NOW, 3));
    assert!(!draw(b"bob", NOW.plus(DAY), 3));
    assert!(draw(b"bob", NOW.plus(DAY), 2));
    assert!(!draw(b"eve", NOW, 1));
}

#[test]
fn the_budget_says_what_is_lost() {
    assert_eq!(Issuer::bits_left(Issuer::BUDGET), 111);
    assert_eq!(Issuer::bits_left(QueryBudget::new(0)), 127);
    assert_eq!(Issuer::bits_left(QueryBudget::new(1)), 127);
    assert_eq!(Issuer::bits_left(QueryBudget::new((1 << 32) + 1)), 110);
    for bits in 0..=27 {
        let budget = QueryBudget::for_loss(bits).unwrap();
        assert_eq!(Issuer::bits_left(budget), 127 - bits);
    }
    let issuer = |budget| {
        let key = SeriesKey::generate(&mut rng(), plan()).unwrap();
        let ledger = LedgerId::from_bytes([0; 32]);
        Issuer::new(key, Quota::new(1, DAY).unwrap(), budget, ledger)
    };
    assert!(issuer(QueryBudget::for_loss(27).unwrap()).is_ok());
    assert!(issuer(QueryBudget::for_loss(28).unwrap()).is_err());
    assert!(issuer(QueryBudget::new(u64::MAX)).is_err());
}

#[test]
fn closed_unknown_and_oversized_requests_cost_nothing() {
    let world = World::with(4, Issuer::BUDGET);
    let sent = world
        .key(NOW)
        .draw(&mut rng(), 1)
        .unwrap()
        .request
        .to_bytes();
    let check = |bytes: &[u8], now| {
        let request = UncheckedRequest::from_bytes(bytes, 100).unwrap();
        world.issuer.check(&mut rng(), b"ann", request, now).err()
    };
    assert_eq!(check(&sent, NOW), None);
    assert_eq!(check(&sent, NOW.minus(DAY)), Some(IssueRefusal::Closed));
    assert_eq!(check(&sent, NOW.plus(DAY)), Some(IssueRefusal::Closed));
    let mut other = sent.clone();
    other[8] ^= 1; // the epoch
    assert_eq!(check(&other, NOW), Some(IssueRefusal::UnknownKey));
    let mut other = sent.clone();
    other[20] ^= 1; // the key id
    assert_eq!(check(&other, NOW), Some(IssueRefusal::UnknownKey));
    let mut far = sent.clone();
    far[1..9].fill(0xff);
    assert_eq!(check(&far, NOW), Some(IssueRefusal::UnknownKey));
    let many = world
        .key(NOW)
        .draw(&mut rng(), 5)
        .unwrap()
        .request
        .to_bytes();
    assert_eq!(check(&many, NOW), Some(IssueRefusal::TooMany));
    assert_eq!(
        UncheckedRequest::from_bytes(&many, 4),
        Err(DecodeError::Value)
    );
}

#[test]
fn elements_are_read_after_they_are_paid_for() {
    let world = World::new();
    let mut sent = world
        .key(NOW)
        .draw(&mut rng(), 2)
        .unwrap()
        .request
        .to_bytes();
    let end = sent.len() - 48;
    sent[end..].fill(0);
    sent[end] = 0xc0;
    let request = UncheckedRequest::from_bytes(&sent, 10).unwrap();
    let paid = world
        .issuer
        .check(&mut rng(), b"ann", request, NOW)
        .unwrap();
    let paid = paid.spend_local(&world.ledger, NOW).unwrap();
    assert_eq!(
        world.issuer.answer(paid),
        Err(IssueRefusal::Elements(DecodeError::Identity))
    );
}

#[test]
fn plans_of_other_suites_or_with_more_uses_are_refused() {
    let timetable = Timetable::new(Seconds::ZERO, DAY).unwrap();
    let plans = [
        Plan::new::<milagro_voprf::Ristretto255>("weather", timetable, Uses::ONE).unwrap(),
        Plan::new::<Bls12381G1>("weather", timetable, Uses::new(2).unwrap()).unwrap(),
    ];
    for plan in plans {
        assert!(SeriesKey::generate(&mut rng(), plan.clone()).is_err());
        let refused = SeriesKey::from_bytes(&[1; 32], plan);
        assert_eq!(refused.err(), Some(DecodeError::Value));
    }
}

#[test]
fn batches_have_bounds() {
    let key = World::new().key(NOW);
    assert_eq!(key.draw(&mut rng(), 0).unwrap_err(), Error::EmptyBatch);
    let many = milagro_voprf::MAX_BATCH + 1;
    assert_eq!(
        key.draw(&mut rng(), many).unwrap_err(),
        Error::BatchTooLarge
    );
    assert_eq!(
        key.draw_for(&mut rng(), &[]).unwrap_err(),
        Error::EmptyBatch
    );
    let series = World::new().issuer.series().clone();
    let far = EpochKey::now(&series, Seconds::new(u64::MAX));
    assert_eq!(far.unwrap_err(), Error::InvalidInput);
}

/// A ledger that was mistaken for another would give quota and budget once more, and spend each token once more.
#[test]
fn public_tokens_count_on_one_ledger() {
    let world = World::new();
    let other = MemoryLedger::init(&mut rng(), 100, Seconds::ZERO);
    let Drawing { request, pending } = world.key(NOW).draw(&mut rng(), 1).unwrap();
    let check = || {
        let request = UncheckedRequest::from_bytes(&request.to_bytes(), 1).unwrap();
        world
            .issuer
            .check(&mut rng(), b"ann", request, NOW)
            .unwrap()
    };
    let Err(Refused::Elsewhere(unspent)) = check().spend_local(&other, NOW) else {
        panic!("not counted there");
    };
    let paid = unspent.spend_local(&world.ledger, NOW).unwrap();
    let response = world.issuer.answer(paid).unwrap().to_bytes();
    let response = Response::from_bytes(&response, 1).unwrap();
    let token = pending.finish(&mut rng(), &response).unwrap().remove(0);

    // An issuer that names another ledger, or has another key, answers nothing that this one was paid for.
    let key = SeriesKey::from_bytes(world.secret(), plan()).unwrap();
    let quota = Quota::new(100, DAY).unwrap();
    let twin = Issuer::new(key, quota, Issuer::BUDGET, other.id()).unwrap();
    let (Ok(paid) | Err(Refused::Again(paid))) = check().spend_local(&world.ledger, NOW) else {
        panic!("the same request");
    };
    assert_eq!(twin.answer(paid).err(), Some(IssueRefusal::OtherLedger));
    let key = SeriesKey::generate(&mut rng(), plan()).unwrap();
    let stranger = Issuer::new(key, quota, Issuer::BUDGET, world.ledger.id()).unwrap();
    let (Ok(paid) | Err(Refused::Again(paid))) = check().spend_local(&world.ledger, NOW) else {
        panic!("the same request");
    };
    assert_eq!(stranger.answer(paid).err(), Some(IssueRefusal::UnknownKey));

    let sent = spend(token, b"hail");
    let redemption = redemption(&sent, b"hail");
    let unspent = world.verifier.check(&redemption, NOW).unwrap();
    let Err(Refused::Elsewhere(unspent)) = unspent.spend_local(&other, NOW) else {
        panic!("not counted there");
    };
    assert!(unspent.spend_local(&world.ledger, NOW).is_ok());
}
