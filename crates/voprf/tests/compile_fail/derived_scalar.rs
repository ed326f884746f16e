//! The scalar of a derived key stays where it is.
use milagro_voprf::attributes::DerivedKey;

fn demo(key: &DerivedKey) {
    key.to_bytes();
}

fn main() {}
