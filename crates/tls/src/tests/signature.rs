//! The signature, and everything that must not be one.

use milagro_curve::rand_core::{TryCryptoRng, TryRng};
use milagro_curve::{
    G1Point,
    loose::{E1Point, E1Sum},
};

use super::fixture::{identity, master, rng, signer, small_orders};
use crate::names::{Principal, Role};
use crate::signing::{BadSignature, Context, Signature, SigningMaster};
use milagro_base::DecodeError;
use milagro_mpin::names::Epoch;

const CONTEXTS: [Context; 2] = [Context::CertificateVerify, Context::ChannelBinding];

/// A generator that is broken: always the same.
struct Broken(u8);

impl TryRng for Broken {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.0.into())
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0.into())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Broken {}

#[test]
fn good_signatures_hold_in_their_context_alone() {
    let master = master();
    let anchor = master.anchor();
    let alice = identity(&master, Role::Client, "alice");
    let signer = signer(&master, &alice);
    for context in CONTEXTS {
        for message in [&b""[..], b"message", &[7; 5000]] {
            let signature = signer.sign(&mut rng(), context, message);
            let signature = Signature::from_bytes(&signature.to_bytes()).unwrap();
            for other in CONTEXTS {
                let verdict = anchor.verify(&alice, other, message, &signature);
                assert_eq!(verdict.is_ok(), other == context);
            }
        }
    }
}

#[test]
fn nothing_may_be_swapped() {
    let master = master();
    let other = SigningMaster::random(&mut rng(), "example");
    let anchor = master.anchor();
    let alice = identity(&master, Role::Client, "alice");
    let signature = signer(&master, &alice).sign(&mut rng(), Context::ChannelBinding, b"message");
    let refused = |identity, message: &[u8], signature: &Signature| {
        anchor.verify(identity, Context::ChannelBinding, message, signature) == Err(BadSignature)
    };
    assert!(!refused(&alice, b"message", &signature));
    assert!(refused(&alice, b"massage", &signature));
    assert!(refused(&alice, b"message\0", &signature));
    let mallory = identity(&master, Role::Client, "mallory");
    let server = identity(&master, Role::Server, "alice");
    let tomorrow = alice.principal().at(Epoch(alice.epoch().0 + 1));
    let foreign = identity(&other, Role::Client, "alice");
    for identity in [&mallory, &server, &tomorrow, &foreign] {
        assert!(refused(identity, b"message", &signature), "{identity:?}");
    }
    let elsewhere = signer(&other, &foreign).sign(&mut rng(), Context::ChannelBinding, b"message");
    assert!(refused(&foreign, b"message", &elsewhere));
    assert!(refused(&alice, b"message", &elsewhere));
    assert!(
        other
            .anchor()
            .verify(&foreign, Context::ChannelBinding, b"message", &elsewhere)
            .is_ok()
    );
    let (u, v) = (*signature.u(), *signature.v());
    for (u, v) in [(v, u), (-u, v), (u, -v), (-u, -v), (u, u), (v, v)] {
        assert!(refused(&alice, b"message", &Signature::new(u, v)));
    }
    let p = G1Point::generator();
    let moved = Signature::new((u + p).to_point().unwrap(), (v + p).to_point().unwrap());
    assert!(refused(&alice, b"message", &moved));
}

#[test]
fn every_flipped_bit_is_refused() {
    let master = master();
    let anchor = master.anchor();
    let alice = identity(&master, Role::Client, "alice");
    let context = Context::CertificateVerify;
    let good = signer(&master, &alice)
        .sign(&mut rng(), context, b"message")
        .to_bytes();
    for bit in 0..8 * Signature::LEN {
        let mut bytes = good;
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(signature) = Signature::from_bytes(&bytes) {
            assert!(
                anchor
                    .verify(&alice, context, b"message", &signature)
                    .is_err()
            );
        }
    }
}

