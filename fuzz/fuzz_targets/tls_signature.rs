//! Signatures, keys and anchors: encodings are canonical, and only the signature that was made is accepted.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use milagro_fuzz::{Damage, Seeded};
use milagro_tls::keys::{IdentityKey, Signing};
use milagro_tls::signing::{Context, Signature, Signer, SigningMaster, TrustAnchor};
use milagro_tls::{Epoch, Identity, Principal, Role};

struct World {
    anchor: TrustAnchor,
    alice: Identity,
    key: Vec<u8>,
    signer: Signer,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let master = SigningMaster::random(&mut Seeded(1), "fuzz");
    let principal = Principal::new(master.domain(), Role::Client, "alice").unwrap();
    let alice = principal.at(Epoch(7));
    let key = master.issue(&alice).unwrap();
    World {
        anchor: master.anchor(),
        key: key.to_bytes().to_vec(),
        signer: Signer::new(key),
        alice,
    }
});

fuzz_target!(|input: (u64, bool, Vec<u8>, Damage)| {
    let (seed, channel, message, damage) = input;
    let world = &*WORLD;
    let context = if channel {
        Context::ChannelBinding
    } else {
        Context::CertificateVerify
    };
    let valid = world.signer.sign(&mut Seeded(seed), context, &message);
    let bytes = damage.apply(&valid.to_bytes());
    if let Ok(signature) = Signature::from_bytes(&bytes) {
        assert_eq!(signature.to_bytes()[..], bytes);
        let verdict = world
            .anchor
            .verify(&world.alice, context, &message, &signature);
        assert_eq!(verdict.is_ok(), signature == valid);
    }
    let bytes = damage.apply(&world.key);
    if let Ok(key) = IdentityKey::<Signing>::from_bytes(&bytes, &world.anchor) {
        assert_eq!(*key.to_bytes(), world.key);
        assert_eq!(bytes, world.key);
    }
    let bytes = damage.apply(&world.anchor.to_bytes());
    if let Ok(anchor) = TrustAnchor::from_bytes(&bytes) {
        assert_eq!(anchor.to_bytes(), bytes);
    }
});
