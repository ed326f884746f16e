//! Shares of a secret and of a permit.

use milagro_dta::{AuthorityId, ClientSecret, G1Share, Mpin, PersonalPermit, TrustDomain, combine};
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
