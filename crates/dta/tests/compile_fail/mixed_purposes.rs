//! Shares of a secret and of a permit.

use milagro_dta::issue::{ClientSecret, G1Share, PersonalPermit, Received, combine};
use milagro_dta::{Mpin, TrustDomain};
use milagro_mpin::Identity;

fn mix(
    domain: &TrustDomain<Mpin>,
    identity: Identity,
    one: Received<G1Share<ClientSecret>>,
    two: Received<G1Share<PersonalPermit>>,
) {
    let _ = combine(domain, identity, [one, two]);
}

fn main() {}
