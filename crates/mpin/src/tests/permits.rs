//! Permits: whose, when, and not without one.

use super::fixture::{End, NOW, World, alice, rng};
use crate::client::error::SecretMismatch;
use crate::names::epoch::{Epoch, EpochLength, EpochPolicy};
use crate::names::identity::Identity;
use crate::permit::{Leaf, Permit, PermitLabel};
use crate::server::policy::PermitPolicy;
use crate::server::reason::Reason;
use milagro_base::{DecodeError, Seconds};

const TODAY: Epoch = Epoch(NOW.get() / 86_400);

fn bob() -> Identity {
    Identity::raw(b"bob").unwrap()
}

fn cover_of(identity: &Identity, world: &World, epoch: Epoch) -> PermitLabel {
    let leaf = Leaf::of(identity, &world.domain);
    PermitLabel::Cover {
        epoch,
        low: leaf,
        high: leaf,
    }
}

fn everybody(epoch: Epoch) -> PermitLabel {
    PermitLabel::Cover {
        epoch,
        low: Leaf(0),
        high: Leaf(u128::MAX),
    }
}

fn worlds() -> [World; 3] {
    let policy = EpochPolicy::DAILY;
    [
        World::patient(PermitPolicy::Personal(policy)),
        World::patient(PermitPolicy::Cover(policy)),
        World::patient(PermitPolicy::PersonalOrCover(policy)),
    ]
}

#[test]
fn each_policy_takes_its_kinds() {
    let none = World::without_permits();
    let secret = none.master.issue_client(&alice());
    let permit = none.permit(everybody(TODAY), &alice());
    assert!(none.log_in(&none.prove(&secret, None)).is_ok());
    let with = none.prove(&secret, Some(&permit));
    assert_eq!(
        none.log_in(&with).unwrap_err(),
        End::Rejected(Reason::PermitKind)
    );

    for (index, world) in worlds().iter().enumerate() {
        let secret = world.master.issue_client(&alice());
        let personal = world.permit(PermitLabel::Personal { epoch: TODAY }, &alice());
        let cover = world.permit(everybody(TODAY), &alice());
        let bare = world.log_in(&world.prove(&secret, None));
        assert_eq!(bare.unwrap_err(), End::Rejected(Reason::PermitMissing));
        for (permit, taken) in [(personal, index != 1), (cover, index != 0)] {
            let verdict = world.log_in(&world.prove(&secret, Some(&permit)));
            match verdict {
                Ok(login) => assert_eq!((login.permit(), taken), (Some(permit.label()), true)),
                Err(end) => assert_eq!((end, taken), (End::Rejected(Reason::PermitKind), false)),
            }
        }
    }
}

#[test]
fn yesterday_and_tomorrow() {
    for (index, world) in worlds().iter().enumerate() {
        let secret = world.master.issue_client(&alice());
        for epoch in [Epoch(TODAY.0 - 1), TODAY.next(), Epoch(0), Epoch(u64::MAX)] {
            let personal = (PermitLabel::Personal { epoch }, index != 1);
            let cover = (everybody(epoch), index != 0);
            for (label, kind_taken) in [personal, cover] {
                let permit = world.permit(label, &alice());
                let verdict = world.log_in(&world.prove(&secret, Some(&permit)));
                let expected = if kind_taken {
                    Reason::PermitEpoch
                } else {
                    Reason::PermitKind
                };
                assert_eq!(verdict.unwrap_err(), End::Rejected(expected));
            }
        }
    }
}

#[test]
fn yesterdays_permit_under_todays_label() {
    let world = World::patient(PermitPolicy::Cover(EpochPolicy::DAILY));
    let secret = world.master.issue_client(&alice());
    let old = world.permit(everybody(Epoch(TODAY.0 - 1)), &alice());
    let relabelled = Permit::new(everybody(TODAY), EpochLength::DAY, *old.point());
    let verdict = world.log_in(&world.prove(&secret, Some(&relabelled)));
    assert_eq!(verdict.unwrap_err(), End::Rejected(Reason::Proof));
    // The same epoch number under another epoch length is another label.
    let hour = EpochLength::new(Seconds::hours(1)).unwrap();
    let other = world
        .master
        .issue_permit(&world.domain, everybody(TODAY), hour, &alice());
    let relabelled = Permit::new(everybody(TODAY), EpochLength::DAY, *other.point());
    let verdict = world.log_in(&world.prove(&secret, Some(&relabelled)));
    assert_eq!(verdict.unwrap_err(), End::Rejected(Reason::Proof));
}

