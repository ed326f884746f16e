//! One issuer, a dead generator, and two batches: the two proofs together do not give its share away.

use core::convert::Infallible;

use curve25519_dalek::Scalar;
use milagro_dta::sharing::Group;
use milagro_voprf::modes::threshold::KeyShare;
use milagro_voprf::rand_core::{TryCryptoRng, TryRng};
use milagro_voprf::{Blinded, Ristretto255};

use super::support::{LEDGER, authorities, rng};

/// A generator that died.
#[derive(Debug)]
pub(super) struct Zeros;

impl TryRng for Zeros {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0);
        Ok(())
    }
}

impl TryCryptoRng for Zeros {}

pub(super) fn scalar(bytes: &[u8]) -> Scalar {
    let bytes = bytes.try_into().unwrap();
    Scalar::from_canonical_bytes(bytes).into_option().unwrap()
}

/// What the share would be if both proofs had one nonce; s = r - c·k.
fn witness(first: &[u8], second: &[u8]) -> Scalar {
    let [first, second] = [first, second].map(|part| {
        let proof = &part[75..139];
        (scalar(&proof[..32]), scalar(&proof[32..]))
    });
    assert_ne!(first.0, second.0, "two statements, two challenges");
    (first.1 - second.1) * (second.0 - first.0).invert()
}

#[test]
fn parts_keep_the_share() {
    let authorities = authorities::<Ristretto255>(2, 3);
    let share = KeyShare::<Ristretto255>::new(&authorities[0], LEDGER).unwrap();
    let secret = scalar(&*Ristretto255::secret_to_bytes(authorities[0].key_share()));
    let public = share.shared().public_key();
    let (blinded, _) = public.blind(&mut rng(), &["a", "b"]).unwrap();
    let part = |batch: &[Blinded]| share.evaluate(&mut Zeros, batch).unwrap().to_bytes();
    let turned = [blinded[1], blinded[0]];
    let parts = [
        part(&blinded),
        part(&blinded[..1]),
        part(&blinded[1..]),
        part(&turned),
    ];
    for (place, first) in parts.iter().enumerate() {
        for second in &parts[..place] {
            assert_ne!(witness(first, second), secret);
        }
    }
}
