//! Many grants are answered at once, each as if it had come alone.

use core::sync::atomic::{AtomicUsize, Ordering};

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{Account, Charge, LedgerId, LocalLedger, Unavailable, Usage, Verdict};
use milagro_mpin::{Identity, ServerId};

use super::{World, client, grant};
use crate::domain::registrar::RegistrarKey;
use crate::grants::{
    Answer, ClientKey, Desk, Enrolment, Grant, GrantError, GrantError as No, SignedGrant,
};
use crate::issue::purpose::{ClientSecret, ServerSecret};
use crate::tests::{NOON, alice, bob, rng};

/// What the first authority says to grants that come together.
fn asked<L: LocalLedger>(
    world: &World,
    ledger: &L,
    grants: &[Vec<u8>],
) -> Vec<Result<Answer, GrantError>> {
    let desk = Desk {
        registrar: &world.registrar.public(),
        ledger,
        now: NOON,
    };
    let grants: Vec<&[u8]> = grants.iter().map(Vec::as_slice).collect();
    let authority = &world.offices[0].authority;
    authority.answer_all_local::<ClientSecret, _, _>(&mut rng(), &desk, &grants)
}

fn verdicts(answers: &[Result<Answer, GrantError>]) -> Vec<Result<(), GrantError>> {
    let verdict =
        |answer: &Result<Answer, GrantError>| answer.as_ref().map(|_| ()).map_err(|no| *no);
    answers.iter().map(verdict).collect()
}

fn somebody(number: usize) -> Identity {
    Identity::raw(format!("user {number}").as_bytes()).unwrap()
}

/// Whether a share opens with the client's key, and is right.
fn is_share(world: &World, key: &ClientKey, signed: &[u8], answer: &Answer) -> bool {
    let (domain, office) = (world.domain(), &world.offices[0]);
    let signed = SignedGrant::from_bytes(signed).unwrap();
    let mut enrolment = Enrolment::<ClientSecret>::new(&domain, key, &signed).unwrap();
    enrolment.add(office.authority.id(), &answer.sealed).is_ok() && enrolment.finish().is_ok()
}

#[test]
fn each_has_its_own_verdict() {
    let world = World::new(1, 1);
    let ledger = &world.offices[0].ledger;
    assert!(asked(&world, ledger, &[]).is_empty());
    let key = client();
    let good = |number| world.grant(somebody(number), &key).to_bytes();
    let signed = |grant: Grant<ClientSecret>, by: &RegistrarKey| {
        grant.sign(&mut rng(), by).unwrap().to_bytes()
    };
    let plain = |number| grant(*world.domain().id(), somebody(number), &key);
    let mut late = plain(20);
    (late.from, late.until) = (Seconds::new(1), Seconds::new(2));
    let elsewhere = grant(*World::new(1, 1).domain().id(), somebody(21), &key);
    let stranger = RegistrarKey::random(&mut rng());
    let server = Grant::<ServerSecret> {
        domain: *world.domain().id(),
        subject: ServerId::new(b"server").unwrap(),
        client: key.public().unwrap(),
        from: NOON,
        until: NOON.plus(Seconds::hours(1)),
    };
    let server = server.sign(&mut rng(), &world.registrar).unwrap();
    // A signature whose halves are zero comes to the identity.
    let mut nothing = good(22);
    let end = nothing.len() - 64;
    nothing[end..].fill(0);
    let grants = [
        good(0),
        signed(plain(19), &stranger),
        good(1),
        signed(late, &world.registrar),
        signed(elsewhere, &world.registrar),
        nothing,
        server.to_bytes(),
        Vec::new(),
        vec![1; 4096],
        good(2),
    ];
    let answers = asked(&world, ledger, &grants);
    let expected = [
        Ok(()),
        Err(No::Signature),
        Ok(()),
        Err(No::Time),
        Err(No::Domain),
        Err(No::Signature),
        Err(No::Format),
        Err(No::Format),
        Err(No::Format),
        Ok(()),
    ];
    assert_eq!(verdicts(&answers), expected);
    assert_eq!(ledger.len(), 3, "whoever was refused was not booked");
    for place in [0, 2, 9] {
        let answer = answers[place].as_ref().unwrap();
        assert!(is_share(&world, &key, &grants[place], answer), "{place}");
        let read = SignedGrant::<ClientSecret>::from_bytes(&grants[place]).unwrap();
        assert_eq!(answer.issued, read.grant().issued());
    }
    // No share goes to a neighbour.
    let mixed = answers[0].as_ref().unwrap();
    assert!(!is_share(&world, &key, &grants[2], mixed));
}

