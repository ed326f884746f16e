//! A domain made by hand: only dealers, ceremonies and checked bytes make one.

use milagro_dta::{Authority, AuthorityId, Mpin, TrustDomain};

fn by_hand(domain: TrustDomain<Mpin>, id: AuthorityId, share: milagro_curve::SecretResidue) {
    let _ = Authority::new(domain, id, share);
}

fn main() {}
