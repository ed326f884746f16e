//! The issuer's proofs and the clients' signatures, made twice by one key about two statements, with a
//! generator that gives the same bytes each time: see `protocol/repeating_generator.rs` for the other proofs
//! of the crate.

use curve25519_dalek::Scalar;
use milagro_voprf::Ristretto255;
use milagro_voprf::tokens::client::{Drawing, TokenKey};
use milagro_voprf::tokens::issuer::{IssueRefusal, Issuer, QueryBudget, UncheckedRequest};
use milagro_voprf::tokens::keys::{KeyRing, PortableKey, PortablePrimary, TokenPrimary};
use milagro_voprf::tokens::schedule::{Draft, Epoch, PinnedSchedule, ScheduleSigner};

use super::support::{
    NOON, PAYLOAD, Service, draw, granted, ledger, plan, quota, rng, slots, spend,
};

fn scalar(bytes: &[u8]) -> Scalar {
    let bytes = bytes.try_into().unwrap();
    Scalar::from_canonical_bytes(bytes).into_option().unwrap()
}

/// What the witness would be, had both proofs, `c || s`, one nonce: (s₁ - s₂)/(c₂ - c₁).
fn witness(first: &[u8], second: &[u8]) -> Scalar {
    let [(c1, s1), (c2, s2)] = [first, second].map(|proof| proof.split_at(32));
    assert_ne!(c1, c2, "two statements, two challenges");
    (scalar(s1) - scalar(s2)) * (scalar(c2) - scalar(c1)).invert()
}

/// The issuer has no generator at all: its nonces are hashes of its key and of the whole batch.
#[test]
fn answers_keep_the_key() {
    let plan = plan(1);
    let key = <PortableKey>::generate(&mut rng(), &plan, slots(&plan, 1)[0]).unwrap();
    let bytes = key.to_bytes();
    let secret = scalar(&bytes[bytes.len() - 32..]);
    let (mut draft, mut keys) = (Draft::new(plan), KeyRing::new());
    draft.add(&key).unwrap();
    keys.insert(key);
    let service = Service {
        schedule: draft.publish(),
        keys: keys.into(),
    };
    let issuer: Issuer = service.issuer(quota(100), QueryBudget::new(100));
    let proof = |count| {
        let request = service.key(NOON).draw(&mut rng(), count).unwrap().request;
        let answer = draw(&issuer, &ledger(), b"ann", &request.to_bytes(), NOON).unwrap();
        answer.to_bytes()[1..65].to_vec()
    };
    let proofs = [proof(1), proof(1), proof(2), proof(2)];
    for (place, first) in proofs.iter().enumerate() {
        for second in &proofs[..place] {
            assert_ne!(witness(first, second), secret);
        }
    }
}

/// The batches differ in their order only.
#[test]
fn the_order_is_part_of_the_statement() {
    let service = Service::new(1, 1);
    let issuer = service.issuer(quota(100), QueryBudget::new(100));
    let request = service
        .key(NOON)
        .draw(&mut rng(), 2)
        .unwrap()
        .request
        .to_bytes();
    let swapped = [&request[..33], &request[65..], &request[33..65]].concat();
    let answer = |request: &[u8]| {
        draw(&issuer, &ledger(), b"ann", request, NOON)
            .unwrap()
            .to_bytes()
    };
    let (one, other) = (answer(&request), answer(&swapped));
    assert_eq!(one[65..97], other[97..129]);
    assert_ne!(one[1..65], other[1..65]);
}

#[test]
fn derivations_keep_the_primary_key() {
    use crate::tokens::support::toy_rng::Zeros;

    let primary = <TokenPrimary>::generate(&mut rng());
    let plan = plan(1);
    let schedule = |epochs| {
        let mut draft = Draft::new(plan.clone());
        for slot in slots(&plan, epochs) {
            draft.add(&primary.derive(&plan, slot).unwrap()).unwrap();
        }
        draft.publish()
    };
    let proof = |epochs| {
        primary
            .prove(&mut Zeros, &schedule(epochs))
            .unwrap()
            .to_bytes()
    };
    assert_ne!(witness(&proof(1), &proof(2)), scalar(&primary.to_bytes()));
    assert_ne!(witness(&proof(3), &proof(2)), scalar(&primary.to_bytes()));
}

