//! What happens between the reading of a key and the remembering of a pair.

use alloc::sync::Arc;

use milagro_mpin::names::EpochPolicy;

use super::Keyring;
use crate::keys::PairMaster;
use crate::names::{Principal, Role};
use milagro_base::Seconds;
use milagro_curve::rand_core::UnwrapErr;
use milagro_dta::Psk;
use milagro_mpin::names::Epoch;

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
    keys.install(TODAY, issue(), Seconds::ZERO);
    let old = keys.key(TODAY).unwrap();
    let pair = Arc::new(old.pair(&bob).unwrap());
    keys.install(TODAY, issue(), Seconds::ZERO);
    keys.remember(&old, &bob, &pair);
    assert!(keys.pair(TODAY, &bob).is_none());

    let new = keys.key(TODAY).unwrap();
    keys.remember(&new, &bob, &pair);
    assert!(keys.pair(TODAY, &bob).is_some());
    assert_eq!(keys.remembered(), 1);
}