#[test]
fn somebody_elses_permit() {
    let world = World::patient(PermitPolicy::PersonalOrCover(EpochPolicy::DAILY));
    let secret = world.master.issue_client(&alice());
    let personal = world.permit(PermitLabel::Personal { epoch: TODAY }, &bob());
    let verdict = world.log_in(&world.prove(&secret, Some(&personal)));
    assert_eq!(verdict.unwrap_err(), End::Rejected(Reason::Proof));
    // The client notices that a cover permit is not for its leaf ...
    let cover = world.permit(cover_of(&bob(), &world, TODAY), &bob());
    let target = world.target();
    let login = secret.login(&target).permit(&cover);
    let refused = login.answer(&mut rng(), world.challenge());
    assert_eq!(refused.unwrap_err(), SecretMismatch);
    // ... and a client that sends it all the same is refused.
    let mine = world.permit(cover_of(&alice(), &world, TODAY), &alice());
    let mut proof = world.prove(&secret, Some(&mine));
    proof.0.label = Some(*cover.label());
    assert_eq!(world.refusal(&proof), Reason::PermitDoesNotCover);
}

#[test]
fn a_revoked_user_gains_nothing_from_a_neighbours_permit() {
    // Bob is revoked; the gap beside him is public. He widens the label, or keeps it.
    let world = World::patient(PermitPolicy::Cover(EpochPolicy::DAILY));
    let leaf = Leaf::of(&bob(), &world.domain);
    let gap = PermitLabel::Cover {
        epoch: TODAY,
        low: Leaf(0),
        high: Leaf(leaf.0 - 1),
    };
    let widened = PermitLabel::Cover {
        epoch: TODAY,
        low: Leaf(0),
        high: leaf,
    };
    let permit = world.permit(gap, &bob());
    let secret = world.master.issue_client(&bob());
    let forged = Permit::new(widened, EpochLength::DAY, *permit.point());
    let verdict = world.log_in(&world.prove(&secret, Some(&forged)));
    assert_eq!(verdict.unwrap_err(), End::Rejected(Reason::Proof));
}

#[test]
fn secrets_and_permits_do_not_stand_in_for_each_other() {
    let world = World::patient(PermitPolicy::Personal(EpochPolicy::DAILY));
    let label = PermitLabel::Personal { epoch: TODAY };
    let permit = world.permit(label, &alice());
    let secret = world.master.issue_client(&alice());
    let as_secret = crate::keys::ClientSecret::from_point(alice(), (*permit.point()).into());
    let verdict = world.log_in(&world.prove(&as_secret, Some(&permit)));
    assert_eq!(verdict.unwrap_err(), End::Rejected(Reason::Proof));
    let point = secret.secret.clone().declassify();
    let as_permit = Permit::new(label, EpochLength::DAY, point);
    let verdict = world.log_in(&world.prove(&secret, Some(&as_permit)));
    assert_eq!(verdict.unwrap_err(), End::Rejected(Reason::Proof));
}

#[test]
fn permits_decode_to_themselves_and_nothing_else() {
    let world = World::without_permits();
    for label in [everybody(TODAY), PermitLabel::Personal { epoch: TODAY }] {
        let permit = world.permit(label, &alice());
        let bytes = permit.to_bytes();
        assert_eq!(Permit::from_bytes(&bytes), Ok(permit));
        for length in 0..bytes.len() {
            assert_eq!(
                Permit::from_bytes(&bytes[..length]),
                Err(DecodeError::Length)
            );
        }
        let mut long = bytes.clone();
        long.push(0);
        assert_eq!(Permit::from_bytes(&long), Err(DecodeError::Length));
        let mut other = bytes.clone();
        other[0] = 2;
        assert_eq!(Permit::from_bytes(&other), Err(DecodeError::Version));
        for kind in [0, 3, 255] {
            other[..2].copy_from_slice(&[1, kind]);
            assert_eq!(Permit::from_bytes(&other), Err(DecodeError::Value));
        }
        let mut zero_length = bytes.clone();
        let at = bytes.len() - 56;
        zero_length[at..at + 8].fill(0);
        assert_eq!(Permit::from_bytes(&zero_length), Err(DecodeError::Value));
    }
    let mut backwards = world.permit(everybody(TODAY), &alice());
    backwards.label = PermitLabel::Cover {
        epoch: TODAY,
        low: Leaf(2),
        high: Leaf(1),
    };
    assert_eq!(
        Permit::from_bytes(&backwards.to_bytes()),
        Err(DecodeError::Value)
    );
}
