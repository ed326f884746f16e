//! Permits, revocation lists and covers.

use milagro_mpin::{
    Identity, MasterSecret, Permit,
    names::EpochLength,
    permit::{Leaf, PermitLabel},
};
use proptest::prelude::*;

use super::{NOON, TODAY, alice, bob, dealt, desk, id, master, rng, sent, signed};
use milagro_curve::DecodeError;

use crate::domain::protocol::Mpin;
use crate::issue::authority::Authority;
use crate::issue::combine::combine;
use crate::issue::error::{CombineError, Culprit, Fault, IssueError};
use crate::issue::purpose::PersonalSubject;
use crate::issue::received::Received;
use crate::permits::cover::{CoverShare, combine_cover};
use crate::permits::desk::Window;
use crate::permits::revocation::{DomainMismatch, RevocationList};
use crate::permits::signed::SignedList;

fn direct(authorities: &[Authority<Mpin>], label: PermitLabel, identity: &Identity) -> Permit {
    let master = MasterSecret::from_bytes(&master(authorities).to_bytes()).unwrap();
    master.issue_permit(authorities[0].domain().id(), label, TODAY.length, identity)
}

fn cover(
    authority: &Authority<Mpin>,
    list: &SignedList,
    identity: &Identity,
) -> Received<CoverShare> {
    let share = desk(authority, list).cover(&mut rng(), identity, TODAY.epoch);
    let share = share.unwrap();
    sent(
        authority.id(),
        CoverShare::from_bytes(&share.to_bytes()).unwrap(),
    )
}

#[test]
fn permits_are_those_of_the_direct_key() {
    let authorities = dealt::<Mpin>(2, 3);
    let domain = authorities[0].domain();
    let mut list = RevocationList::new(*domain.id());
    list.revoke(&bob());
    let list = signed(&list);
    let subject = PersonalSubject {
        identity: alice(),
        period: TODAY,
    };
    let personal = authorities[1..].iter().map(|authority| {
        let share = desk(authority, &list).personal(&mut rng(), &alice(), TODAY.epoch);
        sent(authority.id(), share.unwrap())
    });
    let permit = combine(domain, subject.clone(), personal).unwrap().key;
    let label = PermitLabel::Personal { epoch: TODAY.epoch };
    assert_eq!(permit, direct(&authorities, label, &alice()));

    let shares = authorities[..2]
        .iter()
        .map(|authority| cover(authority, &list, &alice()));
    let permit = combine_cover(domain, &alice(), TODAY, shares).unwrap().key;
    assert!(permit.label().covers(&alice(), domain.id()));
    assert!(!permit.label().covers(&bob(), domain.id()));
    assert_eq!(permit, direct(&authorities, *permit.label(), &alice()));
}

#[test]
fn the_revoked_get_nothing() {
    let authorities = dealt::<Mpin>(2, 3);
    let mut list = RevocationList::new(*authorities[0].domain().id());
    assert!(list.revoke(&bob()) && !list.revoke(&bob()));
    let signed_list = signed(&list);
    let rng = &mut rng();
    let (authority, today) = (&authorities[0], TODAY.epoch);
    let at = desk(authority, &signed_list);
    let personal = at.personal(rng, &bob(), today);
    assert_eq!(personal.unwrap_err(), IssueError::Revoked);
    let cover = at.cover(rng, &bob(), today);
    assert_eq!(cover.unwrap_err(), IssueError::Revoked);
    let many = at.personal_batch(rng, &[bob(), alice()], today);
    assert_eq!(many.unwrap_err(), IssueError::Revoked);
    let batches = authorities[1..].iter().map(|authority| {
        let batch = desk(authority, &signed_list).personal_batch(rng, &[alice()], today);
        sent(authority.id(), batch.unwrap())
    });
    let subjects = [PersonalSubject {
        identity: alice(),
        period: TODAY,
    }];
    let permits = combine(authority.domain(), subjects.to_vec(), batches);
    let label = PermitLabel::Personal { epoch: today };
    assert_eq!(
        permits.unwrap().key,
        [direct(&authorities, label, &alice())]
    );
    let stranger = signed(&RevocationList::new(*dealt::<Mpin>(1, 1)[0].domain().id()));
    let foreign = authority.permits(&stranger, Window::DAILY, NOON);
    assert_eq!(foreign.unwrap_err(), IssueError::WrongList);
    assert!(list.restore(&bob()) && !list.restore(&bob()));
    list.revoke(&bob());
    let leaf = Leaf::of(&bob(), list.domain());
    assert!(list.restore_leaf(leaf) && !list.restore_leaf(leaf));
    let restored = signed(&list);
    let again = desk(authority, &restored).personal(rng, &bob(), today);
    assert!(again.is_ok());
}

