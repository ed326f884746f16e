//! Challenges and login proofs as bytes: what is accepted encodes to the same bytes.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::{
    Challenge, ChannelBinding, ClientSecret, Identity, LoginProof, MasterSecret, ServerId, Target,
};

static CLIENT: LazyLock<(ClientSecret, Target)> = LazyLock::new(|| {
    let master = MasterSecret::random(&mut Seeded(1));
    let identity = Identity::raw(b"alice").expect("a name");
    let target = Target {
        domain: master.trust_domain("fuzz"),
        server: ServerId::new(b"server").expect("a name"),
        binding: ChannelBinding::None,
    };
    (master.issue_client(&identity), target)
});

fuzz_target!(|input: (u64, Vec<u8>, Damage)| {
    let (seed, challenge, damage) = input;
    let challenge = match Challenge::from_bytes(&challenge) {
        Ok(decoded) => {
            assert_eq!(decoded.to_bytes().as_slice(), challenge);
            decoded
        }
        Err(_) => {
            let mut bytes = [1; Challenge::LEN];
            bytes[1..9].copy_from_slice(&seed.to_be_bytes());
            Challenge::from_bytes(&bytes).expect("a challenge")
        }
    };
    let (client, target) = &*CLIENT;
    let proof = client
        .prove(&mut Seeded(seed), target, challenge, None)
        .expect("no permit");
    let bytes = damage.apply(&proof.to_bytes());
    if let Ok(decoded) = LoginProof::from_bytes(&bytes) {
        assert_eq!(decoded.to_bytes(), bytes);
    } else {
        assert_ne!(bytes, proof.to_bytes());
    }
});
