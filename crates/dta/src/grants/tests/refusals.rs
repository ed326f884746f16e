//! What is refused, and by which reason, and that it costs and changes nothing.

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{
    Account, Charge, LedgerId, LocalLedger, Unavailable, Usage, Verdict, rules::SKEW,
};
use milagro_mpin::{MasterSecret, ServerId};

use super::{Office, World, client, grant};
use crate::domain::dealer::{DealtShare, deal_master};
use crate::domain::issued::Book;
use crate::domain::registrar::RegistrarKey;
use crate::domain::roster::MemberKey;
use crate::grants::{Desk, Enrolment, Grant, GrantError, Granted, IssuedSet, SignedGrant};
use crate::issue::purpose::{ClientSecret, FirstKey, ServerSecret};
use crate::tests::{NOON, alice, bob, dealt, id, rng, threshold};
use crate::vault::{self, Lock};
use crate::{DecodeError, Mpin, Signing};

/// What an authority says to bytes at a time, over a ledger.
fn asked<U: Granted<Protocol = Mpin>, L: LocalLedger>(
    world: &World,
    ledger: &L,
    now: Seconds,
    bytes: &[u8],
) -> Result<(), GrantError> {
    let desk = Desk {
        registrar: &world.registrar.public(),
        ledger,
        now,
    };
    let authority = &world.offices[0].authority;
    let answer = authority.answer_local::<U, _, _>(&mut rng(), &desk, bytes);
    answer.map(|_| ())
}

#[test]
fn a_grant_is_refused_before_it_is_booked() {
    let world = World::new(2, 3);
    let ledger = &world.offices[0].ledger;
    let ask = |bytes: &[u8]| asked::<ClientSecret, _>(&world, ledger, NOON, bytes);
    let key = client();
    let plain = || grant(*world.domain().id(), alice(), &key);
    let sign = |grant: Grant<ClientSecret>, by: &RegistrarKey| {
        grant.sign(&mut rng(), by).unwrap().to_bytes()
    };
    let stranger = RegistrarKey::random(&mut rng());
    let other = grant(*World::new(1, 1).domain().id(), alice(), &key);
    let server = Grant::<ServerSecret> {
        domain: *world.domain().id(),
        subject: ServerId::new(b"alice").unwrap(),
        client: key.public().unwrap(),
        from: NOON,
        until: NOON.plus(Seconds::hours(1)),
    };
    let server = server.sign(&mut rng(), &world.registrar).unwrap();
    let signing = Grant::<FirstKey<Signing>> {
        domain: *world.domain().id(),
        subject: alice(),
        client: key.public().unwrap(),
        from: NOON,
        until: NOON.plus(Seconds::hours(1)),
    };
    let signing = signing.sign(&mut rng(), &world.registrar).unwrap();
    assert_eq!(ask(&sign(plain(), &stranger)), Err(GrantError::Signature));
    assert_eq!(ask(&sign(other, &world.registrar)), Err(GrantError::Domain));
    assert_eq!(ask(&server.to_bytes()), Err(GrantError::Format));
    assert_eq!(ask(&signing.to_bytes()), Err(GrantError::Format));
    assert_eq!(ask(&[1; 4096]), Err(GrantError::Format));
    let good = sign(plain(), &world.registrar);
    for cut in 0..good.len() {
        assert_eq!(ask(&good[..cut]), Err(GrantError::Format));
        let read = SignedGrant::<ClientSecret>::from_bytes(&good[..cut]);
        assert!(read.is_err());
    }
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert!(ask(&bad).is_err(), "{at}");
    }
    assert!(ledger.is_empty());
    assert_eq!(ask(&good), Ok(()));
    assert_eq!(ledger.len(), 1);
    let server = asked::<ServerSecret, _>(&world, ledger, NOON, &server.to_bytes());
    assert_eq!(server, Ok(()), "another purpose, another account");
}

#[test]
fn time_is_that_of_the_authority() {
    let world = World::new(1, 1);
    let key = client();
    let signed = world.grant(alice(), &key).to_bytes();
    let ask = |now| asked::<ClientSecret, _>(&world, &world.offices[0].ledger, now, &signed);
    let end = NOON.plus(Seconds::days(1)).plus(SKEW);
    let (second, start) = (Seconds::new(1), NOON.minus(SKEW));
    for now in [Seconds::ZERO, start.minus(second), end, Seconds::MAX] {
        assert_eq!(ask(now), Err(GrantError::Time), "{now}");
    }
    assert_eq!(ask(start), Ok(()));
    assert_eq!(ask(end.minus(second)), Ok(()));
    let longest = Grant::<ClientSecret>::LONGEST;
    for (from, until, fits) in [
        (NOON, NOON, false),
        (NOON, NOON.minus(second), false),
        (NOON, NOON.plus(longest), true),
        (NOON, NOON.plus(longest).plus(second), false),
        (NOON, Seconds::MAX, false),
        (Seconds::MAX.minus(second), Seconds::MAX, true),
    ] {
        let mut grant = grant(*world.domain().id(), alice(), &key);
        (grant.from, grant.until) = (from, until);
        let signed = grant.sign(&mut rng(), &world.registrar);
        assert_eq!(signed.is_ok(), fits, "{from} {until}");
    }
}

