//! The challenge store against a list: what it holds, what it forgets, in any order of calls.

#![no_main]

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_mpin::{ChallengeStore, MemoryChallengeStore, Taken};

#[derive(Debug, arbitrary::Arbitrary)]
enum Step {
    Insert { expires: u8 },
    Take { which: u8, now: u8 },
}

fuzz_target!(|input: (u8, Vec<Step>)| {
    let (capacity, steps) = input;
    let capacity = usize::from(capacity % 8);
    let store = MemoryChallengeStore::new(capacity);
    // Every nonce ever inserted: the time at which it ends, or `None` once it was taken.
    let mut all: Vec<Option<u64>> = Vec::new();
    for step in steps {
        match step {
            Step::Insert { expires } => {
                store.insert(nonce(all.len()), u64::from(expires));
                all.push(Some(u64::from(expires)));
            }
            Step::Take { which, now } => {
                let (which, now) = (usize::from(which), u64::from(now));
                let kept = which + capacity.max(1) >= all.len();
                let expected = match all.get_mut(which).and_then(Option::take) {
                    Some(expires) if kept && now < expires => Taken::Fresh,
                    Some(_) if kept => Taken::Expired,
                    _ => Taken::Unknown,
                };
                assert_eq!(store.take(&nonce(which), now), expected);
            }
        }
        let held = all.iter().rev().take(capacity.max(1)).flatten().count();
        assert_eq!(store.len(), held);
        assert_eq!(store.is_empty(), held == 0);
    }
});

fn nonce(number: usize) -> [u8; 32] {
    let mut nonce = [0; 32];
    nonce[..8].copy_from_slice(&(number as u64).to_be_bytes());
    nonce
}
