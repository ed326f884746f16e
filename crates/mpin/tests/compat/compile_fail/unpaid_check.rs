use milagro_ledger::Unspent;
use milagro_mpin::Seconds;
use milagro_mpin::compat::{Answered, MilagroLegacy, Server};
use milagro_mpin::rand_core::CryptoRng;

fn check(server: &Server, rng: &mut dyn CryptoRng, admitted: Unspent<Answered<MilagroLegacy>>) {
    let _ = server.check(rng, admitted, Seconds::ZERO);
}

fn main() {}
