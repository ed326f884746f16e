//! A key that is replaced while a pair is computed with it.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Barrier;
use std::thread;

use milagro_base::Seconds;
use milagro_curve::rand_core::UnwrapErr;
use milagro_dta::Psk;
use milagro_mpin::names::{Epoch, EpochPolicy};

use super::{Keys, PairSide};
use crate::admission::Refusal;
use crate::keys::{IdentityKey, PairMaster};
use crate::names::{Identity, Principal, Role};
use crate::psk::pair::PairKey;

const TODAY: Epoch = Epoch(20_000);

/// Computes a pair and waits, the first time, until the test has gone on.
struct Slow<'a> {
    key: IdentityKey<Psk>,
    first: AtomicBool,
    computed: &'a Barrier,
    replaced: &'a Barrier,
}

impl PairSide for Slow<'_> {
    fn identity(&self) -> &Identity {
        self.key.identity()
    }

    fn pair(&self, peer: &Principal) -> Result<PairKey, Refusal> {
        let pair = self.key.pair(peer);
        if self.first.swap(false, Ordering::Relaxed) {
            self.computed.wait();
            self.replaced.wait();
        }
        pair
    }
}

#[test]
fn a_pair_of_a_key_that_was_replaced_meanwhile_is_forgotten() {
    let mut rng = UnwrapErr(getrandom::SysRng);
    let master = PairMaster::<Psk>::random(&mut rng, "example");
    let principal = |role, name| Principal::new(master.domain(), role, name).unwrap();
    let (alice, bob) = (
        principal(Role::Client, "alice"),
        principal(Role::Server, "bob"),
    );
    let (computed, replaced) = (Barrier::new(2), Barrier::new(2));
    let mut key = |first| {
        let issued = master.issue(&mut rng, &alice.at(TODAY)).unwrap();
        Slow {
            key: issued.accept(&master.anchor()).unwrap(),
            first: AtomicBool::new(first),
            computed: &computed,
            replaced: &replaced,
        }
    };
    let keys = Keys::new(key(true), EpochPolicy::DAILY, 4);
    let next = key(false);
    thread::scope(|scope| {
        let pair = scope.spawn(|| keys.pair(TODAY, &bob).map(|_| ()));
        computed.wait();
        // Nobody waits for the one who computes.
        keys.install(next, Seconds::ZERO).unwrap();
        replaced.wait();
        assert_eq!(pair.join().unwrap(), Ok(()));
    });
    assert_eq!(keys.sizes(), [(TODAY, 0)]);
    keys.pair(TODAY, &bob).unwrap();
    assert_eq!(keys.sizes(), [(TODAY, 1)]);
}
