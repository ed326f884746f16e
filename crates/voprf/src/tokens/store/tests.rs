mod schedules;

use core::num::NonZeroUsize;

use super::{
    CommitError, Hold, MemoryStore, RedemptionStore, ReserveError, Spend, memory::Table,
    sync::StdThreads,
};
use crate::tokens::token::{KeyId, Nonce, UseIndex};

const NOW: u64 = 1_000;
const END: u64 = 2_000;

fn spend(key: u8, nonce: u8, j: u8) -> Spend {
    Spend {
        key_id: KeyId::from_bytes(&[key; 32]),
        nonce: Nonce::from_bytes(&[nonce; 32]),
        use_index: UseIndex::new(j).unwrap(),
    }
}

fn store(capacity: usize) -> MemoryStore {
    MemoryStore::new(NonZeroUsize::new(capacity).unwrap())
}

#[test]
fn a_use_is_free_then_reserved_then_spent() {
    let (store, one) = (store(8), spend(1, 1, 0));
    assert_eq!(store.commit(&one), Err(CommitError));
    assert_eq!(store.reserve(&one, END, NOW), Ok(()));
    assert_eq!(store.reserve(&one, END, NOW), Err(ReserveError::InFlight));
    assert_eq!(store.commit(&one), Ok(()));
    assert_eq!(store.commit(&one), Err(CommitError));
    assert_eq!(store.reserve(&one, END, NOW), Err(ReserveError::Spent));
    store.release(&one); // not reserved: must not free what is spent
    assert_eq!(store.reserve(&one, END, NOW), Err(ReserveError::Spent));
}

#[test]
fn uses_nonces_and_keys_are_independent() {
    let store = store(8);
    for other in [
        spend(1, 1, 0),
        spend(1, 1, 1),
        spend(1, 1, 63),
        spend(1, 2, 0),
        spend(2, 1, 0),
    ] {
        assert_eq!(store.reserve(&other, END, NOW), Ok(()), "{other:?}");
        assert_eq!(store.commit(&other), Ok(()), "{other:?}");
    }
    assert_eq!(store.len(), 3, "three tokens, one of them with three uses");
}

#[test]
fn a_dropped_reservation_frees_use_and_memory() {
    let (store, one) = (store(8), spend(1, 1, 0));
    drop(Hold::reserve(&store, one, END, NOW).unwrap());
    assert!(store.is_empty());
    let hold = Hold::reserve(&store, one, END, NOW).unwrap();
    assert_eq!(hold.commit(), Ok(one));
    assert_eq!(
        Hold::reserve(&store, one, END, NOW).err(),
        Some(ReserveError::Spent)
    );
}

#[test]
fn releasing_one_use_keeps_the_others() {
    let store = store(8);
    let (first, second) = (spend(1, 1, 0), spend(1, 1, 1));
    assert!(
        Hold::reserve(&store, first, END, NOW)
            .unwrap()
            .commit()
            .is_ok()
    );
    drop(Hold::reserve(&store, second, END, NOW).unwrap());
    assert_eq!(store.len(), 1);
    assert_eq!(store.reserve(&first, END, NOW), Err(ReserveError::Spent));
    assert_eq!(store.reserve(&second, END, NOW), Ok(()));
}

#[test]
fn a_reservation_survives_no_panic_of_its_owner() {
    let (store, one) = (store(8), spend(1, 1, 0));
    let outcome = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
        let _hold = Hold::reserve(&store, one, END, NOW).unwrap();
        panic!("the work between reserve and commit fails");
    }));
    assert!(outcome.is_err());
    assert_eq!(store.reserve(&one, END, NOW), Ok(()));
}

#[test]
fn full_refuses_and_forgets_nothing() {
    let store = store(2);
    for nonce in [1, 2] {
        assert!(
            Hold::reserve(&store, spend(1, nonce, 0), END, NOW)
                .unwrap()
                .commit()
                .is_ok()
        );
    }
    assert_eq!(
        store.reserve(&spend(1, 3, 0), END, NOW),
        Err(ReserveError::Full)
    );
    assert_eq!(
        store.reserve(&spend(1, 1, 0), END, NOW),
        Err(ReserveError::Spent)
    );
    assert_eq!(
        store.reserve(&spend(1, 1, 1), END, NOW),
        Ok(()),
        "a second use needs no room"
    );
    assert_eq!(
        store.reserve(&spend(2, 3, 0), END + 1, END),
        Ok(()),
        "key 1 is over: there is room again"
    );
    assert_eq!(store.len(), 1);
}

