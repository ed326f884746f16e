//! Sets of issued subjects.

use milagro_mpin::TrustDomainId;
use proptest::prelude::*;

use super::{client, grant};
use crate::DecodeError;
use crate::grants::{Issued, IssuedSet, OtherDomain};
use crate::tests::{alice, bob};

const DOMAIN: TrustDomainId = TrustDomainId::from_bytes([7; 32]);

fn issued(subject: u8, claim: u8) -> Issued {
    let mut bytes = [subject; 64];
    bytes[32..].fill(claim);
    Issued::from_bytes(&bytes)
}

fn set(entries: &[(u8, u8)]) -> IssuedSet {
    let mut set = IssuedSet::new(DOMAIN);
    for (subject, claim) in entries {
        set.add(issued(*subject, *claim));
    }
    set
}

#[test]
fn an_entry_commits_to_subject_and_purpose_and_its_claim_to_the_key() {
    let (one, two) = (client(), client());
    let entry = |subject, key| grant(DOMAIN, subject, key).issued();
    let first = entry(alice(), &one);
    assert_eq!(first, entry(alice(), &one));
    assert_eq!(first, Issued::from_bytes(&first.to_bytes()));
    assert_eq!(first.account(), entry(alice(), &two).account());
    assert_ne!(first.claim(), entry(alice(), &two).claim());
    assert_ne!(first.account(), entry(bob(), &one).account());
    assert_ne!(first.claim(), entry(bob(), &one).claim());
    let other = TrustDomainId::from_bytes([8; 32]);
    assert_ne!(
        first.account(),
        grant(other, alice(), &one).issued().account()
    );
    assert_ne!(first.claim(), first.by_nobody().claim());
    assert_eq!(first.account(), first.by_nobody().account());
}

#[test]
fn two_claims_are_for_nobody_whatever_comes_then() {
    let mut both = set(&[(1, 1), (1, 2)]);
    both.add(issued(1, 1));
    assert_eq!(both, set(&[(1, 2), (1, 1)]));
    assert_ne!(both, set(&[(1, 1)]));
    let [entry] = both.entries().collect::<Vec<_>>()[..] else {
        panic!("one subject");
    };
    assert_eq!(entry, issued(1, 1).by_nobody());
    assert!(both.includes(&set(&[(1, 1)])) && !set(&[(1, 1)]).includes(&both));
    let other = IssuedSet::new(TrustDomainId::from_bytes([8; 32]));
    assert_eq!(both.merge(&other), Err(OtherDomain));
    assert!(!both.includes(&other));
}

#[test]
fn sets_decode_strictly() {
    let set = set(&[(1, 1), (2, 1), (2, 2), (3, 3)]);
    let bytes = set.to_bytes();
    assert_eq!(IssuedSet::from_bytes(&bytes), Ok(set));
    for cut in 0..bytes.len() {
        let error = IssuedSet::from_bytes(&bytes[..cut]);
        assert_eq!(error, Err(DecodeError::Length));
    }
    let with = |at: usize, new: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + new.len()].copy_from_slice(new);
        IssuedSet::from_bytes(&bytes).unwrap_err()
    };
    assert_eq!(with(0, &[2]), DecodeError::Version);
    assert_eq!(with(33, &[0xff; 4]), DecodeError::Value);
    assert_eq!(with(33, &[0, 0, 0, 2]), DecodeError::Length);
    assert_eq!(with(37 + 32, &[2]), DecodeError::Value);
    // Twice, and out of order.
    assert_eq!(with(37 + 65, &[1; 32]), DecodeError::Value);
    assert_eq!(with(37, &[9; 32]), DecodeError::Value);
}

proptest! {
    #[test]
    fn union_is_what_all_know(one in prop::collection::vec((0..6_u8, 0..3_u8), 0..12),
                              two in prop::collection::vec((0..6_u8, 0..3_u8), 0..12)) {
        let (a, b) = (set(&one), set(&two));
        let (mut ab, mut ba) = (a.clone(), b.clone());
        ab.merge(&b).unwrap();
        ba.merge(&a).unwrap();
        prop_assert_eq!(&ab, &ba);
        prop_assert_eq!(&ab, &set(&[one, two].concat()));
        prop_assert!(ab.includes(&a) && ab.includes(&b));
        prop_assert_eq!(a.includes(&b), ab == a);
        prop_assert_eq!(IssuedSet::from_bytes(&ab.to_bytes()), Ok(ab));
    }
}
