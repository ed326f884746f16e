//! Keys of Milagro deployments with two authorities: every part is its master secret times the point,
//! and the parts add up.

#![forbid(unsafe_code)]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests, which clippy does not take for tests"
)]

use milagro_curve::{
    G1Point, G2Point, SecretG1, SecretG1Sum, SecretG2, SecretG2Sum, SecretResidue, SecretScalar,
};
use milagro_dta::ceremony::{Board, Plan, Seat, Seed, advance};
use milagro_dta::grants::{GrantError, IssuedSet};
use milagro_dta::issue::{ClientSecret, G1Share, Received, combine};
use milagro_dta::{Authority, MemberKey, Mpin, Roster, Threshold};
use milagro_ledger::memory::MemoryLedger;
use milagro_mpin::rand_core::UnwrapErr;
use milagro_mpin::{Identity, MasterSecret};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: u32,
    identity_point: String,
    /// The sum of the identity's point and the permit's.
    identity_and_permit_point: String,
    master_shares: [String; 2],
    client_shares: [String; 2],
    client_secret: String,
    server_shares: [String; 2],
    server_secret: String,
    permit_shares: [String; 2],
    permit: String,
}

/// 48 bytes big-endian, of which the first 16 are zero.
fn scalar(text: &str) -> SecretScalar {
    let bytes = hex::decode(text).unwrap();
    let (zero, bytes) = bytes.split_at(16);
    assert_eq!(zero, [0; 16]);
    SecretScalar::from_bytes(bytes.try_into().unwrap()).unwrap()
}

/// 04 || x || y.
fn g1(text: &str) -> G1Point {
    let bytes = hex::decode(text).unwrap();
    assert_eq!(bytes[0], 4);
    G1Point::from_uncompressed(bytes[1..].try_into().unwrap()).unwrap()
}

/// x.c0 || x.c1 || y.c0 || y.c1; the standard has the second coefficient first.
fn g2(text: &str) -> G2Point {
    let bytes = hex::decode(text).unwrap();
    let [a, b, c, d] = [0, 48, 96, 144].map(|at| &bytes[at..at + 48]);
    let bytes = [b, a, d, c].concat();
    G2Point::from_uncompressed(bytes[..].try_into().unwrap()).unwrap()
}

fn cases() -> Vec<Case> {
    let file: File = serde_json::from_str(include_str!("milagro_shares.json")).unwrap();
    assert!(!file.source.is_empty());
    assert!(file.cases.len() >= 10);
    file.cases
}

#[test]
fn parts_in_g1_are_products_and_add_up() {
    for case in cases() {
        let masters = case.master_shares.each_ref().map(|text| scalar(text));
        let identity = g1(&case.identity_point);
        let permit = g1(&case.identity_and_permit_point) - identity;
        for (base, parts, whole) in [
            (identity, &case.client_shares, &case.client_secret),
            (
                permit.to_point().unwrap(),
                &case.permit_shares,
                &case.permit,
            ),
        ] {
            let parts = parts.each_ref().map(|text| SecretG1::from(g1(text)));
            for (master, part) in masters.iter().zip(&parts) {
                let product = base.mul_secret(master);
                assert!(bool::from(product.ct_eq(part)), "case {}", case.id);
            }
            let [one, two] = &parts;
            let sum = SecretG1Sum::zero().add(one).add(two).to_secret().unwrap();
            assert_eq!(sum.declassify(), g1(whole), "case {}", case.id);
        }
    }
}

#[test]
fn parts_in_g2_are_products_and_add_up() {
    for case in cases() {
        let parts = case
            .server_shares
            .each_ref()
            .map(|text| SecretG2::from(g2(text)));
        for (master, part) in case.master_shares.iter().zip(&parts) {
            let product = G2Point::generator().mul_secret(&scalar(master));
            assert!(bool::from(product.ct_eq(part)), "case {}", case.id);
        }
        let [one, two] = &parts;
        let sum = SecretG2Sum::zero().add(one).add(two).to_secret().unwrap();
        assert_eq!(
            sum.declassify(),
            g2(&case.server_secret),
            "case {}",
            case.id
        );
    }
}

/// Two authorities with master secrets of their own make a domain of 2 of 2 whose key is the sum.
fn joined(masters: &[SecretScalar; 2]) -> Vec<Authority<Mpin>> {
    let rng = &mut UnwrapErr(getrandom::SysRng);
    let keys = [(); 2].map(|()| MemberKey::random(rng));
    let roster = Roster::new(keys.iter().map(MemberKey::public));
    let threshold = Threshold::new(2, 2).unwrap();
    let plan = Plan::<Mpin>::found([1; 32], "milagro", threshold, roster.unwrap()).unwrap();
    let seeds = [(); 2].map(|()| Seed::random(rng));
    let mut logs: [Vec<Vec<u8>>; 2] = Default::default();
    let mut board = Board::new(&plan);
    loop {
        let mut authorities = Vec::new();
        for place in 0..2 {
            let master = MasterSecret::from_bytes(&masters[place].to_bytes()).unwrap();
            let seat = Seat::take(&plan, &keys[place], &seeds[place], None).unwrap();
            let seat = seat.bringing(&master);
            let progress = advance(&seat, &logs[place], &board).unwrap();
            if let Some(message) = progress.send {
                logs[place].push(message.clone());
                board.add(&message).unwrap();
            }
            authorities.extend(progress.result.and_then(|outcome| outcome.authority));
        }
        if authorities.len() == 2 {
            return authorities;
        }
    }
}

#[test]
fn two_authorities_of_a_deployment_found_a_domain() {
    let rng = &mut UnwrapErr(getrandom::SysRng);
    for case in cases().into_iter().take(3) {
        let masters = case.master_shares.each_ref().map(|text| scalar(text));
        let [one, two] = &masters;
        let sum: SecretResidue = one.to_residue().add(&two.to_residue());
        let sum = sum.to_nonzero().unwrap();
        let mut authorities = joined(&masters);
        // It has users, so its authorities do not begin as those of a domain that has none.
        let nobody = IssuedSet::new(*authorities[0].domain().id());
        let ledger = MemoryLedger::init(rng, 10, 1_800_000_000.into());
        let refused = authorities[0].count_in_local(&ledger, &nobody, 1_800_000_000.into());
        assert_eq!(refused, Err(GrantError::Set));
        let domain = authorities[0].domain();
        assert_eq!(*domain.commitment(), &G1Point::generator() * &sum);
        // A user of the deployment gets the secret that the two parts added up to.
        let alice = Identity::raw(b"alice").unwrap();
        let shares: Vec<Received<G1Share<ClientSecret>>> = authorities
            .iter()
            .map(|authority| Received {
                from: authority.id(),
                value: authority.uncounted().issue(rng, &alice).unwrap(),
            })
            .collect();
        let secret = combine(domain, alice.clone(), shares).unwrap().key;
        let parts = masters.each_ref().map(|master| {
            let master = MasterSecret::from_bytes(&master.to_bytes()).unwrap();
            master.issue_client(&alice)
        });
        let [one, two] = &parts;
        let whole = SecretG1Sum::zero().add(one.as_point()).add(two.as_point());
        assert!(bool::from(
            secret.as_point().ct_eq(&whole.to_secret().unwrap())
        ));
    }
}
