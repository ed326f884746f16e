//! No-escrow mode: not even the authority can log in as a user whose Pa is pinned.

use milagro_curve::G2Point;

use super::fixture::{NOW, World, alice, factors, rng};
use crate::client::device_key::DeviceKey;
use crate::client::error::SecretMismatch;
use crate::client::pin::PinLength;
use crate::client::token::BoundToken;
use crate::full::key_base::KeyBase;
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::names::identity::{Identity, IdentityKind};
use crate::permit::PermitLabel;
use crate::server::policy::{EscrowPolicy, OpeningPolicy, PermitPolicy, Policy};
use crate::server::rejected::Reason;
use milagro_base::DecodeError;

fn world(permits: PermitPolicy) -> World {
    World::with_policy(Policy {
        escrow: EscrowPolicy::DeviceKeys,
        ..Policy::new(permits)
    })
}

fn enrol(world: &World) -> (DeviceKey, Identity, BoundToken) {
    let device = DeviceKey::random(&mut rng(), &world.server);
    let identity = device.identity(&alice()).unwrap();
    let issued = world.master.issue_client(&identity);
    let secret = device.bind_for_permits(issued).unwrap();
    let token = BoundToken::new(world.domain, secret, &factors("1234")).unwrap();
    (device, identity, token)
}

#[test]
fn the_device_logs_in_and_the_authority_does_not() {
    let world = world(PermitPolicy::NoPermits);
    let (_, identity, token) = enrol(&world);
    assert_eq!(identity.kind(), IdentityKind::DeviceKey);
    let token = BoundToken::from_bytes(&token.to_bytes()).unwrap();
    let secret = token.unlock(&factors("1234")).unwrap();
    assert_eq!(
        world
            .verify(&world.prove(&secret, None))
            .unwrap()
            .identity(),
        &identity
    );
    let wrong = token.unlock(&factors("1235")).unwrap();
    assert_eq!(
        world.verify(&world.prove(&wrong, None)).unwrap_err(),
        Reason::Proof
    );
    // All that the authority can issue for the identity.
    let issued = world.master.issue_client(&identity);
    assert_eq!(
        world.verify(&world.prove(&issued, None)).unwrap_err(),
        Reason::Proof
    );
}

#[test]
fn permits_need_the_device_key() {
    let label = PermitLabel::Personal {
        epoch: Epoch(NOW / 86_400),
    };
    let world = world(PermitPolicy::Personal(EpochPolicy::DAILY));
    let (device, identity, token) = enrol(&world);
    let permit = world.permit(label, &identity);
    let secret = token.unlock(&factors("1234")).unwrap();
    let verdict = world.verify(&world.prove(&secret, Some(&permit)));
    assert_eq!(verdict.unwrap_err(), Reason::Proof);
    let device = DeviceKey::from_bytes(&device.to_bytes()).unwrap();
    let secret = device.lend(secret).unwrap();
    assert!(world.verify(&world.prove(&secret, Some(&permit))).is_ok());
}

#[test]
fn the_policy_decides_about_device_keys() {
    let plain = World::without_permits();
    let (_, _, token) = enrol(&plain);
    let secret = token.unlock(&factors("1234")).unwrap();
    assert_eq!(
        plain.verify(&plain.prove(&secret, None)).unwrap_err(),
        Reason::DeviceKey
    );
    let strict = world(PermitPolicy::NoPermits);
    let secret = strict.master.issue_client(&alice());
    assert_eq!(
        strict.verify(&strict.prove(&secret, None)).unwrap_err(),
        Reason::DeviceKey
    );
}

#[test]
fn distances_with_a_device_key() {
    let world = World::with_policy(Policy {
        escrow: EscrowPolicy::DeviceKeys,
        openings: OpeningPolicy::Opened(PinLength::FOUR),
        ..Policy::new(PermitPolicy::NoPermits)
    });
    let (_, _, token) = enrol(&world);
    let wrong = token.unlock(&factors("1239")).unwrap();
    let proof = wrong
        .prove_opened(&mut rng(), &world.target(), world.challenge(), None)
        .unwrap();
    let rejected = world
        .verifier
        .verify(
            &world.store,
            &proof,
            &crate::names::binding::ChannelBinding::None,
            NOW,
        )
        .unwrap_err();
    let store = crate::server::replay::MemoryReplayStore::new(1);
    let times = (NOW + 1, NOW);
    let error = world
        .verifier
        .pin_error_vartime(&store, rejected.opened().unwrap(), times);
    assert!(
        matches!(error, crate::server::pin_error::PinError::Mistyped(distance) if distance.value() == 5)
    );
}

#[test]
fn key_agreement_with_a_device_key() {
    let world = world(PermitPolicy::NoPermits);
    let (_, _, token) = enrol(&world);
    let secret = token.unlock(&factors("1234")).unwrap();
    let base = KeyBase::new(&secret, &world.server);
    let (client, hello) = secret
        .start_full(&mut rng(), &world.target(), world.challenge(), None)
        .unwrap();
    let none = crate::names::binding::ChannelBinding::None;
    let (_, answer) = world
        .verifier
        .accept_full(&mut rng(), &world.store, &hello, &none, NOW)
        .unwrap();
    assert!(client.finish(&base, &answer).is_ok());
}

#[test]
fn keys_and_identities_that_do_not_go_together() {
    let world = world(PermitPolicy::NoPermits);
    let (device, identity, token) = enrol(&world);
    assert_eq!(device.identity(&identity).unwrap_err(), SecretMismatch);
    let plain = world.master.issue_client(&alice());
    let error = device.bind_for_permits(plain).unwrap_err();
    assert_eq!(error, SecretMismatch);
    // Another z, or the same z for another server.
    let stranger = DeviceKey::random(&mut rng(), &world.server);
    let unlock = || token.unlock(&factors("1234")).unwrap();
    let issued = world.master.issue_client(&identity);
    assert_eq!(stranger.lend(unlock()).unwrap_err(), SecretMismatch);
    assert_eq!(stranger.bind(issued).unwrap_err(), SecretMismatch);
    assert!(device.lend(unlock()).is_ok());
}

#[test]
fn identities_with_device_keys_decode_strictly() {
    let world = world(PermitPolicy::NoPermits);
    let (_, identity, _) = enrol(&world);
    let bytes = identity.to_bytes();
    assert_eq!(Identity::from_bytes(&bytes), Ok(identity.clone()));
    for length in 0..bytes.len() {
        assert!(Identity::from_bytes(&bytes[..length]).is_err());
    }
    let start = bytes.len() - 96;
    let mut infinity = bytes.clone();
    infinity[start..].fill(0);
    infinity[start] = 0xc0;
    assert_eq!(Identity::from_bytes(&infinity), Err(DecodeError::Identity));
    let mut junk = bytes.clone();
    junk[bytes.len() - 1] ^= 1;
    assert!(Identity::from_bytes(&junk).is_err());
    // A device key on a device key, and one on an unknown kind.
    for kind in [2, 3] {
        let mut nested = bytes.clone();
        nested[3] = kind;
        assert!(Identity::from_bytes(&nested).is_err());
    }
    // Another Pa is another identity.
    let other = alice().with_device_key(&G2Point::generator()).unwrap();
    assert_ne!(other, identity);
    assert_ne!(other.to_point(), identity.to_point());
    // The longest inner identity still fits.
    let long = Identity::raw(&[1; 1024])
        .unwrap()
        .with_device_key(&G2Point::generator())
        .unwrap();
    assert_eq!(long.to_bytes().len(), 1126);
    assert_eq!(Identity::from_bytes(&long.to_bytes()), Ok(long));
}
