//! A step of a ceremony taken twice: a second opening of one polynomial.

use milagro_dta::ceremony::{CommitMessage, Committed};
use milagro_dta::rand_core::CryptoRng;
use milagro_dta::{Mpin, sharing::Bls12381G1};

fn twice<R: CryptoRng>(
    state: Committed<Mpin>,
    messages: Vec<CommitMessage<Bls12381G1>>,
    rng: &mut R,
) {
    let _ = state.open(messages.clone(), rng);
    let _ = state.open(messages, rng);
}

fn main() {}
