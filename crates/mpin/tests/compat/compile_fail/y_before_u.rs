use milagro_mpin::compat::{Base, MilagroLegacy, Server};
use milagro_mpin::rand_core::CryptoRng;

fn challenge(server: &Server, rng: &mut dyn CryptoRng, base: Base<MilagroLegacy>) {
    let (_y, _pending) = server.challenge(rng, base, 0);
}

fn main() {}
