//! A lost share comes back.

use super::{G, found, keys, session};
use crate::ceremony::{
    CeremonyError, MemberKey, Party, Piece, PlanError, RepairFault, RepairPlan, Roster, Signed,
    Split, SplitMessage, Splitting, Sum,
};
use crate::tests::{id, rng, subsets};
use crate::{Authority, AuthorityId, Bls12381G1, Group as _, Mpin};

struct Scene {
    plan: RepairPlan<Mpin>,
    lost: Authority<Mpin>,
    helpers: Vec<(MemberKey<G>, Authority<Mpin>)>,
}

/// Member `lost` of t of n asks the members of a subset of the others.
fn scene(t: u16, n: u16, lost: u16, subset: &[usize]) -> Scene {
    let (keys, authorities) = found(t, n);
    let mut members: Vec<_> = keys.into_iter().zip(authorities).collect();
    let (_, lost) = members.remove(usize::from(lost) - 1);
    let mut place = 0;
    members.retain(|_| {
        place += 1;
        subset.contains(&(place - 1))
    });
    let ids = members
        .iter()
        .map(|(key, authority)| (authority.id(), key.public()));
    let roster = Roster::new(ids).unwrap();
    let domain = lost.domain().clone();
    Scene {
        plan: RepairPlan::new(session(), domain, lost.id(), roster).unwrap(),
        lost,
        helpers: members,
    }
}

type Pieces = Vec<(AuthorityId, Piece<G>)>;

fn split(scene: &Scene) -> (Vec<Splitting<Mpin>>, Vec<SplitMessage<G>>, Pieces) {
    let (mut states, mut splits, mut pieces) = (Vec::new(), Vec::new(), Vec::new());
    for (key, authority) in &scene.helpers {
        let (state, message, private) = scene
            .plan
            .clone()
            .split(key, authority, &mut rng())
            .unwrap();
        states.push(state);
        splits.push(Signed::from_bytes(&message.to_bytes()).unwrap());
        pieces.extend(private.into_iter().map(|piece| (authority.id(), piece)));
    }
    (states, splits, pieces)
}

fn copies(pieces: &Pieces) -> Pieces {
    let copy = |(from, piece): &(AuthorityId, Piece<G>)| {
        (*from, Piece::from_bytes(&piece.to_bytes()).unwrap())
    };
    pieces.iter().map(copy).collect()
}

fn recover(
    scene: &Scene,
    forge: impl Fn(&mut Vec<(AuthorityId, Sum<G>)>),
) -> Result<Authority<Mpin>, CeremonyError> {
    let (states, splits, pieces) = split(scene);
    let mut sums = Vec::new();
    for (state, (_, helper)) in states.into_iter().zip(&scene.helpers) {
        let sum = state.sum(splits.clone(), &copies(&pieces))?;
        sums.push((helper.id(), Sum::from_bytes(&sum.to_bytes()).unwrap()));
    }
    forge(&mut sums);
    scene.plan.clone().recover(splits, &sums)
}

#[test]
fn any_t_others_bring_the_share_back() {
    for (t, n) in [(1, 2), (2, 3), (3, 5)] {
        for lost in 1..=n {
            for subset in subsets(t.into(), usize::from(n) - 1) {
                let scene = scene(t, n, lost, &subset);
                let repaired = recover(&scene, |_| ()).unwrap();
                assert_eq!(repaired.secret().to_bytes(), scene.lost.secret().to_bytes());
                assert_eq!(repaired.id(), scene.lost.id());
            }
        }
    }
}

#[test]
fn whoever_lies_is_named() {
    let scene = scene(2, 3, 1, &[0, 1]);
    let other = Bls12381G1::secret_from_wide(&[3; 64]);

    // A wrong sum.
    let forge = |sums: &mut Vec<(AuthorityId, Sum<G>)>| sums[0].1.value = other.clone();
    let error = recover(&scene, forge).unwrap_err();
    assert_eq!(error, CeremonyError::Repair(id(2), RepairFault::Sum));
    // No sum.
    let forge = |sums: &mut Vec<(AuthorityId, Sum<G>)>| drop(sums.remove(1));
    let error = recover(&scene, forge).unwrap_err();
    assert_eq!(error, CeremonyError::Missing(Party::Dealer(id(3))));

    // A wrong piece.
    let (mut states, splits, mut pieces) = split(&scene);
    pieces[0].1.value = other;
    let error = states.remove(1).sum(splits.clone(), &pieces).unwrap_err();
    assert_eq!(error, CeremonyError::Repair(id(2), RepairFault::Piece));
    // No piece.
    let error = states.remove(0).sum(splits, &[]).unwrap_err();
    assert_eq!(error, CeremonyError::Missing(Party::Dealer(id(3))));

    // Pieces of another share than its own.
    let (mut states, mut splits, pieces) = split(&scene);
    let wrong = Split(vec![*scene.plan.domain.commitment(); 2]);
    let key = (&scene.plan.digest(), &scene.helpers[0].0);
    splits[0] = Signed::sign(key, id(2), wrong, &mut rng()).unwrap();
    let error = states.remove(1).sum(splits, &pieces).unwrap_err();
    assert_eq!(error, CeremonyError::Repair(id(2), RepairFault::Split));
}

#[test]
fn two_versions_of_a_split_convict_their_author() {
    let scene = scene(2, 3, 1, &[0, 1]);
    let (states, splits, pieces) = split(&scene);
    // To the member that repairs, helper 2 shows other commitments: another split of the same term.
    let (_, others, _) = split(&scene);
    let mut sums = Vec::new();
    for (state, (_, helper)) in states.into_iter().zip(&scene.helpers) {
        sums.push((
            helper.id(),
            state.sum(splits.clone(), &copies(&pieces)).unwrap(),
        ));
    }
    let shown = vec![others[0].clone(), splits[1].clone()];
    let error = scene.plan.clone().recover(shown, &sums).unwrap_err();
    assert_eq!(error, CeremonyError::Equivocated(Party::Dealer(id(2))));
}

#[test]
fn helpers_are_t_other_members() {
    let (_, authorities) = found(2, 3);
    let domain = authorities[0].domain();
    let keys = keys(4);
    let pick = |numbers: &[u16]| {
        let members = numbers
            .iter()
            .map(|n| (id(*n), keys[usize::from(*n) - 1].public()));
        Roster::new(members).unwrap()
    };
    for helpers in [&[1, 2][..], &[2], &[2, 4], &[]] {
        let plan = RepairPlan::new(session(), domain.clone(), id(1), pick(helpers));
        assert_eq!(plan.unwrap_err(), PlanError::Helpers);
    }
    let plan = RepairPlan::new(session(), domain.clone(), id(4), pick(&[1, 2]));
    assert_eq!(plan.unwrap_err(), PlanError::Helpers);
    let plan = RepairPlan::new(session(), domain.clone(), id(1), pick(&[2, 3])).unwrap();
    // The key of helper 2 with the share of another.
    let seat = plan.split(&keys[1], &authorities[2], &mut rng());
    assert_eq!(seat.unwrap_err(), CeremonyError::Seat);
}
