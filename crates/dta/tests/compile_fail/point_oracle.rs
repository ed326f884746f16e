//! An authority that multiplies a caller's point.

use milagro_curve::G1Point;
use milagro_dta::rand_core::CryptoRng;
use milagro_dta::issue::ClientSecret;
use milagro_dta::{Authority, Mpin};

fn oracle<R: CryptoRng>(authority: &Authority<Mpin>, point: G1Point, rng: &mut R) {
    let _ = authority.uncounted().issue::<ClientSecret, _>(rng, &point);
}

fn main() {}