/// A ledger that is full, does not answer, or answers for nothing.
struct Dull(LedgerId, Option<Verdict>);

impl LocalLedger for Dull {
    fn id(&self) -> LedgerId {
        self.0
    }

    fn charge(&self, _: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        charges.iter().filter_map(|_| self.1).collect()
    }

    fn refund(&self, _: &[Charge]) -> Result<(), Unavailable> {
        Err(Unavailable)
    }

    fn clear(&self, _: &[Account]) -> Result<(), Unavailable> {
        Err(Unavailable)
    }

    fn usage(&self, _: &[Account]) -> Result<Vec<Usage>, Unavailable> {
        Err(Unavailable)
    }
}

#[test]
fn an_authority_counts_in_one_ledger() {
    let world = World::new(1, 1);
    let office = &world.offices[0];
    let signed = world.grant(alice(), &client()).to_bytes();
    let (other, id) = (super::ledger(), office.ledger.id());
    let elsewhere = asked::<ClientSecret, _>(&world, &other, NOON, &signed);
    assert_eq!(elsewhere, Err(GrantError::Ledger));
    for (verdict, error) in [
        (None, GrantError::Unknown),
        (Some(Verdict::Unknown), GrantError::Unknown),
        (Some(Verdict::Full), GrantError::Full),
    ] {
        let ledger = Dull(id, verdict);
        let refused = asked::<ClientSecret, _>(&world, &ledger, NOON, &signed);
        assert_eq!(refused, Err(error));
        let mut fresh = dealt::<Mpin>(1, 1).remove(0);
        let mut set = IssuedSet::new(*fresh.domain().id());
        set.add(grant(*fresh.domain().id(), bob(), &client()).issued());
        let refused = fresh.count_in_local(&ledger, &set, NOON);
        assert_eq!(refused, Err(GrantError::Set));
        let book = Book::Due(set.hash());
        let mut fresh = fresh.with_book(book);
        let refused = fresh.count_in_local(&ledger, &set, NOON);
        assert_eq!(refused, Err(error));
        // What failed can be repeated.
        assert_eq!(fresh.count_in_local(&super::ledger(), &set, NOON), Ok(()));
    }
    let refused = asked::<ClientSecret, _>(&world, &office.ledger, NOON, &signed);
    assert_eq!(refused, Ok(()));
}

#[test]
fn a_state_remembers_its_ledger_and_a_lost_one_is_replaced() {
    let mut world = World::new(1, 1);
    let key = client();
    let signed = world.grant(alice(), &key);
    world.enrol(&signed, &key, [0]).1.unwrap();
    let office = world.offices.remove(0);
    let domain = office.authority.domain().clone();
    let lock = Lock::Key(&[7; 32]);
    let member = MemberKey::random(&mut rng());
    let sealed = vault::seal(&mut rng(), &office.authority, &member, &lock).unwrap();
    let open = || {
        vault::open::<Mpin>(&sealed, &lock, domain.edition())
            .unwrap()
            .0
    };
    let mut opened = open();
    let again = opened.count_in_local(&super::ledger(), &office.log, NOON);
    assert_eq!(again, Err(GrantError::Ledger), "it counts in one already");

    let snapshot = office.ledger.snapshot();
    let restored = MemoryLedger::restore(&mut rng(), snapshot, NOON);
    world.offices.push(Office {
        authority: open(),
        ledger: restored,
        log: office.log.clone(),
    });
    let bytes = signed.to_bytes();
    let refused = asked::<ClientSecret, _>(&world, &world.offices[0].ledger, NOON, &bytes);
    assert_eq!(refused, Err(GrantError::Ledger), "restored is another one");

    // What was charged in a restored ledger is used up; the set brings the claims back.
    let Office {
        mut authority,
        ledger,
        ..
    } = world.offices.remove(0);
    let anew = |authority: &mut crate::Authority<Mpin>, set: &IssuedSet| {
        authority.count_anew_in_local(&ledger, set, NOON)
    };
    let stranger = IssuedSet::new(*dealt::<Mpin>(1, 1)[0].domain().id());
    assert_eq!(anew(&mut authority, &stranger), Err(GrantError::Set));
    assert_eq!(anew(&mut authority, &office.log), Ok(()));
    world.offices.push(Office {
        authority,
        ledger,
        log: office.log,
    });
    let enrolled = world.enrol(&signed, &key, [0]).1;
    assert!(world.is_right(&enrolled));
    let thief = client();
    let theirs = world.grant(alice(), &thief);
    assert_eq!(world.enrol(&theirs, &thief, [0]).0, 0);
}