/// All answers of a proof share one challenge: two proofs about some of the same links must share no nonce.
#[test]
fn portable_derivations_keep_every_exponent() {
    use crate::tokens::support::toy_rng::Zeros;

    let primary = <PortablePrimary>::generate(&mut rng());
    let plan = plan(1);
    let proof = |epochs: u64| {
        let mut draft = Draft::new(plan.clone());
        for slot in slots(&plan, epochs) {
            draft.add(&primary.derive(&plan, slot).unwrap()).unwrap();
        }
        let proof = primary
            .prove(&mut Zeros, &draft.publish())
            .unwrap()
            .to_bytes();
        let count =
            |at: usize| usize::from(u16::from_be_bytes(proof[at..at + 2].try_into().unwrap()));
        let mut at = 2;
        for _ in 0..count(0) {
            at += 2 + 32 * count(at);
        }
        let answers = proof[at + 34..].chunks(32).map(scalar);
        (scalar(&proof[at..at + 32]), answers.collect::<Vec<_>>())
    };
    let secret: alloc::collections::BTreeSet<_> =
        primary.to_bytes().chunks(32).map(<[u8]>::to_vec).collect();
    let ((c1, first), (c2, second)) = (proof(1), proof(2));
    let inverse = (c2 - c1).invert();
    let found = first
        .iter()
        .flat_map(|s1| second.iter().map(move |s2| (s1 - s2) * inverse));
    assert_eq!(
        found.filter(|a| secret.contains(&a.to_bytes()[..])).count(),
        0
    );
}

/// R, the first half of an Ed25519 signature, is the nonce's point.
#[test]
fn signatures_keep_their_keys() {
    let service = Service::new(2, 1);
    let token = service.keyed(1, NOON).remove(0);
    let copy = || milagro_voprf::tokens::client::Token::from_bytes(&token.to_bytes()).unwrap();
    let signature = |payload: &[u8]| spend(copy(), payload).to_bytes()[99..131].to_vec();
    assert_eq!(signature(PAYLOAD), signature(PAYLOAD));
    assert_ne!(signature(PAYLOAD), signature(b"snow"));

    let signer = ScheduleSigner::generate(&mut rng());
    let next = service.schedule.revise().publish();
    let [one, other] = [&service.schedule, &next].map(|schedule| signer.sign(schedule).to_bytes());
    assert_ne!(one[1..33], other[1..33]);
}

/// A generator that dies makes a client's tokens alike, and its blinds differ all the same.
#[test]
fn blinds_are_hedged_with_what_they_hide() {
    use crate::tokens::support::toy_rng::Zeros;

    let service = Service::new(1, 2);
    let pinned = PinnedSchedule::pin(service.schedule.clone());
    let keys = service.schedule.keys();
    let blinds = |place: usize| {
        let key = TokenKey::<Ristretto255>::by_id(&pinned, keys[place].id()).unwrap();
        let Drawing { pending, .. } = key.draw(&mut Zeros, 2).unwrap();
        let bytes = pending.to_bytes();
        [bytes[70..102].to_vec(), bytes[134..166].to_vec()]
    };
    let ([a, b], [c, d]) = (blinds(0), blinds(1));
    let distinct: alloc::collections::BTreeSet<_> = [a, b, c, d].into();
    assert_eq!(distinct.len(), 4);
    assert_eq!(keys[0].slot().epoch(), Epoch::new(0));
}

