//! With it, the primary key could be computed.
use milagro_voprf::tokens::keys::TokenSecretKey;

fn take(key: &TokenSecretKey) {
    let _bytes = key.to_bytes();
}

fn main() {}
