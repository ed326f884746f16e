//! A secret key is not displayed, copied or compared.
use milagro_voprf::{SecretKey, Voprf};

fn demo(key: &SecretKey<Voprf>) -> bool {
    let copy = *key;
    println!("{key}");
    key == &copy
}

fn main() {}