#[test]
fn bad_bytes_are_refused() {
    let master = master();
    let alice = identity(&master, Role::Client, "alice");
    let good = signer(&master, &alice)
        .sign(&mut rng(), Context::ChannelBinding, b"")
        .to_bytes();
    let mut longer = good.to_vec();
    longer.push(0);
    for length in 0..good.len() {
        assert_eq!(
            Signature::from_bytes(&good[..length]),
            Err(DecodeError::Length)
        );
    }
    assert_eq!(Signature::from_bytes(&longer), Err(DecodeError::Length));
    let mut infinity = [0; 48];
    infinity[0] = 0xc0;
    for field in [0, 48] {
        let with = |point: [u8; 48]| {
            let mut bytes = good;
            bytes[field..field + 48].copy_from_slice(&point);
            Signature::from_bytes(&bytes).unwrap_err()
        };
        assert_eq!(with(infinity), DecodeError::Identity);
        assert_eq!(with([0; 48]), DecodeError::Encoding);
        for t in small_orders() {
            assert_eq!(with(t.to_bytes()), DecodeError::NotInSubgroup);
            let mut point = [0; 48];
            point.copy_from_slice(&good[field..field + 48]);
            let sum = E1Sum::from(E1Point::from_bytes(&point).unwrap()) + t.into();
            let shifted = sum.to_point().unwrap().to_bytes();
            assert_eq!(with(shifted), DecodeError::NotInSubgroup);
        }
    }
}

/// Broken generators repeat signatures and never nonces: U differs with message, context, key.
#[test]
fn nonces_are_hedged() {
    let master = master();
    let alice = signer(&master, &identity(&master, Role::Client, "alice"));
    let bob = signer(&master, &identity(&master, Role::Client, "bob"));
    let sign = |signer: &crate::signing::Signer, rng: u8, context, message: &[u8]| {
        signer.sign(&mut Broken(rng), context, message)
    };
    let [tls, channel] = CONTEXTS;
    let all = [
        sign(&alice, 0, tls, b"one"),
        sign(&alice, 0, tls, b"two"),
        sign(&alice, 0, channel, b"one"),
        sign(&alice, 1, tls, b"one"),
        sign(&bob, 0, tls, b"one"),
    ];
    for (index, signature) in all.iter().enumerate() {
        assert!(all[..index].iter().all(|other| other.u() != signature.u()));
    }
    assert_eq!(sign(&alice, 0, tls, b"one"), all[0]);
}

/// What this release signs, the next one verifies.
#[test]
fn the_format_is_frozen() {
    let master = SigningMaster::from_scalar(&[0x11; 32], "frozen");
    let alice = Principal::new(master.domain(), Role::Client, "alice")
        .unwrap()
        .at(Epoch(20_833));
    let signature = signer(&master, &alice).sign(&mut Broken(0x22), CONTEXTS[0], b"message");
    assert_eq!(hex::encode(signature.to_bytes()), FROZEN.concat());
}

const FROZEN: [&str; 4] = [
    "893100dd9fc22f3f3baef577d0e23596e840a91973c80dcb",
    "8fa4333eae59ab061856f6f7286e9a859ea2ddb09affe60a",
    "8e32762bb84f35a4f832785e14e5a96e66e3661368bd350c",
    "b43db8cf4c48c607e96bfb8b68abd22e67f2418964def325",
];

#[test]
fn the_cache_knows_only_who_signed_well() {
    let master = master();
    let anchor = master.anchor().with_point_cache(2);
    let names = ["a", "b", "c"].map(|name| identity(&master, Role::Client, name));
    let good = |identity| signer(&master, identity).sign(&mut rng(), CONTEXTS[1], b"");
    let bad = good(&names[0]);
    assert!(anchor.verify(&names[1], CONTEXTS[1], b"", &bad).is_err());
    assert_eq!(anchor.remembered(), 0);
    for (index, identity) in names.iter().enumerate() {
        for _ in 0..2 {
            let verdict = anchor.verify(identity, CONTEXTS[1], b"", &good(identity));
            assert!(verdict.is_ok());
            assert_eq!(anchor.remembered(), (index + 1).min(2));
        }
    }
    let off = master.anchor().with_point_cache(0);
    assert!(off.verify(&names[0], CONTEXTS[1], b"", &bad).is_ok());
    assert_eq!(off.remembered(), 0);
}