#[test]
fn expired_keys_free_their_memory() {
    let store = store(10_000);
    for n in 0..1_000_u16 {
        let mut nonce = [0; 32];
        nonce[..2].copy_from_slice(&n.to_be_bytes());
        for (key, expires) in [(1, END), (2, END + 500)] {
            let one = Spend {
                nonce: Nonce::from_bytes(&nonce),
                ..spend(key, 0, 0)
            };
            assert!(
                Hold::reserve(&store, one, expires, NOW)
                    .unwrap()
                    .commit()
                    .is_ok()
            );
        }
    }
    assert_eq!(store.len(), 2_000);
    store.purge(END - 1);
    assert_eq!(store.len(), 2_000);
    store.purge(END);
    assert_eq!(store.len(), 1_000);
    store.purge(END + 500);
    assert!(store.is_empty());
}

#[test]
fn expiry_is_an_exact_edge() {
    let store = store(8);
    assert_eq!(store.reserve(&spend(1, 1, 0), END, END - 1), Ok(()));
    assert_eq!(
        store.reserve(&spend(1, 2, 0), END, END),
        Err(ReserveError::Expired)
    );
    assert_eq!(
        store.reserve(&spend(1, 3, 0), END, u64::MAX),
        Err(ReserveError::Expired)
    );
    assert_eq!(
        store.reserve(&spend(1, 3, 0), 0, 0),
        Err(ReserveError::Expired)
    );
}

#[test]
fn a_clock_turned_back_revives_nothing() {
    let (store, one) = (store(8), spend(1, 1, 0));
    assert!(
        Hold::reserve(&store, one, END, NOW)
            .unwrap()
            .commit()
            .is_ok()
    );
    store.purge(END);
    assert!(store.is_empty());
    assert_eq!(
        store.reserve(&one, END, NOW),
        Err(ReserveError::Expired),
        "forgotten, so never spent again"
    );
}

#[test]
fn a_commit_after_the_end_is_no_success() {
    let (store, one) = (store(8), spend(1, 1, 0));
    let hold = Hold::reserve(&store, one, END, NOW).unwrap();
    store.purge(END);
    assert_eq!(hold.commit(), Err(CommitError));
}

#[test]
fn a_longer_window_keeps_the_record() {
    let (store, one) = (store(8), spend(1, 1, 0));
    assert!(
        Hold::reserve(&store, one, END, NOW)
            .unwrap()
            .commit()
            .is_ok()
    );
    // The next edition of the schedule gives the key more time: from its first use under it, the record stays as long.
    assert_eq!(store.reserve(&one, END + 10, NOW), Err(ReserveError::Spent));
    store.purge(END);
    assert_eq!(store.reserve(&one, END + 10, END), Err(ReserveError::Spent));
}

/// Any sequence of calls gives what a plain set of states gives.
#[test]
fn agrees_with_a_model() {
    use alloc::collections::BTreeMap;

    #[derive(Clone, Copy, PartialEq)]
    enum State {
        Reserved,
        Spent,
    }

    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut draw = |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    for _ in 0..50 {
        let store = Table::<StdThreads>::new(3, 1_000);
        let mut model = BTreeMap::new();
        for step in 0..400 {
            let byte = |n: u64| u8::try_from(n).unwrap();
            let one = spend(byte(draw(2)), byte(draw(5)), byte(draw(3)));
            match draw(3) {
                0 => {
                    let expected = match model.get(&one) {
                        Some(State::Spent) => Err(ReserveError::Spent),
                        Some(State::Reserved) => Err(ReserveError::InFlight),
                        None => Ok(()),
                    };
                    assert_eq!(store.reserve(&one, END, NOW), expected, "step {step}");
                    model.entry(one).or_insert(State::Reserved);
                }
                1 => {
                    let reserved = model.get(&one) == Some(&State::Reserved);
                    assert_eq!(store.commit(&one).is_ok(), reserved, "step {step}");
                    if reserved {
                        model.insert(one, State::Spent);
                    }
                }
                _ => {
                    store.release(&one);
                    if model.get(&one) == Some(&State::Reserved) {
                        model.remove(&one);
                    }
                }
            }
            let tokens: alloc::collections::BTreeSet<_> =
                model.keys().map(|one| (one.key_id, one.nonce)).collect();
            assert_eq!(store.len(), tokens.len(), "step {step}");
        }
    }
}
