//! Shares of one protocol in the domain of another.

use milagro_dta::issue::{FirstKey, G1Share, Received, combine};
use milagro_dta::{Mpin, Signing, TrustDomain};
use milagro_mpin::Identity;

fn mix(
    domain: &TrustDomain<Mpin>,
    identity: Identity,
    share: Received<G1Share<FirstKey<Signing>>>,
) {
    let _ = combine(domain, identity, [share]);
}

fn main() {}
