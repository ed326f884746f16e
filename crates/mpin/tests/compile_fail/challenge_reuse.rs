//! A challenge is answered once.

use milagro_mpin::rand_core::CryptoRng;
use milagro_mpin::{Challenge, ClientSecret, Target};

fn answer_twice<R: CryptoRng>(rng: &mut R, secret: &ClientSecret, to: &Target, n: Challenge) {
    let _ = secret.prove(rng, to, n, None);
    let _ = secret.prove(rng, to, n, None);
}

fn main() {}
