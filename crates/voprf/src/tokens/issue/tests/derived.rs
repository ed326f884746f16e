//! Keys derived from a primary key for use case and epoch, and schedules that prove it.

use alloc::sync::Arc;
use core::num::NonZeroUsize;

use super::{NOW, rng};
use crate::attributes::cache::DerivedKeys;
use crate::attributes::list::Attributes;
use crate::attributes::sdhi::{DerivationProof, PrimaryPublicKey, PrimarySecretKey};
use crate::suite::ristretto::Ristretto255;
use crate::tokens::issue::{Issuer, KeyRing, TokenKey};
use crate::tokens::policy::UserRate;
use crate::tokens::redeem::{Binding, Redeemer, RedeemerId};
use crate::tokens::schedule::{BudgetExhausted, Epoch, KeySchedule, QueryBudget, Timetable};
use crate::tokens::store::MemoryStore;
use crate::tokens::token::Uses;

struct Published {
    schedule: KeySchedule,
    proof: DerivationProof,
    primary: PrimaryPublicKey,
    ring: KeyRing,
    budget: Arc<QueryBudget>,
}

fn plan(use_case: &str, length: u64, k: u8) -> KeySchedule {
    let timetable = Timetable::new(0, length).unwrap();
    KeySchedule::new(
        "ristretto255-SHA512",
        use_case,
        timetable,
        Uses::new(k).unwrap(),
    )
    .unwrap()
}

/// A schedule of three epochs by this plan, derived from the key of this seed for the use case that `attributes` names.
fn publish(seed: u8, plan: &KeySchedule, attributes: &KeySchedule) -> Published {
    let mut bytes = [seed; 32];
    bytes[31] = 0;
    let primary = PrimarySecretKey::<Ristretto255>::from_bytes(&bytes).unwrap();
    let mut keys = DerivedKeys::new(primary, NonZeroUsize::new(8).unwrap());
    let (mut schedule, mut ring, budget) = (
        plan.clone(),
        KeyRing::new(),
        Arc::new(QueryBudget::new(100)),
    );
    let mut derived = Vec::new();
    for epoch in [0, 1, 2].map(Epoch::new) {
        let key = keys
            .get(&Attributes::new(&attributes.attributes(epoch)).unwrap())
            .unwrap();
        let id = schedule.push(epoch, &key.public_key().to_bytes()).unwrap();
        assert_eq!(ring.insert_derived(Arc::clone(&key), &budget), Ok(id));
        derived.push(key);
    }
    let references: Vec<_> = derived.iter().map(|key| &**key).collect();
    let proof = keys.primary().prove(&mut rng(), &references).unwrap();
    let primary = *keys.primary().public_key();
    Published {
        schedule,
        proof,
        primary,
        ring,
        budget,
    }
}

#[test]
fn tokens_of_derived_keys_are_drawn_and_spent() {
    let plan = plan("weather", 100, 1);
    let Published {
        schedule,
        proof,
        primary,
        ring,
        budget,
    } = publish(7, &plan, &plan);
    let proven = KeySchedule::proven(&schedule.to_bytes(), &plan, &primary, &proof).unwrap();
    assert_eq!(*proven.schedule(), schedule);

    let ring = Arc::new(ring);
    let policy = UserRate::new(10, 100, NonZeroUsize::MIN).unwrap();
    let issuer = Issuer::new(schedule.clone(), Arc::clone(&ring), policy);
    let (request, pending) = TokenKey::from_schedule(&proven, NOW)
        .unwrap()
        .draw(&mut rng(), 2)
        .unwrap();
    let response = issuer.issue(&mut rng(), b"ann", &request, NOW).unwrap();
    let token = pending.finish(&response).unwrap().remove(0);

    let store = MemoryStore::new(NonZeroUsize::MIN);
    let redeemer = Redeemer::new(RedeemerId::new(b"station").unwrap(), schedule, ring, store);
    let binding = Binding {
        redeemer: redeemer.id(),
        context: b"",
        payload: b"rain",
    };
    let (request, _) = token.redeem(&binding);
    assert!(redeemer.redeem(&request, b"", b"rain", NOW).is_ok());
    assert_eq!(
        budget.used(),
        3 + 2,
        "three keys published, two tokens drawn"
    );
}

