//! Logins and signatures without a challenge.

use milagro_curve::{hash::hash_to_g1, loose::E1Point};

use super::fixture::{NOW, World, alice, rng};
use crate::names::binding::ChannelBinding;
use crate::names::server::ServerId;
use crate::proof::encoding::{LoginProof, OnePassProof};
use crate::proof::signature::Signature;
use crate::proof::tags;
use crate::server::policy::{PermitPolicy, Policy};
use crate::server::rejected::Reason;
use crate::server::replay::{MemoryReplayStore, Recorded, ReplayKey, ReplayStore as _};
use crate::server::verifier::{Authenticated, Signed, Verifier};
use milagro_base::DecodeError;

struct OnePass {
    world: World,
    store: MemoryReplayStore,
}

impl OnePass {
    fn new() -> Self {
        Self {
            world: World::without_permits(),
            store: MemoryReplayStore::new(100),
        }
    }

    fn prove(&self, time: u64) -> OnePassProof {
        let secret = self.world.master.issue_client(&alice());
        secret
            .prove_one_pass(&mut rng(), &self.world.target(), time, None)
            .unwrap()
    }

    fn verify(&self, proof: &OnePassProof, now: u64) -> Result<Authenticated, Reason> {
        self.world
            .verifier
            .verify_one_pass(&self.store, proof, &ChannelBinding::None, now)
            .map_err(|rejected| rejected.reason())
    }

    fn sign(&self, time: u64, message: &[u8]) -> Signature {
        let secret = self.world.master.issue_client(&alice());
        secret
            .sign(&mut rng(), &self.world.target(), (time, message), None)
            .unwrap()
    }

    fn check(&self, signature: &Signature, message: &[u8], now: u64) -> Result<Signed, Reason> {
        self.world
            .verifier
            .verify_signature(
                &self.store,
                (signature, message),
                &ChannelBinding::None,
                now,
            )
            .map_err(|rejected| rejected.reason())
    }
}

#[test]
fn a_one_pass_login_works_once() {
    let test = OnePass::new();
    let proof = test.prove(NOW);
    let proof = OnePassProof::from_bytes(&proof.to_bytes()).unwrap();
    assert_eq!(test.verify(&proof, NOW).unwrap().identity(), &alice());
    assert_eq!(test.verify(&proof, NOW).unwrap_err(), Reason::Replayed);
    assert_eq!(test.verify(&proof, NOW + 59).unwrap_err(), Reason::Replayed);
    assert_eq!(test.verify(&proof, NOW + 61).unwrap_err(), Reason::Time);
}

#[test]
fn the_window_ends_on_the_second() {
    let test = OnePass::new();
    let table = [
        (NOW - 61, false),
        (NOW - 60, true),
        (NOW, true),
        (NOW + 5, true),
        (NOW + 6, false),
        (0, false),
        (1 << 63, false),
        (u64::MAX, false),
    ];
    for (time, verdict) in table {
        let result = test.verify(&test.prove(time), NOW);
        assert_eq!(result.err(), (!verdict).then_some(Reason::Time), "{time}");
    }
    // At both ends of time.
    assert!(test.verify(&test.prove(0), 0).is_ok());
    assert!(test.verify(&test.prove(0), 60).is_ok());
    assert_eq!(
        test.verify(&test.prove(u64::MAX), 0).unwrap_err(),
        Reason::Time
    );
    assert_eq!(
        test.verify(&test.prove(0), u64::MAX).unwrap_err(),
        Reason::Time
    );
    assert!(test.verify(&test.prove(u64::MAX), u64::MAX).is_ok());
}

#[test]
fn the_time_is_part_of_the_proof() {
    let test = OnePass::new();
    let mut proof = test.prove(NOW);
    proof.time += 1;
    assert_eq!(test.verify(&proof, NOW).unwrap_err(), Reason::Proof);
    proof.time -= 1;
    assert!(test.verify(&proof, NOW).is_ok());
}

#[test]
fn another_server_name_does_not_take_it() {
    let test = OnePass::new();
    let proof = test.prove(NOW);
    let other = ServerId::new(b"other.example.com").unwrap();
    let secret = test.world.master.issue_server(&other);
    let other = Verifier::new(
        test.world.domain,
        &secret,
        Policy::new(PermitPolicy::NoPermits),
    );
    let verdict = other.verify_one_pass(&test.store, &proof, &ChannelBinding::None, NOW);
    assert_eq!(verdict.unwrap_err().reason(), Reason::Proof);
}

