//! Signed lists, and the clock of an authority.

use milagro_base::Seconds;
use milagro_ledger::rules::SKEW;
use milagro_mpin::names::{Epoch, EpochLength};

use super::{NOON, TODAY, alice, bob, dealt, desk, id, rng, sent};

use crate::DecodeError;
use crate::domain::protocol::Mpin;
use crate::domain::registrar::{RegistrarKey, RegistrarPublicKey};
use crate::issue::authority::Authority;
use crate::issue::error::IssueError;
use crate::permits::bulletin::{Bulletin, Draft, UncheckedBulletin};
use crate::permits::desk::Window;
use crate::permits::mark::ListMark;
use crate::permits::revocation::RevocationList;
use crate::permits::signed::{ListRejected, SignedList};

/// The day's bulletin of an authority that works alone.
fn bulletin(authority: &Authority<Mpin>, list: &SignedList) -> Bulletin {
    let (rng, desk) = (&mut rng(), desk(authority, list));
    let covers = desk.covers(rng, TODAY.epoch).unwrap();
    let domain = authority.domain();
    let draft = Draft::combine(domain, list, TODAY, [sent(id(1), covers)]);
    let draft = draft.unwrap().key;
    let share = desk.prove(rng, &draft).unwrap();
    draft.prove(domain, [sent(id(1), share)]).unwrap().key
}

#[test]
fn a_list_is_taken_in_its_order_alone() {
    let authority = dealt::<Mpin>(1, 1).remove(0);
    let domain = authority.domain().id();
    let registrar = RegistrarKey::random(&mut rng());
    let by = registrar.public();
    let key = RegistrarPublicKey::from_bytes(&by.to_bytes());
    assert_eq!(key, Ok(by));
    let mut list = RevocationList::new(*domain);
    let sign = |list: &RevocationList, last| list.clone().sign(&mut rng(), &registrar, last);
    let first = sign(&list, &ListMark::NONE).unwrap();
    list.revoke(&bob());
    let second = sign(&list, first.mark()).unwrap();
    list.revoke(&alice());
    let forked = sign(&list, first.mark()).unwrap();
    let third = sign(&list, second.mark()).unwrap();
    let marks = [first.mark(), second.mark(), third.mark()];
    assert_eq!(marks.map(|mark| mark.sequence), [1, 2, 3]);

    let take = |signed: &SignedList, last: &ListMark| {
        let taken = SignedList::from_bytes(&signed.to_bytes(), domain, &by, last);
        taken.map(|taken| assert_eq!(taken.to_bytes(), signed.to_bytes()))
    };
    // What an authority kept over a restart decides: the same again, or a later one.
    for (signed, last, result) in [
        (&first, &ListMark::NONE, Ok(())),
        (&second, first.mark(), Ok(())),
        (&third, first.mark(), Ok(())),
        (&second, second.mark(), Ok(())),
        (&first, second.mark(), Err(ListRejected::Older)),
        (&forked, second.mark(), Err(ListRejected::Forked)),
        (&third, forked.mark(), Ok(())),
    ] {
        assert_eq!(take(signed, last), result);
        let kept = ListMark::from_bytes(&last.to_bytes()).unwrap();
        assert_eq!(take(signed, &kept), result);
    }
    let last = ListMark {
        sequence: u64::MAX,
        hash: [0; 32],
    };
    let none_left = sign(&list, &last).map(|_| ());
    assert_eq!(none_left, Err(ListRejected::Format));
    assert_eq!(ListMark::from_bytes(&[0; 39]), Err(DecodeError::Length));
    assert_eq!(ListMark::from_bytes(&[0; 41]), Err(DecodeError::Length));
}

#[test]
fn an_authority_put_back_from_a_copy_takes_the_mark_of_the_bulletin() {
    let authority = dealt::<Mpin>(1, 1).remove(0);
    let registrar = RegistrarKey::random(&mut rng());
    let mut list = RevocationList::new(*authority.domain().id());
    let sign = |list: &RevocationList, last| list.clone().sign(&mut rng(), &registrar, last);
    let old = sign(&list, &ListMark::NONE).unwrap();
    list.revoke(&bob());
    let new = sign(&list, old.mark()).unwrap();
    let published = bulletin(&authority, &new).to_bytes();

    // Its records are a week old, and somebody gives it the list of then.
    let (domain, by) = (authority.domain(), registrar.public());
    let bytes = old.to_bytes();
    assert!(SignedList::from_bytes(&bytes, domain.id(), &by, old.mark()).is_ok());
    let seen = UncheckedBulletin::from_bytes(&published).unwrap();
    let seen = seen.verify(domain).unwrap();
    assert_eq!(seen.head().list, *new.mark());
    let refused = SignedList::from_bytes(&bytes, domain.id(), &by, &seen.head().list);
    assert_eq!(refused.err(), Some(ListRejected::Older));
    let taken = SignedList::from_bytes(&new.to_bytes(), domain.id(), &by, &seen.head().list);
    assert!(taken.unwrap().list().contains(&bob()));
}

