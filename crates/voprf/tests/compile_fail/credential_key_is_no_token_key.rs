//! A key that issues credentials issues nothing else.
use milagro_voprf::tokens::keys::KeyRing;

fn mix(keys: &mut KeyRing, key: milagro_voprf::arc::SecretKey) {
    keys.insert(key);
}

fn main() {}
