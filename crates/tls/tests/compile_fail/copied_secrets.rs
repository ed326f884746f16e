//! Secrets are not copied, compared with `==`, or shown.

use milagro_tls::keys::{IdentityKey, PairMaster, Psk, ResponderKey, Signing};
use milagro_tls::psk::{ExternalPsk, ImportedPsk, PairKey};
use milagro_tls::signing::SigningMaster;

fn copied(key: &IdentityKey<Signing>, master: &SigningMaster, pair: &PairMaster<Psk>) {
    let _: (IdentityKey<Signing>, SigningMaster, PairMaster<Psk>) =
        (key.clone(), master.clone(), pair.clone());
}

fn compared(one: &ResponderKey<Psk>, other: &ResponderKey<Psk>) -> bool {
    one == other
}

fn psks(one: &ExternalPsk, other: &ExternalPsk, a: &ImportedPsk, b: &ImportedPsk) -> bool {
    one == other || a == b
}

fn shown(key: &PairKey) -> String {
    key.to_string()
}

fn main() {}
