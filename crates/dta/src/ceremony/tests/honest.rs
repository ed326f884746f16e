//! What comes out when nobody lies.

use milagro_mpin::MasterSecret;
use subtle::ConstantTimeEq as _;

use super::{Tamper, found, founding, keys, roster, run, session};
use crate::ceremony::{CeremonyError, MemberKey, Plan, PlanError, Roster};
use crate::tests::{SIZES, alice, dealt, id, master, rng, subsets, threshold};
use crate::{
    Authority, Bls12381G1, ClientSecret, CombineError, G1Share, Mpin, TrustDomain, combine,
};

/// Alice's secret from these authorities.
fn secret(authorities: &[&Authority<Mpin>]) -> Result<milagro_mpin::ClientSecret, CombineError> {
    let shares = authorities.iter().map(|authority| {
        let share: G1Share<ClientSecret> = authority.issue(&alice(), &mut rng()).unwrap();
        (authority.id(), share)
    });
    let domain = authorities.last().unwrap().domain();
    combine(domain, alice(), shares).map(|combined| combined.key)
}

fn direct(authorities: &[Authority<Mpin>]) -> milagro_mpin::ClientSecret {
    let master = MasterSecret::from_bytes(&master(authorities).to_bytes()).unwrap();
    assert_eq!(*authorities[0].domain().commitment(), master.commitment());
    master.issue_client(&alice())
}

fn check_all_subsets(authorities: &[Authority<Mpin>], expected: &milagro_mpin::ClientSecret) {
    let threshold = authorities[0].domain().threshold();
    let (t, n) = (threshold.needed().into(), threshold.members().into());
    for subset in subsets(t, n) {
        let some: Vec<_> = subset.iter().map(|index| &authorities[*index]).collect();
        assert!(
            bool::from(secret(&some).unwrap().ct_eq(expected)),
            "{subset:?}"
        );
    }
    if t > 1 {
        let few: Vec<_> = authorities.iter().take(t - 1).collect();
        assert!(matches!(secret(&few), Err(CombineError::TooFew { .. })));
    }
}

fn unwrap(
    outcomes: Vec<Result<crate::ceremony::Outcome<Mpin>, CeremonyError>>,
) -> Vec<Authority<Mpin>> {
    let outcomes: Vec<_> = outcomes.into_iter().map(Result::unwrap).collect();
    assert!(
        outcomes
            .windows(2)
            .all(|pair| pair[0].domain == pair[1].domain)
    );
    assert!(outcomes.iter().all(|outcome| outcome.excluded.is_empty()));
    outcomes
        .into_iter()
        .filter_map(|outcome| outcome.authority)
        .collect()
}

#[test]
fn founded_domains_issue_what_the_direct_key_would() {
    for (t, n) in SIZES {
        let (_, authorities) = found(t, n);
        let domain = authorities[0].domain();
        assert_eq!(
            TrustDomain::from_bytes(&domain.to_bytes()).as_ref(),
            Ok(domain)
        );
        check_all_subsets(&authorities, &direct(&authorities));
    }
}

/// Whoever sits in both rosters under one key has one seat.
fn seats<'a>(
    keys: &'a [MemberKey<Bls12381G1>],
    authorities: &'a [Authority<Mpin>],
) -> Vec<(&'a MemberKey<Bls12381G1>, Option<&'a Authority<Mpin>>)> {
    keys.iter().zip(authorities.iter().map(Some)).collect()
}

#[test]
fn a_refresh_keeps_every_secret_and_makes_old_shares_useless() {
    for (t, n) in SIZES {
        let (keys, old) = found(t, n);
        let domain = old[0].domain();
        let plan = Plan::refresh(session(), domain.clone(), roster(&keys));
        if t == 1 {
            assert_eq!(plan.unwrap_err(), PlanError::NothingToRefresh);
            continue;
        }
        let outcomes = run(&plan.unwrap(), &seats(&keys, &old), &Tamper::default());
        let new = unwrap(outcomes);
        let renewed = new[0].domain();
        assert_eq!(
            (renewed.id(), renewed.commitment()),
            (domain.id(), domain.commitment())
        );
        assert_eq!(renewed.generation(), 1);
        let expected = direct(&old);
        check_all_subsets(&new, &expected);
        for (old, new) in old.iter().zip(&new) {
            assert_ne!(old.secret().to_bytes(), new.secret().to_bytes());
        }
        // One old share among the new ones is named; too many leave too few.
        let mut mixed: Vec<_> = new.iter().take(t.into()).collect();
        mixed[0] = &old[0];
        let error = secret(&mixed).unwrap_err();
        assert!(
            matches!(&error, CombineError::MixedGenerations { expected: 1, culprits }
                if culprits.len() == 1 && culprits[0].authority == id(1)),
            "{error}"
        );
        // And the numbers themselves do not add up to the key.
        let forged = master_of(&mixed);
        assert!(!bool::from(forged.ct_eq(&*master(&new).to_bytes())));
    }
}

