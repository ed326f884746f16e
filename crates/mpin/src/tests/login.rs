//! Logins that end well, and the simplest that do not.

use super::fixture::{End, NOW, World, alice, factors, rng};
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::names::identity::Identity;
use crate::permit::PermitLabel;
use crate::proof::encoding::LoginProof;
use crate::server::policy::PermitPolicy;
use crate::server::reason::Reason;
use crate::server::verifier::Verifier;
use milagro_base::Seconds;
use milagro_ledger::LocalLedger as _;

#[test]
fn a_login_in_three_moves() {
    let world = World::without_permits();
    let token = world.token(&alice(), &factors("1234"));
    let secret = token.unlock(&factors("1234")).unwrap();
    let proof = world.prove(&secret, None);
    let proof = LoginProof::from_bytes(&proof.to_bytes()).unwrap();
    assert_eq!(world.log_in(&proof).unwrap().identity(), &alice());
    assert_eq!(world.log_in(&proof).unwrap_err(), End::Exhausted);
}

#[test]
fn a_login_with_a_permit() {
    let world = World::new(PermitPolicy::Personal(EpochPolicy::DAILY));
    let secret = world.master.issue_client(&alice());
    let label = PermitLabel::Personal {
        epoch: Epoch::at(NOW, EpochPolicy::DAILY.length),
    };
    let permit = world.permit(label, &alice());
    let proof = world.prove(&secret, Some(&permit));
    let proof = LoginProof::from_bytes(&proof.to_bytes()).unwrap();
    assert_eq!(world.log_in(&proof).unwrap().permit(), Some(&label));
    let proof = world.prove(&secret, None);
    assert_eq!(world.refusal(&proof), Reason::PermitMissing);
}

#[test]
fn a_login_at_a_time() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let target = world.target();
    let proof = secret.login(&target).at(&mut rng(), NOW).unwrap();
    assert!(world.log_in_at(&proof, NOW.plus(Seconds::new(60))).is_ok());
    assert_eq!(world.log_in(&proof).unwrap_err(), End::Exhausted);
}

#[test]
fn a_wrong_pin_is_refused_and_counted() {
    let world = World::without_permits();
    let token = world.token(&alice(), &factors("1234"));
    for _ in 0..5 {
        let secret = token.unlock(&factors("1235")).unwrap();
        let proof = world.prove(&secret, None);
        assert_eq!(world.refusal(&proof), Reason::Proof);
    }
    let secret = token.unlock(&factors("1234")).unwrap();
    let proof = world.prove(&secret, None);
    assert_eq!(world.log_in(&proof).unwrap_err(), End::Exhausted);
}

/// The memory of points holds the last to log in, and nobody who did not.
#[test]
fn failing_logins_fill_no_memory() {
    let mut world = World::without_permits();
    let key = world.master.issue_server(&world.server);
    let (key, id) = (key.belonging_to(world.ledger.id()), world.ledger.id());
    let policy = *world.verifier.policy();
    let verifier = Verifier::new(world.domain, &key, id, policy).unwrap();
    world.verifier = verifier.with_point_cache(2).into();
    let names = [1, 2, 3].map(|name| Identity::raw(&[name]).unwrap());
    let log_in = |name: &Identity, typed: &str| {
        let token = world.token(name, &factors("1234"));
        let secret = token.unlock(&factors(typed)).unwrap();
        world.log_in(&world.prove(&secret, None)).is_ok()
    };
    assert!(!log_in(&names[0], "1235"));
    let known = |world: &World| names.each_ref().map(|name| world.verifier.remembers(name));
    assert!(names.iter().all(|name| log_in(name, "1234")));
    // With what is remembered logins end as without.
    assert!(log_in(&names[2], "1234"));
    assert!(!log_in(&names[2], "1235"));
    assert!(!log_in(&names[0], "1235"));
    assert_eq!(known(&world), [false, true, true]);
}
