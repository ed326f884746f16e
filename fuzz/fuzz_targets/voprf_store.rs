//! The redemption store against a table of states: what is free, reserved, spent or over, in any order of calls.

#![no_main]

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroUsize,
};

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_voprf::tokens::{KeyId, MemoryStore, Nonce, RedemptionStore, ReserveError, Spend, UseIndex};

#[derive(Debug, arbitrary::Arbitrary)]
struct Use {
    key: u8,
    nonce: u8,
    index: u8,
}

#[derive(Debug, arbitrary::Arbitrary)]
enum Step {
    Reserve(Use),
    Commit(Use),
    Release(Use),
    Later(u8),
    Purge,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Reserved,
    Spent,
}

fuzz_target!(|steps: Vec<Step>| {
    let store = MemoryStore::new(NonZeroUsize::MAX);
    let mut model: BTreeMap<Spend, State> = BTreeMap::new();
    let mut now = 0;
    for step in steps {
        match step {
            Step::Reserve(one) => {
                let one = spend(&one);
                let expected = match model.get(&one) {
                    _ if expires(&one.key_id) <= now => Err(ReserveError::Expired),
                    None => Ok(()),
                    Some(State::Reserved) => Err(ReserveError::InFlight),
                    Some(State::Spent) => Err(ReserveError::Spent),
                };
                assert_eq!(store.reserve(&one, expires(&one.key_id), now), expected);
                if expected.is_ok() {
                    model.insert(one, State::Reserved);
                }
            }
            Step::Commit(one) => {
                let one = spend(&one);
                let over = expires(&one.key_id) <= now;
                let reserved = model.get(&one) == Some(&State::Reserved);
                let committed = store.commit(&one).is_ok();
                assert!(committed == reserved || over && !committed);
                if committed {
                    model.insert(one, State::Spent);
                }
            }
            Step::Release(one) => {
                let one = spend(&one);
                store.release(&one);
                if model.get(&one) == Some(&State::Reserved) {
                    model.remove(&one);
                }
            }
            Step::Later(seconds) => now += u64::from(seconds),
            Step::Purge => {
                store.purge(now);
                model.retain(|one, _| expires(&one.key_id) > now);
                let tokens: BTreeSet<_> = model.keys().map(|one| (one.key_id, one.nonce)).collect();
                assert_eq!(store.len(), tokens.len());
            }
        }
    }
});

fn spend(one: &Use) -> Spend {
    Spend {
        key_id: KeyId::from_bytes(&[one.key % 4; 32]),
        nonce: Nonce::from_bytes(&[one.nonce % 8; 32]),
        use_index: UseIndex::new(one.index % 4).expect("below 64"),
    }
}

fn expires(key_id: &KeyId) -> u64 {
    300 * (1 + u64::from(key_id.to_bytes()[0]))
}
