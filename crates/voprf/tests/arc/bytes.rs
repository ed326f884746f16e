//! What is stored: the formulas of the page, by other means.

use milagro_base::Seconds;
use milagro_ledger::{Account, Claim, Kind, Life};
use milagro_voprf::hazmat;
use sha2::{Digest as _, Sha256};

use super::support::{DAY, ORIGIN, Server, issue, show, terms};

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

#[test]
fn a_charge_is_the_documented_formula() {
    let server = Server::new();
    let terms = terms(b"forum", 16);
    let presentation = show(&mut issue(&server.key), &terms).unwrap();
    let paid = server.spend(&terms, &presentation, b"page").unwrap();
    let bytes = presentation.to_bytes();
    let tag = &bytes[99..132];
    assert_eq!(paid.tag(), tag);

    let context = sha256(&[b"MILAGRO-V1-ARC-TERMS-SHA256", terms.context()]);
    let key = server.key.public_key().to_bytes();
    let thing = sha256(&[b"MILAGRO-V1-ARC-SHOWN-SHA256", &key, &context, tag]);
    let shown = sha256(&[&bytes]);
    let claim = sha256(&[
        b"MILAGRO-V1-ARC-SHOWN-CLAIM-SHA256",
        &thing,
        &shown,
        b"page",
    ]);
    let life = Life::Span {
        from: Some(ORIGIN),
        until: ORIGIN.plus(DAY),
    };
    let (charge, _) = paid.charges().next().unwrap();
    assert_eq!(charge.account, Account::new(Kind::REDEMPTION, &thing, life));
    assert_eq!(charge.claim, Claim::public(claim));
}

#[test]
fn a_saved_credential_is_the_documented_layout() {
    let server = Server::new();
    let terms = terms(b"forum", 16);
    let mut credential = issue(&server.key);
    show(&mut credential, &terms).unwrap();
    show(&mut credential, &terms).unwrap();
    credential.forget(Seconds::new(7));
    let parts = hazmat::arc::parts(&credential);
    let expected = [
        &[1, 0, 7][..],
        b"members",
        &server.key.public_key().to_bytes(),
        &parts.m1,
        &parts.u,
        &parts.u_prime,
        &7_u64.to_be_bytes(),
        &[0, 0, 0, 1],
        &sha256(&[b"MILAGRO-V1-ARC-TERMS-SHA256", terms.context()]),
        &[0, 0, 0, 2],
        &ORIGIN.plus(DAY).to_bytes(),
    ];
    assert_eq!(credential.to_bytes().as_slice(), expected.concat());
}
