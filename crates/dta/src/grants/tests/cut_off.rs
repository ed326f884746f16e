//! Entering a set that is cut off in the middle.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{Account, Charge, LedgerId, LocalLedger, Unavailable, Usage, Verdict};

use super::{Office, World, client};
use crate::domain::issued::Book;
use crate::grants::{GrantError, IssuedSet};
use crate::tests::{NOON, alice, bob};

/// A ledger that is cut off after so many calls.
struct Cut<'a>(&'a MemoryLedger, AtomicUsize);

impl Cut<'_> {
    fn call<T>(&self, call: impl FnOnce(&MemoryLedger) -> T) -> Result<T, Unavailable> {
        let left = self
            .1
            .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1));
        left.map_err(|_| Unavailable).map(|_| call(self.0))
    }
}

impl LocalLedger for Cut<'_> {
    fn id(&self) -> LedgerId {
        self.0.id()
    }

    fn charge(&self, now: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        let unknown = charges.iter().map(|_| Verdict::Unknown);
        self.call(|ledger| ledger.charge(now, charges))
            .unwrap_or_else(|_| unknown.collect())
    }

    fn refund(&self, charges: &[Charge]) -> Result<(), Unavailable> {
        self.call(|ledger| ledger.refund(charges))?
    }

    fn clear(&self, accounts: &[Account]) -> Result<(), Unavailable> {
        self.call(|ledger| ledger.clear(accounts))?
    }

    fn usage(&self, accounts: &[Account]) -> Result<Vec<Usage>, Unavailable> {
        self.call(|ledger| ledger.usage(accounts))?
    }
}

/// Wherever entering a set is cut off: repeated, it gives the same.
#[test]
fn entering_a_set_can_be_cut_off_anywhere() {
    let mut cuts = 0;
    for calls in 0..8 {
        let mut world = World::new(1, 1);
        let keys = [(); 3].map(|()| client());
        let [mine, theirs, other] = keys.each_ref().map(|key| world.grant(alice(), key));
        world.enrol(&mine, &keys[0], [0]).1.unwrap();
        let bobs = world.grant(bob(), &keys[2]);
        let mut set = IssuedSet::new(*world.domain().id());
        set.add(theirs.grant().issued());
        set.add(bobs.grant().issued());
        let Office {
            authority, ledger, ..
        } = world.offices.remove(0);
        let mut authority = authority.with_book(Book::Due(set.hash()));
        let cut = Cut(&ledger, AtomicUsize::new(calls));
        let first = authority.count_in_local(&cut, &set, NOON);
        if first.is_err() {
            assert_eq!(first, Err(GrantError::Unknown));
            cuts += 1;
            authority.count_in_local(&ledger, &set, NOON).unwrap();
        }
        let log = set;
        world.offices.push(Office {
            authority,
            ledger,
            log,
        });
        for (grant, key) in [(&mine, &keys[0]), (&theirs, &keys[1]), (&other, &keys[2])] {
            assert_eq!(world.enrol(grant, key, [0]).0, 0, "{calls}");
        }
        let office = &mut world.offices[0];
        assert!(
            office.answer(&world.registrar.public(), &bobs).is_ok(),
            "{calls}"
        );
    }
    assert_eq!(cuts, 5);
}