#[test]
fn schedules_for_one_user_are_refused() {
    let pinned = plan("weather", 100, 1);
    let honest = publish(7, &pinned, &pinned);
    let other_case = plan("weather-for-ann", 100, 1);
    let passes = |bytes: &[u8], proof: &DerivationProof| {
        KeySchedule::proven(bytes, &pinned, &honest.primary, proof).is_ok()
    };
    for (name, published) in [
        ("another primary key", publish(8, &pinned, &pinned)),
        ("keys of another use case", publish(7, &pinned, &other_case)),
        (
            "another use case, openly",
            publish(7, &other_case, &other_case),
        ),
        (
            "another timetable",
            publish(7, &plan("weather", 101, 1), &pinned),
        ),
        (
            "another number of uses",
            publish(7, &plan("weather", 100, 2), &pinned),
        ),
    ] {
        assert!(
            !passes(&published.schedule.to_bytes(), &published.proof),
            "{name}"
        );
    }
    assert!(passes(&honest.schedule.to_bytes(), &honest.proof));
}

#[test]
fn keys_swapped_left_out_or_added_are_refused() {
    let pinned = plan("weather", 100, 1);
    let honest = publish(7, &pinned, &pinned);
    let key = |index: usize| honest.schedule.keys()[index].public_key();
    let passes = |keys: &[(u64, &[u8])]| {
        let mut schedule = pinned.clone();
        for (epoch, key) in keys {
            schedule.push(Epoch::new(*epoch), key).unwrap();
        }
        KeySchedule::proven(
            &schedule.to_bytes(),
            &pinned,
            &honest.primary,
            &honest.proof,
        )
        .is_ok()
    };
    let per_user = super::secret(99).public_key().to_bytes();
    assert!(passes(&[(0, key(0)), (1, key(1)), (2, key(2))]));
    for (name, keys) in [
        ("swapped", &[(0, key(1)), (1, key(0)), (2, key(2))][..]),
        (
            "moved to other epochs",
            &[(1, key(0)), (2, key(1)), (3, key(2))],
        ),
        ("one left out", &[(0, key(0)), (1, key(1))]),
        (
            "one added",
            &[(0, key(0)), (1, key(1)), (2, key(2)), (3, &per_user)],
        ),
        (
            "one for one user",
            &[(0, &per_user), (1, key(1)), (2, key(2))],
        ),
        ("no element", &[(0, &[255; 32]), (1, key(1)), (2, key(2))]),
        ("none", &[]),
    ] {
        assert!(!passes(keys), "{name}");
    }
}

#[test]
fn a_derived_key_costs_one_of_the_budget() {
    let primary = PrimarySecretKey::<Ristretto255>::generate(&mut rng());
    let derived =
        |name: &[u8]| Arc::new(primary.derive(&Attributes::new(&[name]).unwrap()).unwrap());
    let (mut ring, budget) = (KeyRing::new(), Arc::new(QueryBudget::new(1)));
    assert!(ring.insert_derived(derived(b"a"), &budget).is_ok());
    assert_eq!(
        ring.insert_derived(derived(b"b"), &budget),
        Err(BudgetExhausted)
    );
}

#[test]
fn all_keys_of_a_primary_key_draw_on_its_first_budget() {
    let primary = |seed: u8| PrimarySecretKey::<Ristretto255>::from_bytes(&[seed; 32]).unwrap();
    let derived = |seed, name: &[u8]| {
        let attributes = Attributes::new(&[name]).unwrap();
        Arc::new(primary(seed).derive(&attributes).unwrap())
    };
    let mut ring = KeyRing::new();
    let [first, second, other] = [(); 3].map(|()| Arc::new(QueryBudget::new(9)));
    let a = ring.insert_derived(derived(1, b"a"), &first).unwrap();
    let b = ring.insert_derived(derived(1, b"b"), &second).unwrap();
    let c = ring.insert_derived(derived(2, b"a"), &other).unwrap();
    assert_eq!(
        [&first, &second, &other].map(|budget| budget.used()),
        [2, 0, 1]
    );
    assert_eq!(
        [a, b, c].map(|id| ring.budget(&id).unwrap().used()),
        [2, 2, 1]
    );
    ring.remove(&a);
    ring.remove(&b);
    ring.insert_derived(derived(1, b"c"), &second).unwrap();
    assert_eq!([first.used(), second.used()], [3, 0]);
}
