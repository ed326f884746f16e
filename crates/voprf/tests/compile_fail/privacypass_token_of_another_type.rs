//! A token of one type does not reach an origin of the other.
use milagro_base::Seconds;
use milagro_voprf::Ristretto255;
use milagro_voprf::privacypass::{Origin, Redemption};
use milagro_voprf::suite::P384;

fn check(origin: &Origin<P384>, redemption: &Redemption<'_, Ristretto255>) {
    let _unspent = origin.check(redemption, Seconds::ZERO);
}

fn main() {}
