//! No-escrow mode: pinned device keys, and nothing else.

use milagro_curve::G2Prepared;

use super::fixture::{End, NONE, NOW, World, alice, factors, open_policy, rng};
use crate::client::device_key::DeviceKey;
use crate::client::error::SecretMismatch;
use crate::client::token::BoundToken;
use crate::keys::{BoundSecret, ServerKey};
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::names::identity::Identity;
use crate::permit::PermitLabel;
use crate::proof::count::products;
use crate::proof::encoding::LoginProof;
use crate::proof::spec::{self, ServerPoints};
use crate::server::admit::{Arrival, PinnedKey};
use crate::server::device::Attempts;
use crate::server::policy::{EscrowPolicy, PermitPolicy, Policy};
use crate::server::reason::Reason;

fn world(escrow: EscrowPolicy, permits: PermitPolicy) -> World {
    World::with_policy(Policy {
        permits,
        escrow,
        ..open_policy()
    })
}

fn enrol(world: &World) -> (DeviceKey, Identity, BoundSecret) {
    let device = DeviceKey::random(&mut rng(), &world.server);
    let identity = device.identity(&alice()).unwrap();
    let issued = world.master.issue_client(&identity);
    let bound = device.bind_for_permits(issued).unwrap();
    (device, identity, bound)
}

fn log_in(world: &World, proof: &LoginProof, pinned: Option<&PinnedKey>) -> Result<(), End> {
    let proof = LoginProof::from_bytes(&proof.to_bytes()).unwrap();
    let attempts = Attempts::PerIdentityStrangersCanLockOut;
    let arrival = Arrival::new(&NONE, attempts, NOW).pinned(pinned);
    let paid = world.paid(&proof, arrival)?;
    let login = world.verifier.check(&mut rng(), paid, NOW)?;
    let login = login.spend_local(&world.ledger, NOW)?;
    assert_eq!(login.identity(), proof.claimed_identity());
    Ok(())
}

#[test]
fn a_pinned_device_logs_in() {
    let world = world(EscrowPolicy::DeviceKeys, PermitPolicy::NoPermits);
    let (_, identity, bound) = enrol(&world);
    let pinned = PinnedKey::of(&identity).unwrap();
    let pinned = PinnedKey::from_bytes(&pinned.to_bytes()).unwrap();
    let token = BoundToken::new(world.domain, bound, &factors("1234")).unwrap();
    let secret = token.unlock(&factors("1234")).unwrap();
    assert!(log_in(&world, &world.prove(&secret, None), Some(&pinned)).is_ok());
    let wrong = token.unlock(&factors("1235")).unwrap();
    let refused = log_in(&world, &world.prove(&wrong, None), Some(&pinned));
    assert_eq!(refused, Err(End::Rejected(Reason::Proof)));
}

#[test]
fn a_pinned_device_logs_in_with_a_permit() {
    let epochs = EpochPolicy::DAILY;
    let world = world(EscrowPolicy::Either, PermitPolicy::Personal(epochs));
    let (device, identity, bound) = enrol(&world);
    let epoch = Epoch::at(NOW, epochs.length);
    let permit = world.permit(PermitLabel::Personal { epoch }, &identity);
    let pinned = PinnedKey::of(&identity).unwrap();
    let target = world.target();
    let without_z = bound.login(&target).permit(&permit);
    let without_z = without_z.answer(&mut rng(), world.challenge());
    assert_eq!(without_z.unwrap_err(), SecretMismatch);
    let lent = device.lend(bound).unwrap();
    assert!(log_in(&world, &world.prove(&lent, Some(&permit)), Some(&pinned)).is_ok());
}

/// The table of who brings which key where which is pinned: everything but the pinned one is refused before any
/// point is decoded or paired.
#[test]
fn unpinned_device_key_is_refused() {
    use EscrowPolicy::{AuthoritiesTrusted, DeviceKeys, Either};
    use Reason::{DeviceKey as Kind, DeviceKeyUnpinned as Unpinned};
    for (policy, table) in [
        (
            AuthoritiesTrusted,
            [Some(Kind), Some(Kind), Some(Kind), None, Some(Unpinned)],
        ),
        (
            DeviceKeys,
            [None, Some(Unpinned), Some(Unpinned), Some(Kind), Some(Kind)],
        ),
        (
            Either,
            [None, Some(Unpinned), Some(Unpinned), None, Some(Unpinned)],
        ),
    ] {
        let world = world(policy, PermitPolicy::NoPermits);
        let (_, identity, bound) = enrol(&world);
        let (_, other, _) = enrol(&world);
        let plain = world.master.issue_client(&alice());
        let (pinned, another) = (PinnedKey::of(&identity), PinnedKey::of(&other));
        let (bound, plain) = (world.prove(&bound, None), world.prove(&plain, None));
        let before = products();
        let cases = [
            (&bound, &pinned),
            (&bound, &None),
            (&bound, &another),
            (&plain, &None),
            (&plain, &pinned),
        ];
        let mut paired = 0;
        for ((proof, pinned), reason) in cases.into_iter().zip(table) {
            let verdict = log_in(&world, proof, pinned.as_ref());
            assert_eq!(verdict.err(), reason.map(End::Rejected), "{policy:?}");
            paired += u64::from(reason.is_none());
        }
        assert_eq!(products() - before, paired);
    }
    assert!(PinnedKey::of(&alice()).is_none());
}

