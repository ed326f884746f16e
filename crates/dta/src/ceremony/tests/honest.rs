//! The table of sizes, without lies.

use super::{Member, cases, copy, found, keys, results, roster, session, talk};
use crate::Mpin;
use crate::ceremony::{Plan, PlanError};
use crate::domain::roster::MemberKey;
use crate::issue::authority::Authority;
use crate::issue::combine::combine;
use crate::issue::error::CombineError;
use crate::issue::purpose::ClientSecret;
use crate::issue::received::Received;
use crate::issue::share::G1Share;
use crate::tests::{SIZES, alice, id, master, rng, sent, subsets, threshold};
use subtle::ConstantTimeEq as _;

type Client = milagro_mpin::ClientSecret;

/// The secret that some authorities issue.
fn issued(authorities: &[&Authority<Mpin>]) -> Result<Client, CombineError> {
    let shares: Vec<Received<G1Share<ClientSecret>>> = authorities
        .iter()
        .map(|authority| {
            sent(
                authority.id(),
                authority.uncounted().issue(&mut rng(), &alice()).unwrap(),
            )
        })
        .collect();
    let combined = combine(authorities[0].domain(), alice(), shares)?;
    assert!(combined.culprits.is_empty());
    Ok(combined.key)
}

/// Every set of t issues what the master key would, and no set of t - 1 issues anything.
fn assert_complete(authorities: &[Authority<Mpin>], expected: &Client) {
    let threshold = authorities[0].domain().threshold();
    let (t, n) = (usize::from(threshold.needed()), authorities.len());
    for set in subsets(t, n) {
        let some: Vec<_> = set.iter().map(|index| &authorities[*index]).collect();
        assert!(
            bool::from(issued(&some).unwrap().ct_eq(expected)),
            "{set:?}"
        );
    }
    if t > 1 {
        let few: Vec<_> = authorities[..t - 1].iter().collect();
        assert!(matches!(issued(&few), Err(CombineError::TooFew { .. })));
    }
}

fn direct(authorities: &[Authority<Mpin>]) -> Client {
    let master = master(authorities);
    milagro_mpin::MasterSecret::from_bytes(&master.to_bytes())
        .unwrap()
        .issue_client(&alice())
}

/// A session of a plan among members with keys and shares.
pub(super) fn hold(
    plan: &Plan<Mpin>,
    seats: &[(&MemberKey<super::G>, Option<&Authority<Mpin>>)],
) -> Vec<Authority<Mpin>> {
    let mut members: Vec<_> = seats
        .iter()
        .map(|(key, held)| Member::new(plan, key, *held))
        .collect();
    talk(plan, &mut members);
    results(plan, &members)
}

fn refreshed(keys: &[MemberKey<super::G>], old: &[Authority<Mpin>]) -> Vec<Authority<Mpin>> {
    let plan = Plan::refresh(session(), old[0].domain().clone(), roster(keys)).unwrap();
    let seats: Vec<_> = keys.iter().zip(old.iter().map(Some)).collect();
    hold(&plan, &seats)
}

#[test]
fn the_table_of_sizes() {
    for (t, n) in SIZES {
        let (keys, authorities) = found(t, n);
        assert_eq!(authorities.len(), usize::from(n));
        let domain = authorities[0].domain().clone();
        let secret = direct(&authorities);
        assert_complete(&authorities, &secret);

        let plan = Plan::refresh(session(), domain.clone(), roster(&keys));
        if t == 1 {
            assert_eq!(plan, Err(PlanError::NothingToRefresh));
            continue;
        }
        let new = refreshed(&keys, &authorities);
        assert_eq!(
            (new[0].domain().id(), new[0].domain().generation()),
            (domain.id(), 1)
        );
        assert_eq!(new[0].domain().commitment(), domain.commitment());
        assert_ne!(new[0].domain().edition().digest, domain.edition().digest);
        assert_complete(&new, &secret);
        let mut mixed: Vec<_> = new[..usize::from(t) - 1].iter().collect();
        mixed.push(&authorities[usize::from(t) - 1]);
        assert!(matches!(
            issued(&mixed),
            Err(CombineError::MixedGenerations { expected: 1, .. })
        ));
    }
}

#[test]
fn a_key_is_handed_over() {
    let sizes = [
        ((2, 3), (3, 5)),
        ((3, 5), (2, 3)),
        ((1, 1), (2, 2)),
        ((2, 2), (1, 1)),
        ((5, 9), (5, 9)),
        ((5, 9), (11, 16)),
        ((11, 16), (3, 5)),
    ];
    for ((t, n), (t2, n2)) in sizes.into_iter().take(cases(4, 7)) {
        let (old_keys, old) = found(t, n);
        let secret = direct(&old);
        let domain = old[0].domain().clone();
        // Some of the new members are old ones under other numbers.
        let mut new_keys = keys(n2 - 1);
        new_keys.push(copy(&old_keys[0]));
        let to = threshold(t2, n2);
        let plan = Plan::reshare(
            session(),
            domain.clone(),
            roster(&old_keys),
            to,
            roster(&new_keys),
        );
        let plan = plan.unwrap();
        let mut seats: Vec<_> = old_keys.iter().zip(old.iter().map(Some)).collect();
        seats.extend(new_keys[..new_keys.len() - 1].iter().map(|key| (key, None)));
        let mut new = hold(&plan, &seats);
        new.sort_by_key(Authority::id);
        assert_eq!(new.len(), usize::from(n2));
        assert_eq!(new[0].domain().id(), domain.id());
        assert_eq!(new[0].domain().generation(), 1);
        assert_eq!(new[0].domain().threshold(), to);
        assert_complete(&new, &secret);
    }
}

#[test]
fn a_lost_share_is_repaired() {
    let sizes = [(1, 2), (2, 3), (3, 5), (5, 9), (11, 16)];
    for (t, n) in sizes.into_iter().take(cases(4, 5)) {
        let (keys, authorities) = found(t, n);
        let secret = direct(&authorities);
        let domain = authorities[0].domain().clone();
        let seat = id(n);
        let helpers = roster(&keys[..usize::from(t)]);
        let new_key = MemberKey::random(&mut rng());
        let plan =
            Plan::repair(session(), domain.clone(), helpers, seat, new_key.public()).unwrap();
        let helping = keys.iter().zip(authorities.iter().map(Some)).take(t.into());
        let seats: Vec<_> = helping.chain([(&new_key, None)]).collect();
        let repaired = hold(&plan, &seats);
        assert_eq!(repaired.len(), 1);
        assert_eq!(repaired[0].id(), seat);
        assert_eq!(repaired[0].domain(), &domain);
        let lost = &authorities[usize::from(n) - 1];
        assert_eq!(repaired[0].secret().to_bytes(), lost.secret().to_bytes());
        let mut all: Vec<_> = authorities
            .iter()
            .take(usize::from(n) - 1)
            .map(super::hold)
            .collect();
        all.extend(repaired);
        assert_complete(&all, &secret);
    }
}
