//! No secret shows itself when it is formatted.

use core::fmt::Debug;

use milagro_voprf::attributes::{Attributes, DerivedKeys, NaorReingoldSecretKey, PrimarySecretKey};
use milagro_voprf::compat::acs;
use milagro_voprf::modes::Unverified;
use milagro_voprf::{Oprf, Poprf, SecretKey, VerifiedKey, Voprf, hazmat};

use super::common::Counting;

/// Below the order of the group, and easy to see.
const CANARY: [u8; 32] = [
    0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5,
    0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0x05,
];

fn silent(value: &impl Debug) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        let text: String = text
            .to_lowercase()
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect();
        for trace in ["a5a5", "165,165", "0xa5", "42405"] {
            assert!(!text.contains(trace), "{text}");
        }
        assert!(text.contains(".."), "{text}");
    }
}

#[test]
fn secrets_are_not_printed() {
    silent(&SecretKey::<Oprf>::from_bytes(&CANARY).unwrap());
    let key = SecretKey::<Voprf>::from_bytes(&CANARY).unwrap();
    silent(&key);
    silent(
        &SecretKey::<Poprf>::from_bytes(&CANARY)
            .unwrap()
            .tagged(b"tag")
            .unwrap(),
    );
    silent(&hazmat::Scalar::<milagro_voprf::Ristretto255>::from_bytes(&CANARY).unwrap());
    let primary = <PrimarySecretKey>::from_bytes(&CANARY).unwrap();
    silent(&primary);
    silent(&primary.derive(&Attributes::new(&[b"a"]).unwrap()).unwrap());
    silent(&DerivedKeys::new(primary, core::num::NonZeroUsize::MIN));

    silent(&<Unverified>::blind(&mut Counting(0), &[CANARY]).unwrap().1);
    silent(
        &key.public_key()
            .blind(&mut Counting(0), &[CANARY])
            .unwrap()
            .1,
    );
    silent(
        &VerifiedKey::pin(key.public_key().clone())
            .blind(&mut Counting(0), &[CANARY])
            .unwrap()
            .1,
    );
    let poprf = SecretKey::<Poprf>::from_bytes(&CANARY)
        .unwrap()
        .tagged(b"tag")
        .unwrap();
    silent(
        &poprf
            .public_key()
            .blind(&mut Counting(0), &[CANARY])
            .unwrap()
            .1,
    );
    silent(&key.evaluate(&CANARY).unwrap());
    silent(&<NaorReingoldSecretKey>::from_bytes(&CANARY.repeat(257)).unwrap());
}

#[test]
fn secrets_of_acs_are_not_printed() {
    let key = acs::SecretKey::<acs::Ed25519>::from_bytes(&CANARY).unwrap();
    silent(&key);
    silent(&acs::DefaultPrimaryKey::from_bytes(&CANARY));
    let sdhi = hazmat::acs::sdhi_key::<acs::Ed25519>(&hazmat::Scalar::from_bytes(&CANARY).unwrap());
    silent(&sdhi);
    silent(&sdhi.derive(&mut Counting(0), &[b"a"]).unwrap().0);
    let scalar = || hazmat::Scalar::from_bytes(&CANARY).unwrap();
    silent(&hazmat::acs::naor_reingold_key::<acs::Ristretto255>(scalar));
    silent(&key.public_key().blind(&mut Counting(0), &CANARY).unwrap().1);
}