#[test]
fn a_ledger_that_knows_of_another_key_than_the_set_answers_nobody() {
    let mut world = World::new(1, 1);
    let (first, second) = (client(), client());
    let [one, two] = [&first, &second].map(|key| world.grant(alice(), key));
    world.enrol(&one, &first, [0]).1.unwrap();
    // Its own log was lost, so the union has the other key alone.
    let mut set = IssuedSet::new(*world.domain().id());
    set.add(two.grant().issued());
    let Office {
        authority, ledger, ..
    } = world.offices.remove(0);
    let book = Book::Due(set.hash());
    let mut authority = authority.with_book(book);
    authority.count_in_local(&ledger, &set, NOON).unwrap();
    world.offices.push(Office {
        authority,
        ledger,
        log: set,
    });
    assert_eq!(world.enrol(&one, &first, [0]).0, 0);
    assert_eq!(world.enrol(&two, &second, [0]).0, 0);
}

#[test]
fn users_of_an_authority_that_worked_alone_keep_their_names() {
    let world = World::new(1, 1);
    let master = MasterSecret::random(&mut rng());
    let dealt = deal_master(&mut rng(), &master, "moved", threshold(1, 1)).unwrap();
    let share = DealtShare::<Mpin>::from_bytes(&dealt.shares[0].to_bytes()).unwrap();
    let moved = share.accept(id(1), "moved", threshold(1, 1), &dealt.domain);
    let mut authority = moved.unwrap();
    let mut users = IssuedSet::new(*authority.domain().id());
    users.reserve::<ClientSecret>(&alice());
    let ledger = super::ledger();
    for set in [&users, &IssuedSet::new(*users.domain())] {
        let refused = authority.count_in_local(&ledger, set, NOON);
        assert_eq!(refused, Err(GrantError::Set), "no plan carried a set");
    }
    authority
        .count_anew_in_local(&ledger, &users, NOON)
        .unwrap();
    let ask = |subject| {
        let key = client();
        let signed = grant(*users.domain(), subject, &key);
        let signed = signed.sign(&mut rng(), &world.registrar).unwrap();
        let desk = Desk {
            registrar: &world.registrar.public(),
            ledger: &ledger,
            now: NOON,
        };
        let bytes = signed.to_bytes();
        let answer = authority.answer_local::<ClientSecret, _, _>(&mut rng(), &desk, &bytes);
        answer.map(|_| ())
    };
    assert_eq!(ask(alice()), Err(GrantError::Issued));
    assert_eq!(ask(bob()), Ok(()));
}

/// Handlers of a server move between threads.
#[test]
fn answers_can_be_awaited_anywhere() {
    fn sent(_: &impl Send) {}
    let world = World::new(1, 1);
    let office = &world.offices[0];
    let ledger: &dyn milagro_ledger::Ledger = &milagro_ledger::InPlace(&office.ledger);
    let registrar = &world.registrar.public();
    let desk = Desk {
        registrar,
        ledger,
        now: NOON,
    };
    let (mut rng, signed) = (rng(), world.grant(alice(), &client()).to_bytes());
    let future = office
        .authority
        .answer::<ClientSecret, _>(&mut rng, &desk, &signed);
    sent(&future);
    drop(future);
    assert!(office.ledger.is_empty(), "nothing was booked");
}

#[test]
fn a_client_takes_its_own_grants_alone() {
    let world = World::new(1, 1);
    let (domain, stranger) = (world.domain(), World::new(1, 1).domain());
    let (key, other) = (client(), client());
    let signed = world.grant(alice(), &key);
    assert!(Enrolment::new(&domain, &key, &signed).is_ok());
    let refused = Enrolment::new(&domain, &other, &signed).err();
    assert_eq!(refused, Some(GrantError::Client));
    let refused = Enrolment::new(&stranger, &key, &signed).err();
    assert_eq!(refused, Some(GrantError::Domain));
    let bytes = signed.to_bytes();
    let again = SignedGrant::<ClientSecret>::from_bytes(&bytes).unwrap();
    assert_eq!(again.grant(), signed.grant());
    assert_eq!(again.to_bytes(), bytes);
    let purpose = SignedGrant::<FirstKey<Signing>>::from_bytes(&bytes);
    assert_eq!(purpose.err(), Some(DecodeError::Value));
}
