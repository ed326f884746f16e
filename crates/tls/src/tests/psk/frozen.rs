//! Bytes that stay as they are.

use super::{initiator, principal};
use crate::keys::PairMaster;
use crate::names::Role;
use crate::psk::PskForm;
use crate::psk::{PairKey, TargetKdf};
use milagro_dta::Psk;
use milagro_mpin::names::Epoch;

fn pair() -> PairKey {
    let mut secret = [0x42; 32];
    secret[0] = 0x12;
    let master = PairMaster::<Psk>::from_scalar(&secret, "example");
    let alice = principal(master.domain(), Role::Client, "alice").at(Epoch(20_833));
    let bob = principal(master.domain(), Role::Server, "bob");
    initiator(&master, &alice).pair(&bob).unwrap()
}

#[test]
fn external_keys_are_frozen() {
    let psk = pair().external(PskForm::WithEpoch).unwrap();
    assert_eq!(psk.identity().as_str(), "m1.474e20cf.c.20833.alice");
    assert_eq!(
        hex::encode(psk.key()),
        "219f10cacac02035d78e4133fad65dbeb0fb0c4a84c67c657536f511a7719fc3"
    );
    let line = format!("{}:{}\n", psk.identity(), hex::encode(psk.key()));
    assert_eq!(*psk.psk_file_line(), line);
}

#[test]
fn imported_keys_are_frozen() {
    // Recomputed from this and the identities with Python's `hmac`.
    assert_eq!(
        hex::encode(pair().importable()),
        "6d40518963da524361f786d9dfd050d306443b401114f36d20160723ad130906"
    );
    let psk = pair()
        .import(TargetKdf::HkdfSha256, PskForm::WithEpoch)
        .unwrap();
    assert_eq!(
        hex::encode(psk.identity()),
        concat!(
            "00196d312e34373465323063662e632e32303833332e616c696365",
            "0020ae849aff1f2a6f3b7ba1f33d451120b1103216b49e362d3c69125cb93c165205",
            "03040001",
        )
    );
    assert_eq!(
        hex::encode(psk.key()),
        "b51faadce7292bbf82a4a3b7bc37b29bbd9b6677975eae4bf8309732326d1171"
    );
    let psk = pair()
        .import(TargetKdf::HkdfSha384, PskForm::WithEpoch)
        .unwrap();
    assert_eq!(
        hex::encode(psk.key()),
        "8741990970f4d0032e98819ff0e4d2ddd3a96e05bd63c47d36e3eccf157146eb987e80721d5a68381f9b76c209bc32f3"
    );
}
