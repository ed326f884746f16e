//! A permit past the revocation list.

use milagro_dta::rand_core::CryptoRng;
use milagro_dta::issue::{CoverPermit, Gap};
use milagro_dta::{Authority, Mpin};

fn past<R: CryptoRng>(authority: &Authority<Mpin>, gap: &Gap, rng: &mut R) {
    let _ = authority.uncounted().issue::<CoverPermit, _>(rng, gap);
}

fn main() {}
