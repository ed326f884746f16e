//! What was checked is not spent, and there is no other way to it than spending.
use milagro_base::Seconds;
use milagro_voprf::tokens::redeemer::{Redeemer, Redemption};
use milagro_voprf::tokens::KeyId;

fn redeem(redeemer: &Redeemer, redemption: &Redemption<'_>) -> KeyId {
    let unspent = redeemer.check(redemption, Seconds::ZERO).unwrap();
    *unspent.key_id()
}

fn main() {}
