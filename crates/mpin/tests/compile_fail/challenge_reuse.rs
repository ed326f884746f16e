//! A challenge is answered once.

use milagro_mpin::rand_core::CryptoRng;
use milagro_mpin::{Challenge, ClientSecret, Target};

fn answer_twice<R: CryptoRng>(rng: &mut R, secret: &ClientSecret, to: &Target, n: Challenge) {
    let _ = secret.login(to).answer(rng, n);
    let _ = secret.login(to).answer(rng, n);
}

fn main() {}
