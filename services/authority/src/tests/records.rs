//! What stands in records and accounts, for ever: numbers of kinds, and keys that no type of its own makes.

use milagro_dta::grants::Issued;
use milagro_ledger::Kind;
use milagro_mpin::TrustDomainId;

use crate::kinds;
use crate::service::answers::entry_key;

#[test]
fn kinds_keep_their_numbers() {
    let kinds = [
        kinds::HELD,
        kinds::LIST,
        kinds::ISSUED,
        kinds::SESSION,
        milagro_wire::server::locked::KIND,
        kinds::MESSAGE,
        kinds::MESSAGES,
    ];
    assert_eq!(kinds, [128, 129, 130, 131, 132, 133, 134].map(Kind::new));
}

#[test]
fn entries_of_issued_subjects_have_one_form() {
    let bytes: [u8; Issued::LEN] = core::array::from_fn(|at| u8::try_from(at).unwrap());
    let key = entry_key(
        &TrustDomainId::from_bytes([0xdd; 32]),
        &Issued::from_bytes(&bytes),
    );
    assert_eq!(key, [&[0xdd; 32][..], &bytes].concat());
    // Any bytes are an entry: hashes, which are compared and never interpreted.
    assert_eq!(Issued::from_bytes(&bytes).to_bytes(), bytes);
}
