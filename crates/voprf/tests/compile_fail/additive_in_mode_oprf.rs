//! There is no additive blinding in the mode OPRF.
use milagro_voprf::{Oprf, PublicKey, VerifiedKey};

fn demo(key: PublicKey<Oprf>) -> VerifiedKey {
    VerifiedKey::pin(key)
}

fn main() {}
