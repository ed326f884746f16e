use milagro_mpin::Seconds;
use milagro_mpin::compat::{MilagroLegacy, Pending, Response, Server};
use milagro_mpin::rand_core::CryptoRng;

fn verify(server: &Server, rng: &mut dyn CryptoRng, pending: Pending<MilagroLegacy>, v: Response) {
    let _ = server.admit(rng, pending, &v, Seconds::ZERO);
    let _ = server.admit(rng, pending, &v, Seconds::ZERO);
}

fn main() {}