/// What the hook is for: with any key allowed, whoever has s·Qs logs in under every name.
#[test]
fn with_any_key_the_servers_secret_would_forge() {
    let world = world(EscrowPolicy::DeviceKeys, PermitPolicy::NoPermits);
    let server: ServerKey = world
        .master
        .issue_server(&world.server)
        .belonging_to(milagro_ledger::LocalLedger::id(&world.ledger));
    // Pa = s·Qs, V = -(U + y·B): the two pairings cancel.
    let s_qs = G2Prepared::from(server.secret.as_point());
    let b = alice().to_point();
    let x = milagro_curve::SecretScalar::random(&mut rng());
    let y = milagro_curve::Scalar::from(77_u64);
    let u = &b * &x;
    let sum = (milagro_curve::G1Sum::from(u) + &b * &y)
        .to_point()
        .unwrap();
    let points = ServerPoints {
        first: &s_qs,
        second: &s_qs,
    };
    assert!(spec::holds(&u.into(), &(-sum).into(), &b * &y, points));
}

/// A message whose Pa is not a point is one more name that nothing is pinned for.
#[test]
fn a_key_that_is_not_a_point_is_not_decoded() {
    let world = world(EscrowPolicy::Either, PermitPolicy::NoPermits);
    let (_, identity, bound) = enrol(&world);
    let mut bytes = world.prove(&bound, None).to_bytes();
    let place = bytes
        .windows(96)
        .position(|window| *window == PinnedKey::of(&identity).unwrap().to_bytes())
        .unwrap();
    bytes[place..place + 96].fill(0xff);
    let proof = LoginProof::from_bytes(&bytes).unwrap();
    assert!(PinnedKey::of(proof.claimed_identity()).is_none());
    assert_eq!(proof.claimed_identity().inner(), Some(&alice()));
    let refused = log_in(&world, &proof, PinnedKey::of(&identity).as_ref());
    assert_eq!(refused, Err(End::Rejected(Reason::DeviceKeyUnpinned)));
}

/// An issued secret logs in under no name before it is bound.
#[test]
fn what_is_not_bound_proves_nothing() {
    let world = world(EscrowPolicy::DeviceKeys, PermitPolicy::NoPermits);
    let (_, identity, _) = enrol(&world);
    let issued = world.master.issue_client(&identity);
    let target = world.target();
    let unbound = issued.login(&target).answer(&mut rng(), world.challenge());
    assert_eq!(unbound.unwrap_err(), SecretMismatch);
    let unbound = issued.login(&target).at(&mut rng(), NOW);
    assert_eq!(unbound.unwrap_err(), SecretMismatch);
}

#[test]
fn keys_and_identities_that_do_not_go_together() {
    let world = world(EscrowPolicy::DeviceKeys, PermitPolicy::NoPermits);
    let (device, identity, bound) = enrol(&world);
    assert_eq!(device.identity(&identity).unwrap_err(), SecretMismatch);
    let plain = world.master.issue_client(&alice());
    let error = device.bind_for_permits(plain).unwrap_err();
    assert_eq!(error, SecretMismatch);
    // Another z, or the same z for another server.
    let bytes = device.to_bytes();
    let (head, z) = bytes.split_at(bytes.len() - 32);
    let renamed = [&head[..head.len() - 1], b"x", z].concat();
    let stranger = DeviceKey::random(&mut rng(), &world.server);
    let issued = || world.master.issue_client(&identity);
    for other in [stranger, DeviceKey::from_bytes(&renamed).unwrap()] {
        assert_ne!(other.public(), device.public());
        let again = device.bind_for_permits(issued()).unwrap();
        assert_eq!(other.lend(again).unwrap_err(), SecretMismatch);
        assert_eq!(other.bind(issued()).unwrap_err(), SecretMismatch);
    }
    assert!(device.lend(bound).is_ok());
}
