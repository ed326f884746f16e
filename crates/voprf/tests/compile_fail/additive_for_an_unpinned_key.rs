//! Additive blinding asks for a key that is known to be the issuer's.
use milagro_voprf::{PublicKey, Ristretto255, Voprf, hazmat};

fn demo(key: &PublicKey<Voprf>, blind: hazmat::Scalar<Ristretto255>) {
    let _ = hazmat::blind_additive(key, &[b"input"], &[blind]);
}

fn main() {}