/// Servers whose generators repeat, and each other. Their claims are hashes of what they are for besides, so
/// that each of them leases blocks of its own, and each block is counted.
#[test]
fn leases_are_counted_each_time() {
    use crate::tokens::support::toy_rng::Zeros;

    let (service, ledger) = (Service::new(1, 1), ledger());
    let block = core::num::NonZeroU32::new(5).unwrap();
    let budget = QueryBudget::new(20).in_blocks_of(block);
    let servers = [(); 3].map(|()| service.issuer(quota(10), budget));
    let mut given = 0;
    for (user, server) in (0..30_u64).zip(servers.iter().cycle()) {
        let request = service.key(NOON).draw(&mut rng(), 1).unwrap().request;
        let request = UncheckedRequest::from_bytes(&request.to_bytes(), 1).unwrap();
        match server.lease_local(&mut Zeros, &ledger, &request, NOON) {
            Ok(leased) => {
                let unspent = server.check(&user.to_be_bytes(), leased, NOON).unwrap();
                let paid = granted(unspent.spend_local(&ledger, NOON)).unwrap();
                assert!(server.answer(paid).is_ok());
                given += 1;
            }
            Err(refusal) => assert_eq!(refusal, IssueRefusal::Budget),
        }
    }
    assert_eq!(given, 20, "four blocks are what the budget has");
}

/// Copies of one server that get the very same request in the same second make the same claims after all. A
/// block that the ledger granted to one of them is no other's.
#[test]
fn copies_of_a_server_share_no_block() {
    use crate::tokens::support::toy_rng::Zeros;

    let (service, ledger) = (Service::new(1, 1), ledger());
    let copies = [(); 2].map(|()| service.issuer(quota(10), QueryBudget::new(100_000)));
    let request = service.key(NOON).draw(&mut rng(), 1).unwrap().request;
    let request = UncheckedRequest::from_bytes(&request.to_bytes(), 1).unwrap();
    let [first, second] =
        copies.map(|copy| copy.lease_local(&mut Zeros, &ledger, &request, NOON).err());
    assert_eq!([first, second], [None, Some(IssueRefusal::Ledger)]);
}

/// One copy's wish for a block is lost on its way, and the other copy is granted a block in the meantime. When
/// the first one asks again, it asks for a block of its own, not for the other's once more.
#[test]
fn a_lost_lease_is_no_other_servers() {
    use crate::tokens::support::flaky::{Flaky, Loss};
    use crate::tokens::support::toy_rng::Zeros;

    let (service, ledger) = (Service::new(1, 1), Flaky::new(ledger()));
    let block = core::num::NonZeroU32::new(5).unwrap();
    let budget = QueryBudget::new(5).in_blocks_of(block);
    let copies = [(); 2].map(|()| service.issuer(quota(10), budget));
    let lease = |copy: &Issuer| {
        let request = service.key(NOON).draw(&mut rng(), 5).unwrap().request;
        let request = UncheckedRequest::from_bytes(&request.to_bytes(), 5).unwrap();
        copy.lease_local(&mut Zeros, &ledger, &request, NOON)
    };
    ledger.lose(Loss::Request);
    assert_eq!(lease(&copies[0]).err(), Some(IssueRefusal::Ledger));
    let kept = lease(&copies[1]);
    assert!(kept.is_ok(), "five are left");
    assert_eq!(lease(&copies[0]).err(), Some(IssueRefusal::Budget));
}

/// With a generator that repeats, a request that a server does not remember is counted each time it takes
/// evaluations again, as with any other.
#[test]
fn answers_are_counted_each_time() {
    use crate::tokens::support::toy_rng::Zeros;

    let (service, ledger) = (Service::new(1, 1), ledger());
    let request = service.key(NOON).draw(&mut rng(), 10).unwrap().request;
    let request = UncheckedRequest::from_bytes(&request.to_bytes(), 10).unwrap();
    let mut answered = 0;
    for second in 0..40 {
        // A server that has just started remembers nothing.
        let issuer: Issuer = service.issuer(quota(10), QueryBudget::new(1_000_000));
        let now = NOON.plus(milagro_base::Seconds::new(second));
        let leased = issuer.lease_local(&mut Zeros, &ledger, &request, now);
        let unspent = issuer.check(b"ann", leased.unwrap(), now).unwrap();
        answered += u32::from(granted(unspent.spend_local(&ledger, now)).is_ok());
    }
    assert_eq!(answered, milagro_voprf::tokens::issuer::Quota::ANSWERS);
}
