//! There is no additive blinding in the mode POPRF.
use milagro_voprf::{Poprf, PublicKey, VerifiedKey};

fn demo(key: PublicKey<Poprf>) -> VerifiedKey {
    VerifiedKey::pin(key)
}

fn main() {}
