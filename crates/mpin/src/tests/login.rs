//! Logins that end well, and the simplest that do not.

use super::fixture::{End, NOW, World, alice, factors, rng};
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::permit::PermitLabel;
use crate::proof::encoding::LoginProof;
use crate::server::policy::PermitPolicy;
use crate::server::reason::Reason;
use milagro_base::Seconds;

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
