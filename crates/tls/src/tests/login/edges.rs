//! Logins around the edge of an epoch, and what the last step asks again: the permit, the name, the list.

use milagro_mpin::names::EpochPolicy;
use milagro_mpin::server::{PermitPolicy, Reason};

use super::ledger::Forgetful;
use super::moves::{Stop, answer, arrival, reason};
use super::world::{User, World, policy};
use crate::exchange::{Prologue, Session};
use crate::login::{LoggedIn, LoginError};
use crate::tests::every_edge::{GRACE, TIMES, at, counts};
use crate::tests::fixture::{rng, today};

fn world() -> World {
    World::with_policy(policy(PermitPolicy::Personal(EpochPolicy::DAILY)))
}

/// Alice, with the permit of today or of tomorrow.
fn alice(world: &World, tomorrow: bool) -> User {
    let mut alice = world.user("alice");
    let epoch = if tomorrow { today().next() } else { today() };
    alice.permit = Some(world.permit(epoch, alice.secret.identity()));
    alice
}

/// A permit counts from a minute before its epoch to ten minutes after it, whatever form the login has.
#[test]
fn every_edge_of_logins() {
    let world = world();
    let none = Prologue::new();
    for tomorrow in [false, true] {
        let alice = alice(&world, tomorrow);
        for time in TIMES {
            let came = arrival(at(time));
            let client = world.client(&alice);
            let (_, proof) = client.start_one_pass(&mut rng(), &none, at(time)).unwrap();
            let in_one = world.server().one_pass(&mut rng(), &none, &proof, came);

            let (client, hello) = world.client(&alice).start(&none);
            let sent = world
                .server()
                .challenge(&mut rng(), &none, &hello, at(time));
            let sent = sent.unwrap();
            let (_, proof) = client.receive(&mut rng(), &sent.flight).unwrap();
            let came = arrival(at(time));
            let in_two = sent.state.receive(&mut rng(), &proof, came);
            for due in [in_one, in_two] {
                let verdict = due.map(drop).map_err(Stop::from);
                let expected = (!counts(tomorrow, time)).then_some(Reason::PermitEpoch);
                assert_eq!(reason(verdict), expected, "{tomorrow} {time}");
            }
        }
    }
}

/// A login of Alice's in one pass, half a minute before her permit ends; its last step comes at `offset`.
fn finish(
    world: &World,
    offset: i64,
    welcome: impl FnOnce(&LoggedIn) -> bool,
) -> Result<Session<LoggedIn>, LoginError> {
    let (none, begun) = (Prologue::new(), at(GRACE - 30));
    let alice = alice(world, false);
    let client = world.client(&alice);
    let (client, proof) = client.start_one_pass(&mut rng(), &none, begun).unwrap();
    let due = world
        .server()
        .one_pass(&mut rng(), &none, &proof, arrival(begun));
    let (server, key) = answer(due, &Forgetful, begun).unwrap();
    let (_, last) = client.receive(&key).unwrap();
    let due = server.receive(&mut rng(), &last, begun).unwrap();
    let paid = due.unspent.spend_local(&Forgetful, begun).unwrap();
    due.state.finish(paid, at(offset), welcome)
}

#[test]
fn the_last_step_asks_permit_and_list_again() {
    let world = world();
    let session = finish(&world, GRACE - 1, |who| {
        assert_eq!(who.name(), &world.alice.name);
        assert_eq!(who.login().identity(), world.alice.secret.identity());
        true
    });
    assert_eq!(session.unwrap().peer().name(), &world.alice.name);
    // Over by then: nobody is asked.
    for late in [GRACE, GRACE + 1, 86_400] {
        let refused = finish(&world, late, |_| panic!("asked")).err();
        let reason = match refused {
            Some(LoginError::Rejected(rejected)) => Some(rejected.reason()),
            _ => None,
        };
        assert_eq!(reason, Some(Reason::PermitEpoch), "{late}");
    }
    // Removed from the list meanwhile.
    let refused = finish(&world, GRACE - 1, |_| false).err();
    assert!(matches!(refused, Some(LoginError::NotWelcome)));
}
