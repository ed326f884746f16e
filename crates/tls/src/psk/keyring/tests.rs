//! What happens between the reading of a key and the remembering of a pair.

use alloc::sync::Arc;

use milagro_mpin::names::EpochPolicy;

use super::Keyring;
use crate::rand_core::UnwrapErr;
use crate::{Epoch, PairMaster, Principal, Psk, Role};

const TODAY: Epoch = Epoch(20_000);

#[test]
fn a_pair_of_a_key_that_was_replaced_meanwhile_is_forgotten() {
    let mut rng = UnwrapErr(getrandom::SysRng);
    let master = PairMaster::<Psk>::random(&mut rng, "example");
    let principal = |role, name| Principal::new(master.domain(), role, name).unwrap();
    let (alice, bob) = (
        principal(Role::Client, "alice"),
        principal(Role::Server, "bob"),
    );
    let mut issue = || {
        let issued = master.issue(&alice.at(TODAY), &mut rng).unwrap();
        issued.accept(&master.anchor()).unwrap()
    };
    let mut keys = Keyring::new(EpochPolicy::DAILY, 4);
    keys.install(TODAY, issue());
    let old = keys.key(TODAY).unwrap();
    let pair = Arc::new(old.pair(&bob).unwrap());
    keys.install(TODAY, issue());
    keys.remember(&old, &bob, &pair);
    assert!(keys.pair(TODAY, &bob).is_none());

    let new = keys.key(TODAY).unwrap();
    keys.remember(&new, &bob, &pair);
    assert!(keys.pair(TODAY, &bob).is_some());
    assert_eq!(keys.remembered(), 1);
}
