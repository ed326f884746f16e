//! What was checked is not spent, and there is no other way to it than spending.
use milagro_base::Seconds;
use milagro_voprf::privacypass::{Origin, Redemption, TokenKeyId};

fn redeem(origin: &Origin, redemption: &Redemption<'_>) -> TokenKeyId {
    let unspent = origin.check(redemption, Seconds::ZERO).unwrap();
    *unspent.key_id()
}

fn main() {}
