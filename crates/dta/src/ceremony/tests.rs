//! Ceremonies with honest members, with liars, and with a board that is nobody's friend.

mod honest;

use crate::ceremony::{Board, Outcome, Plan, Progress, Seat, Seed, advance};
use crate::domain::roster::{MemberKey, Roster};
use crate::issue::authority::Authority;
use crate::sharing::group::Bls12381G1;
use crate::tests::{id, rng, threshold};
use crate::{Mpin, rand_core::Rng as _};

pub(super) type G = Bls12381G1;

/// A member with what it stores: key, seed, share, log; and the board as it has seen it.
pub(super) struct Member {
    pub(super) key: MemberKey<G>,
    pub(super) seed: Seed,
    pub(super) held: Option<Authority<Mpin>>,
    pub(super) log: Vec<Vec<u8>>,
    pub(super) board: Board<Mpin>,
}

impl Member {
    pub(super) fn new(plan: &Plan<Mpin>, key: &MemberKey<G>, held: Option<&Authority<Mpin>>) -> Self {
        Self {
            key: copy(key),
            seed: Seed::random(&mut rng()),
            held: held.map(hold),
            log: Vec::new(),
            board: Board::new(plan),
        }
    }

    pub(super) fn look(&self, plan: &Plan<Mpin>) -> Progress<Mpin> {
        let seat = Seat::take(plan, &self.key, &self.seed, self.held.as_ref()).unwrap();
        advance(&seat, &self.log, &self.board).unwrap()
    }

    /// Says what it has to say, if anything.
    pub(super) fn speak(&mut self, plan: &Plan<Mpin>) -> Option<Vec<u8>> {
        let message = self.look(plan).send?;
        self.log.push(message.clone());
        Some(message)
    }

    pub(super) fn outcome(&self, plan: &Plan<Mpin>) -> Option<Outcome<Mpin>> {
        self.look(plan).result
    }
}

pub(super) fn copy(key: &MemberKey<G>) -> MemberKey<G> {
    MemberKey::from_bytes(&key.to_bytes()).unwrap()
}

pub(super) fn hold(authority: &Authority<Mpin>) -> Authority<Mpin> {
    let share = authority.secret().clone();
    Authority::new(authority.domain().clone(), authority.id(), share).unwrap()
}

pub(super) fn keys(count: u16) -> Vec<MemberKey<G>> {
    (0..count).map(|_| MemberKey::random(&mut rng())).collect()
}

pub(super) fn roster(keys: &[MemberKey<G>]) -> Roster<G> {
    let members = (1..).map(id).zip(keys.iter().map(MemberKey::public));
    Roster::new(members).unwrap()
}

pub(super) fn session() -> [u8; 32] {
    let mut bytes = [0; 32];
    rng().fill_bytes(&mut bytes);
    bytes
}

/// A plan to found a domain, and its members.
pub(super) fn founding(t: u16, n: u16) -> (Plan<Mpin>, Vec<Member>) {
    let keys = keys(n);
    let plan = Plan::found(session(), "example", threshold(t, n), roster(&keys)).unwrap();
    let members = keys.iter().map(|key| Member::new(&plan, key, None));
    let members = members.collect();
    (plan, members)
}

/// Everybody speaks until nobody has anything to say; all messages reach all.
pub(super) fn talk(plan: &Plan<Mpin>, members: &mut [Member]) {
    loop {
        let said: Vec<_> = members.iter_mut().filter_map(|member| member.speak(plan)).collect();
        if said.is_empty() {
            return;
        }
        for member in &mut *members {
            for message in &said {
                member.board.add(message).unwrap();
            }
        }
    }
}

/// Founds a domain among honest members.
pub(super) fn found(t: u16, n: u16) -> (Vec<MemberKey<G>>, Vec<Authority<Mpin>>) {
    let (plan, mut members) = founding(t, n);
    talk(&plan, &mut members);
    let keys = members.iter().map(|member| copy(&member.key)).collect();
    (keys, results(&plan, &members))
}

/// What members hold after an honest session.
pub(super) fn results(plan: &Plan<Mpin>, members: &[Member]) -> Vec<Authority<Mpin>> {
    let outcomes = members.iter().map(|member| {
        let progress = member.look(plan);
        assert!(progress.faults.is_empty() && progress.waiting.is_empty(), "{progress}");
        progress.result.expect("a result")
    });
    let outcomes: Vec<_> = outcomes.collect();
    assert!(outcomes.iter().all(|outcome| outcome.domain == outcomes[0].domain));
    outcomes.into_iter().filter_map(|outcome| outcome.authority).collect()
}
