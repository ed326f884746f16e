use milagro_mpin::Seconds;
use milagro_mpin::compat::{Base, MilagroLegacy, Server};
use milagro_mpin::rand_core::CryptoRng;

fn challenge(server: &Server, rng: &mut dyn CryptoRng, base: Base<MilagroLegacy>) {
    let _ = server.challenge(rng, base, Seconds::ZERO);
}

fn main() {}