#[test]
fn the_same_subject_twice_is_as_one_after_the_other() {
    let world = World::new(1, 1);
    let ledger = &world.offices[0].ledger;
    let (first, second) = (client(), client());
    let mine = world.grant(alice(), &first).to_bytes();
    let renewed = world.grant(alice(), &first).to_bytes();
    let theirs = world.grant(alice(), &second).to_bytes();
    // Two subjects may have one client key.
    let also_mine = world.grant(bob(), &first).to_bytes();
    let grants = [mine.clone(), mine, theirs, renewed, also_mine];
    let answers = asked(&world, ledger, &grants);
    let expected = [Ok(()), Ok(()), Err(No::Issued), Ok(()), Ok(())];
    assert_eq!(verdicts(&answers), expected);
    let issued = |place: usize| answers[place].as_ref().unwrap().issued;
    assert_eq!([issued(1), issued(3)], [issued(0); 2]);
    assert_ne!(issued(4), issued(0));
    for place in [0, 1, 3, 4] {
        let answer = answers[place].as_ref().unwrap();
        assert!(is_share(&world, &first, &grants[place], answer), "{place}");
    }
    assert_eq!(ledger.len(), 2);
}

/// A ledger that loses every third answer after it has charged, and counts how often it is called.
struct Forgetful<'a> {
    inner: &'a MemoryLedger,
    calls: AtomicUsize,
}

impl LocalLedger for Forgetful<'_> {
    fn id(&self) -> LedgerId {
        self.inner.id()
    }

    fn charge(&self, now: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let verdicts = self.inner.charge(now, charges).into_iter().enumerate();
        let lost = |(place, verdict)| {
            if place % 3 == 1 {
                Verdict::Unknown
            } else {
                verdict
            }
        };
        verdicts.map(lost).collect()
    }

    fn refund(&self, charges: &[Charge]) -> Result<(), Unavailable> {
        self.inner.refund(charges)
    }

    fn clear(&self, accounts: &[Account]) -> Result<(), Unavailable> {
        self.inner.clear(accounts)
    }

    fn usage(&self, accounts: &[Account]) -> Result<Vec<Usage>, Unavailable> {
        self.inner.usage(accounts)
    }
}

#[test]
fn what_the_ledger_does_not_say_is_asked_again() {
    let world = World::new(1, 1);
    let ledger = Forgetful {
        inner: &world.offices[0].ledger,
        calls: AtomicUsize::new(0),
    };
    let (key, thief) = (client(), client());
    let grants = |key: &ClientKey| -> Vec<Vec<u8>> {
        let numbers = 0..7;
        numbers
            .map(|number| world.grant(somebody(number), key).to_bytes())
            .collect()
    };
    let mine = grants(&key);
    let answers = asked(&world, &ledger, &mine);
    assert_eq!(ledger.calls.load(Ordering::SeqCst), 1, "one call for all");
    for (place, verdict) in verdicts(&answers).into_iter().enumerate() {
        let expected = if place % 3 == 1 {
            Err(No::Unknown)
        } else {
            Ok(())
        };
        assert_eq!(verdict, expected, "{place}");
    }
    // Those that were lost are booked for their client, and for nobody else.
    let inner = &world.offices[0].ledger;
    let stolen = verdicts(&asked(&world, inner, &grants(&thief)));
    assert_eq!(stolen, [Err(No::Issued); 7]);
    assert_eq!(verdicts(&asked(&world, inner, &mine)), [Ok(()); 7]);
    // One that answers for fewer has not answered for the others; another one is asked nothing.
    let other = super::ledger();
    assert_eq!(
        verdicts(&asked(&world, &other, &mine)),
        [Err(No::Ledger); 7]
    );
    assert!(other.is_empty());
}
