//! A share without a grant, by an authority that counts.

use milagro_dta::issue::ClientSecret;
use milagro_dta::rand_core::CryptoRng;
use milagro_dta::{Authority, Mpin};
use milagro_mpin::Identity;

fn past<R: CryptoRng>(authority: &Authority<Mpin>, alice: &Identity, rng: &mut R) {
    let _ = authority.issue::<ClientSecret, _>(rng, alice);
}

fn main() {}