#[test]
fn a_full_store_refuses_and_forgets_only_what_expired() {
    let key = |byte| ReplayKey::new(&World::without_permits().domain, &alice(), &[byte; 48]);
    let (one, two) = (key(1), key(2));
    let store = MemoryReplayStore::new(1);
    assert_eq!(store.record(one, 10, 0), Recorded::New);
    assert_eq!(store.record(one, 10, 9), Recorded::Known);
    assert_eq!(store.record(two, 10, 9), Recorded::Full);
    assert_eq!(store.record(two, 20, 10), Recorded::New);
    assert_eq!(store.record(one, 20, 11), Recorded::Full);

    let mut test = OnePass::new();
    test.store = MemoryReplayStore::new(1);
    assert!(test.verify(&test.prove(NOW), NOW).is_ok());
    assert_eq!(
        test.verify(&test.prove(NOW), NOW).unwrap_err(),
        Reason::StoreFull
    );
    // Garbage takes no room.
    test.store = MemoryReplayStore::new(1);
    let mut garbage = test.prove(NOW);
    garbage.statement.v = hash_to_g1(b"garbage", tags::IDENTITY).into();
    assert_eq!(test.verify(&garbage, NOW).unwrap_err(), Reason::Proof);
    assert!(test.verify(&test.prove(NOW), NOW).is_ok());
}

#[test]
fn signatures_are_good_for_their_message_once() {
    let test = OnePass::new();
    let signature = test.sign(NOW, b"pay 10");
    let signature = Signature::from_bytes(&signature.to_bytes()).unwrap();
    assert_eq!(
        test.check(&signature, b"pay 100", NOW).unwrap_err(),
        Reason::Proof
    );
    assert_eq!(test.check(&signature, b"", NOW).unwrap_err(), Reason::Proof);
    let signed = test.check(&signature, b"pay 10", NOW).unwrap();
    assert_eq!((signed.identity(), signed.time()), (&alice(), NOW));
    assert_eq!(
        test.check(&signature, b"pay 10", NOW).unwrap_err(),
        Reason::Replayed
    );
    assert_eq!(
        test.check(&test.sign(NOW - 61, b"m"), b"m", NOW)
            .unwrap_err(),
        Reason::Time
    );
    assert_eq!(
        test.check(&test.sign(NOW + 6, b"m"), b"m", NOW)
            .unwrap_err(),
        Reason::Time
    );
    assert!(test.check(&test.sign(NOW, b""), b"", NOW).is_ok());
}

#[test]
fn a_signature_is_no_login_and_a_login_no_signature() {
    let test = OnePass::new();
    let signature = test.sign(NOW, b"");
    let mut as_login = test.prove(NOW);
    as_login.statement.u = signature.u.into();
    as_login.statement.v = signature.v.into();
    assert_eq!(test.verify(&as_login, NOW).unwrap_err(), Reason::Proof);
    let login = test.prove(NOW);
    let mut as_signature = test.sign(NOW, b"");
    as_signature.u = login.statement.u.to_g1().unwrap();
    as_signature.v = login.statement.v.to_g1().unwrap();
    assert_eq!(
        test.check(&as_signature, b"", NOW).unwrap_err(),
        Reason::Proof
    );
    // Nor does one form of a login pass for the other, even with the time as the nonce.
    let proof = test.prove(NOW);
    let mut as_challenge = LoginProof {
        nonce: test.world.challenge().0,
        statement: proof.statement.clone(),
    };
    assert_eq!(test.world.verify(&as_challenge).unwrap_err(), Reason::Proof);
    as_challenge = test
        .world
        .prove(&test.world.master.issue_client(&alice()), None);
    let as_one_pass = OnePassProof {
        time: NOW,
        statement: as_challenge.statement,
    };
    assert_eq!(test.verify(&as_one_pass, NOW).unwrap_err(), Reason::Proof);
    // By bytes: the mode is part of each.
    for bytes in [signature.to_bytes(), proof.to_bytes()] {
        assert_eq!(
            LoginProof::from_bytes(&bytes).unwrap_err(),
            DecodeError::Value
        );
    }
    assert_eq!(
        Signature::from_bytes(&proof.to_bytes()).unwrap_err(),
        DecodeError::Value
    );
    assert_eq!(
        OnePassProof::from_bytes(&signature.to_bytes()).unwrap_err(),
        DecodeError::Value
    );
}

#[test]
fn signatures_want_points_in_the_subgroup() {
    let test = OnePass::new();
    let bytes = test.sign(NOW, b"m").to_bytes();
    let outside = E1Point::from_bytes(&super::fixture::ORDER_11)
        .unwrap()
        .to_bytes();
    for back in [48, 96] {
        let mut tweaked = bytes.clone();
        let start = bytes.len() - back;
        tweaked[start..start + 48].copy_from_slice(&outside);
        assert_eq!(
            Signature::from_bytes(&tweaked).unwrap_err(),
            DecodeError::NotInSubgroup
        );
    }
    for length in 0..bytes.len() {
        assert_eq!(
            Signature::from_bytes(&bytes[..length]).unwrap_err(),
            DecodeError::Length
        );
    }
}
