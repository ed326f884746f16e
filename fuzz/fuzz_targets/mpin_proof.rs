//! Challenges, proofs, signatures and hellos as bytes: what is accepted encodes to the same bytes, and none is another.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use milagro_fuzz::mpin::{NOW, PIN, World};
use milagro_fuzz::{Damage, Seeded, strict};
use milagro_mpin::client::Signature;
use milagro_mpin::full::ClientHello;
use milagro_mpin::{Challenge, ClientSecret, LoginProof};

static WORLD: LazyLock<World> = LazyLock::new(World::new);
static CLIENT: LazyLock<ClientSecret> = LazyLock::new(|| WORLD.unlock(PIN));

fuzz_target!(|input: (u64, bool, Vec<u8>, Damage)| {
    let (seed, permit, challenge, damage) = input;
    let rng = &mut Seeded(seed);
    let challenge = match Challenge::from_bytes(&challenge) {
        Ok(decoded) => {
            assert_eq!(decoded.to_bytes().as_slice(), challenge);
            decoded
        }
        Err(_) => {
            let mut bytes = [2; Challenge::LEN];
            bytes[1..9].copy_from_slice(&seed.to_be_bytes());
            Challenge::from_bytes(&bytes).expect("a challenge")
        }
    };
    let again = Challenge::from_bytes(&challenge.to_bytes()).expect("a challenge");
    let login = || {
        let login = CLIENT.login(&WORLD.target);
        if permit {
            login.permit(&WORLD.permit)
        } else {
            login
        }
    };
    let proof = login()
        .answer(rng, challenge)
        .expect("her permit")
        .to_bytes();
    let timed = login().at(rng, NOW).expect("her permit").to_bytes();
    let signature = login().sign(rng, NOW, b"").expect("her permit").to_bytes();
    let hello = login()
        .agree(rng, again)
        .expect("her permit")
        .hello
        .to_bytes();
    for valid in [&proof, &timed] {
        strict(&damage, valid, LoginProof::from_bytes, LoginProof::to_bytes);
        assert!(Signature::from_bytes(valid).is_err());
        assert!(ClientHello::from_bytes(valid).is_err());
    }
    strict(
        &damage,
        &signature,
        Signature::from_bytes,
        Signature::to_bytes,
    );
    strict(
        &damage,
        &hello,
        ClientHello::from_bytes,
        ClientHello::to_bytes,
    );
    assert!(LoginProof::from_bytes(&signature).is_err());
    assert!(LoginProof::from_bytes(&hello).is_err());
});