#[test]
fn different_lists_do_not_combine_and_the_error_says_so() {
    let authorities = dealt::<Mpin>(2, 3);
    let domain = authorities[0].domain();
    let new = RevocationList::new(*domain.id());
    let mut old = new.clone();
    old.revoke(&bob());
    let (new, old) = (signed(&new), signed(&old));
    let given = vec![
        cover(&authorities[0], &new, &alice()),
        cover(&authorities[1], &old, &alice()),
    ];
    let error = combine_cover(domain, &alice(), TODAY, given).unwrap_err();
    assert_eq!(
        error,
        CombineError::DifferentLists {
            lists: vec![sent(id(1), *new.mark()), sent(id(2), *old.mark())],
            culprits: Vec::new()
        }
    );
    assert!(error.to_string().contains("different revocation lists"));

    // One authority that ignores the list gives the revoked nothing.
    let given = vec![cover(&authorities[0], &new, &bob())];
    assert!(combine_cover(domain, &bob(), TODAY, given).is_err());

    // Two of three agree.
    let given = vec![
        cover(&authorities[0], &new, &alice()),
        cover(&authorities[1], &old, &alice()),
        cover(&authorities[2], &old, &alice()),
    ];
    let combined = combine_cover(domain, &alice(), TODAY, given).unwrap();
    assert!(!combined.key.label().covers(&bob(), domain.id()));
}

#[test]
fn lies_about_covers_are_named() {
    let authorities = dealt::<Mpin>(2, 4);
    let domain = authorities[0].domain();
    let mut list = RevocationList::new(*domain.id());
    list.revoke(&bob());
    let list = signed(&list);
    let honest = || {
        authorities
            .iter()
            .map(|authority| cover(authority, &list, &alice()))
    };
    let weekly = Window {
        length: EpochLength::new(604_800.into()).unwrap(),
        ahead: 20_000,
    };
    let issue = |window, epoch| {
        let desk = authorities[1].permits(&list, window, NOON).unwrap();
        desk.cover(&mut rng(), &alice(), epoch).unwrap()
    };
    let moved = {
        let mut bytes = honest().nth(1).unwrap().value.to_bytes();
        bytes[56] ^= 1;
        CoverShare::from_bytes(&bytes).unwrap()
    };
    let cases = [
        (
            "tomorrow",
            issue(Window::DAILY, TODAY.epoch.next()),
            Fault::Proof,
        ),
        ("week", issue(weekly, TODAY.epoch), Fault::Proof),
        ("gap moved", moved, Fault::Proof),
        ("index", honest().nth(2).unwrap().value, Fault::Index),
    ];
    for (name, bad, fault) in cases {
        let mut given: Vec<_> = honest().collect();
        given[1].value = bad;
        let combined = combine_cover(domain, &alice(), TODAY, given).unwrap();
        let culprit = Culprit {
            authority: id(2),
            fault,
        };
        assert_eq!(combined.culprits, [culprit], "{name}");
    }
    // A gap that does not hold the leaf: that of the neighbour.
    let leaf = |identity| Leaf::of(&identity, domain.id());
    let beyond = (0_u32..).map(|n| Identity::raw(&n.to_be_bytes()).unwrap());
    let mut beyond =
        beyond.filter(|other| (leaf(other.clone()) < leaf(bob())) != (leaf(alice()) < leaf(bob())));
    let mut given: Vec<_> = honest().collect();
    given[1] = cover(&authorities[1], &list, &beyond.next().unwrap());
    given.push(cover(&authorities[0], &list, &alice()));
    let combined = combine_cover(domain, &alice(), TODAY, given).unwrap();
    let faults: Vec<_> = combined
        .culprits
        .iter()
        .map(|c| (c.authority.get(), c.fault))
        .collect();
    assert_eq!(faults, [(2, Fault::Gap), (1, Fault::Duplicate)]);
}