#[test]
fn lists_of_others_are_not_read() {
    let authority = dealt::<Mpin>(1, 1).remove(0);
    let domain = *authority.domain().id();
    let other = *dealt::<Mpin>(1, 1)[0].domain().id();
    let registrar = RegistrarKey::random(&mut rng());
    let mut list = RevocationList::new(domain);
    list.revoke(&bob());
    let signed = list.sign(&mut rng(), &registrar, &ListMark::NONE).unwrap();
    let bytes = signed.to_bytes();
    let by = registrar.public();
    let take = |bytes: &[u8], domain| {
        let taken = SignedList::from_bytes(bytes, domain, &by, &ListMark::NONE);
        taken.map(|_| ())
    };
    assert_eq!(take(&bytes, &domain), Ok(()));
    assert_eq!(take(&bytes, &other), Err(ListRejected::Signature));
    let stranger = RegistrarKey::random(&mut rng()).public();
    let by_stranger = SignedList::from_bytes(&bytes, &domain, &stranger, &ListMark::NONE);
    assert_eq!(by_stranger.err(), Some(ListRejected::Signature));
    for cut in 0..bytes.len() {
        assert_eq!(take(&bytes[..cut], &domain), Err(ListRejected::Format));
    }
    for at in 0..bytes.len() {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        // Up to the signature nothing else is looked at; behind it, the hash tells.
        let expected = match at {
            0 | 105.. => ListRejected::Format,
            _ => ListRejected::Signature,
        };
        let found = take(&bad, &domain).unwrap_err();
        let older = at < 9 && found == ListRejected::Older;
        let scalar = (41..105).contains(&at) && found == ListRejected::Format;
        assert!(found == expected || older || scalar, "{at}: {found}");
    }
    let long = [bytes.as_slice(), &[0]].concat();
    assert_eq!(take(&long, &domain), Err(ListRejected::Format));
    // A grant's key signs no list under another tag.
    assert!(!by.has_signed_vartime(crate::tags::GRANT, &[], &sign_nothing(&registrar)));
}

fn sign_nothing(registrar: &RegistrarKey) -> crate::domain::registrar::Signature {
    registrar.sign(&mut rng(), crate::tags::LIST, &[]).unwrap()
}

#[test]
fn epochs_are_those_of_the_clock() {
    let day = EpochLength::DAY.seconds();
    let (start, second) = (TODAY.epoch.start(EpochLength::DAY), Seconds::new(1));
    let end = start.plus(day);
    // The present epoch, one ahead, and a clock that may be wrong by a minute.
    let cases = [
        (start, [true, true, true, false]),
        (start.plus(SKEW).minus(second), [true, true, true, false]),
        (start.plus(SKEW), [false, true, true, false]),
        (NOON, [false, true, true, false]),
        (end.minus(SKEW).minus(second), [false, true, true, false]),
        (end.minus(SKEW), [false, true, true, true]),
        (end.plus(SKEW), [false, false, true, true]),
    ];
    for (now, expected) in cases {
        let epochs = [19_999, 20_000, 20_001, 20_002].map(Epoch);
        let allowed = epochs.map(|epoch| Window::DAILY.allows(epoch, now));
        assert_eq!(allowed, expected, "{now}");
    }
    let endless = Window {
        ahead: u64::MAX,
        ..Window::DAILY
    };
    assert!(endless.allows(Epoch(u64::MAX), Seconds::MAX));
    assert!(Window::DAILY.allows(Epoch(0), Seconds::ZERO));
    assert!(!Window::DAILY.allows(Epoch(u64::MAX), NOON));
}

#[test]
fn no_permit_of_another_epoch_is_issued() {
    let authority = dealt::<Mpin>(1, 1).remove(0);
    let list = super::signed(&RevocationList::new(*authority.domain().id()));
    let (rng, desk) = (&mut rng(), desk(&authority, &list));
    for epoch in [0, 19_999, 20_002, 20_365, u64::MAX].map(Epoch) {
        let refused = Some(IssueError::Epoch);
        assert_eq!(desk.cover(rng, &alice(), epoch).err(), refused);
        assert_eq!(desk.covers(rng, epoch).err(), refused);
        assert_eq!(desk.personal(rng, &alice(), epoch).err(), refused);
        let batch = desk.personal_batch(rng, &[alice()], epoch);
        assert_eq!(batch.err(), refused);
    }
    assert!(desk.covers(rng, TODAY.epoch.next()).is_ok());
}
