//! Shares of a secret and of a permit.

use milagro_dta::issue::{ClientSecret, G1Share, PersonalPermit, combine};
use milagro_dta::{AuthorityId, Mpin, TrustDomain};
use milagro_mpin::Identity;

fn mix(
    domain: &TrustDomain<Mpin>,
    identity: Identity,
    one: (AuthorityId, G1Share<ClientSecret>),
    two: (AuthorityId, G1Share<PersonalPermit>),
) {
    let _ = combine(domain, identity, [one, two]);
}

fn main() {}