/// Every leaf that can be wrong by one: next to revoked ones and at the ends.
fn check_gaps(revoked: &[u128]) {
    let domain = milagro_mpin::TrustDomainId::from_bytes([7; 32]);
    let mut list = RevocationList::new(domain);
    for leaf in revoked {
        list.revoke_leaf(Leaf(*leaf));
    }
    let gaps: Vec<(Leaf, Leaf)> = list.gaps().collect();
    assert!(gaps.len() <= list.len() + 1);
    assert!(gaps.iter().all(|(low, high)| low <= high));
    assert!(gaps.windows(2).all(|pair| pair[0].1.0 + 1 < pair[1].0.0));
    let near = revoked.iter().flat_map(|leaf| {
        [
            leaf.wrapping_sub(1),
            *leaf,
            leaf.wrapping_add(1),
            leaf.wrapping_mul(3),
        ]
    });
    for leaf in near.chain([0, 1, u128::MAX - 1, u128::MAX]).map(Leaf) {
        let after = gaps.partition_point(|(low, _)| *low <= leaf);
        let holds = after
            .checked_sub(1)
            .map(|at| gaps[at])
            .filter(|(_, high)| leaf <= *high);
        assert_eq!(holds.is_none(), list.contains_leaf(leaf), "{leaf:?}");
        assert_eq!(list.gap_of(leaf), holds);
    }
    // Lengths of gaps and revoked leaves add up to all 2^128 leaves.
    let covered = gaps.iter().fold(0_u128, |sum, (low, high)| {
        sum.wrapping_add(high.0 - low.0).wrapping_add(1)
    });
    let count = u128::try_from(list.len()).unwrap();
    assert_eq!(covered.wrapping_add(count), 0);
    assert_eq!(RevocationList::from_bytes(&list.to_bytes()), Ok(list));
}

#[test]
fn gaps_of_adversarial_lists() {
    check_gaps(&[]);
    check_gaps(&[0]);
    check_gaps(&[u128::MAX]);
    check_gaps(&[0, u128::MAX]);
    check_gaps(&[1, u128::MAX - 1]);
    check_gaps(&[0, 1, 2, 3, 5, 6, u128::MAX - 1, u128::MAX]);
    check_gaps(&(1000..2000).collect::<Vec<_>>());
    check_gaps(
        &(0..100_000_u128)
            .map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c))
            .collect::<Vec<_>>(),
    );
    check_gaps(&(0..100_000).collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn gaps_of_random_lists(wide in prop::collection::vec(any::<u128>(), 0..200),
                            dense in prop::collection::vec(0..64_u128, 0..64)) {
        check_gaps(&wide);
        check_gaps(&dense);
    }
}

#[test]
fn lists_merge_and_have_one_encoding() {
    let domain = milagro_mpin::TrustDomainId::from_bytes([7; 32]);
    let mut list = RevocationList::new(domain);
    let mut other = list.clone();
    list.revoke(&alice());
    other.revoke(&bob());
    other.revoke(&alice());
    assert_ne!(list.hash(), other.hash());
    list.merge(&other).unwrap();
    assert_eq!((list.len(), list.hash()), (2, other.hash()));
    assert_eq!(list.to_bytes(), other.to_bytes());
    let foreign = RevocationList::new(milagro_mpin::TrustDomainId::from_bytes([8; 32]));
    assert_eq!(list.merge(&foreign), Err(DomainMismatch));
    let bytes = list.to_bytes();
    for cut in 0..bytes.len() {
        assert_eq!(
            RevocationList::from_bytes(&bytes[..cut]),
            Err(DecodeError::Length)
        );
    }
    let mut swapped = bytes.clone();
    swapped[37..].rotate_left(16);
    let mut twice = bytes.clone();
    twice.copy_within(37..53, 53);
    let mut huge = bytes;
    huge[33..37].copy_from_slice(&[0xff; 4]);
    for bad in [swapped, twice, huge] {
        assert_eq!(RevocationList::from_bytes(&bad), Err(DecodeError::Value));
    }
}