fn master_of(authorities: &[&Authority<Mpin>]) -> [u8; 32] {
    let ids: Vec<_> = authorities.iter().map(|authority| authority.id()).collect();
    let coefficients = crate::sharing::Coefficients::at_zero(&ids).unwrap();
    let zero = milagro_curve::SecretResidue::zero();
    let sum = authorities
        .iter()
        .zip(coefficients.scalars::<Bls12381G1>())
        .fold(zero, |sum, (authority, k)| {
            sum.add(&authority.secret().mul_public(&k))
        });
    *sum.to_bytes()
}

#[test]
fn resharing_to_others_keeps_key_id_and_secrets() {
    for ((t, n), (t2, n2)) in [
        ((1, 1), (2, 3)),
        ((2, 3), (3, 5)),
        ((3, 5), (2, 2)),
        ((2, 2), (1, 1)),
        ((5, 9), (11, 16)),
    ] {
        let (old_keys, old) = found(t, n);
        let new_keys = keys(n2);
        // The last t of the old members deal.
        let skip = usize::from(n - t);
        let dealers = (1..=n)
            .map(id)
            .zip(old_keys.iter().map(MemberKey::public))
            .skip(skip);
        let plan = Plan::reshare(
            session(),
            old[0].domain().clone(),
            Roster::new(dealers).unwrap(),
            threshold(t2, n2),
            roster(&new_keys),
        )
        .unwrap();
        let receivers = new_keys.iter().map(|key| (key, None));
        let seats: Vec<_> = seats(&old_keys[skip..], &old[skip..])
            .into_iter()
            .chain(receivers)
            .collect();
        let new = unwrap(run(&plan, &seats, &Tamper::default()));
        assert_eq!(new.len(), usize::from(n2));
        let (before, after) = (old[0].domain(), new[0].domain());
        assert_eq!(
            (before.id(), before.commitment()),
            (after.id(), after.commitment())
        );
        assert_eq!(
            (after.generation(), after.threshold()),
            (1, threshold(t2, n2))
        );
        check_all_subsets(&new, &direct(&old));
    }
}

#[test]
fn members_stay_on_when_a_domain_grows() {
    let (mut keys, old) = found(2, 3);
    let dealers = roster(&keys);
    keys.extend(super::keys(2));
    let domain = old[0].domain().clone();
    let plan = Plan::reshare(session(), domain, dealers, threshold(3, 5), roster(&keys)).unwrap();
    let authorities = old.iter().map(Some).chain([None, None]);
    let seats: Vec<_> = keys.iter().zip(authorities).collect();
    let new = unwrap(run(&plan, &seats, &Tamper::default()));
    check_all_subsets(&new, &direct(&old));
}

#[test]
fn a_dealer_can_be_left_out() {
    let (plan, keys) = founding(2, 3);
    let plan = plan.leave_out(session(), id(2)).unwrap();
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    let authorities = unwrap(run(&plan, &seats, &Tamper::default()));
    check_all_subsets(&authorities, &direct(&authorities));
    let plan = plan.leave_out(session(), id(1));
    assert_eq!(plan.unwrap_err(), PlanError::Dealers);
}

#[test]
fn plans_that_cannot_work_are_refused() {
    let five = keys(5);
    let all = roster(&five);
    let pair = |number: u16, key: &MemberKey<_>| (id(number), key.public());
    let gap = Roster::new([pair(1, &five[0]), pair(3, &five[1])]).unwrap();
    for members in [gap, roster(&five[..4]), Roster::new([]).unwrap()] {
        let plan = Plan::<Mpin>::found(session(), "example", threshold(2, 5), members);
        assert_eq!(plan.unwrap_err(), PlanError::Roster);
    }
    assert_eq!(
        Roster::new([pair(1, &five[0]), pair(1, &five[1])]),
        Err(PlanError::Roster)
    );
    assert_eq!(
        Roster::new([pair(1, &five[0]), pair(2, &five[0])]),
        Err(PlanError::Roster)
    );
    for name in ["", &"n".repeat(256)] {
        let plan = Plan::<Mpin>::found(session(), name, threshold(2, 5), all.clone());
        assert_eq!(plan.unwrap_err(), PlanError::Name);
    }
    let domain = dealt::<Mpin>(3, 5)[0].domain().clone();
    let few = roster(&five[..2]);
    let plan = Plan::reshare(session(), domain, few, threshold(2, 5), all.clone());
    assert_eq!(plan.unwrap_err(), PlanError::Dealers);
    assert_eq!(Roster::from_bytes(&all.to_bytes()), Ok(all));
}

#[test]
fn only_members_with_the_right_share_get_a_seat() {
    let (keys, authorities) = found(2, 2);
    let strangers = dealt::<Mpin>(2, 2);
    let domain = authorities[0].domain().clone();
    let plan = Plan::refresh(session(), domain, roster(&keys)).unwrap();
    let begin = |key: &MemberKey<_>, authority| {
        crate::ceremony::Committed::begin(plan.clone(), key, authority, &mut rng()).err()
    };
    let seat = Some(CeremonyError::Seat);
    assert_eq!(begin(&keys[0], Some(&authorities[0])), None);
    assert_eq!(begin(&keys[0], Some(&authorities[1])), seat);
    assert_eq!(begin(&keys[0], Some(&strangers[0])), seat);
    assert_eq!(begin(&keys[0], None), seat);
    let stranger = super::keys(1).remove(0);
    assert_eq!(begin(&stranger, Some(&authorities[0])), seat);
}
