//! A key has one mode.
use milagro_voprf::{PublicKey, SecretKey, Oprf, Voprf};

fn demo(key: &SecretKey<Oprf>) -> &PublicKey<Voprf> {
    key.public_key()
}

fn main() {}
