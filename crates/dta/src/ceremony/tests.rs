//! Ceremonies with honest members, with liars, and with a board that is nobody's friend.

#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a seat borrows, so that its method is not general enough"
)]

mod agreement;
mod copies;
mod exclusions;
mod floods;
mod frozen;
mod honest;
mod innocence;
mod knowledge;
mod liar;
mod lies;
mod model;
mod old_shares;
mod oracles;
mod repair;
mod restarts;
mod scale;
mod secrecy;

use crate::ceremony::survey::{Survey, View};
use crate::ceremony::{Board, Outcome, Party, Plan, Progress, Seat, Seed, Step, advance, exclude};
use crate::domain::roster::{MemberKey, Roster};
use crate::issue::authority::Authority;
use crate::sharing::group::Bls12381G1;
use crate::tests::{rng, threshold};
use crate::{Mpin, rand_core::Rng as _};

type G = Bls12381G1;

/// Counts of cases: few in a debug build, where each is slow, and all in a release build.
const fn cases(few: usize, all: usize) -> usize {
    if cfg!(debug_assertions) { few } else { all }
}

/// A member with what it stores: key, seed, share, log; and the board as it has seen it.
struct Member {
    key: MemberKey<G>,
    seed: [u8; 32],
    held: Option<Authority<Mpin>>,
    log: Vec<Vec<u8>>,
    board: Board<Mpin>,
}

impl Member {
    fn new(plan: &Plan<Mpin>, key: &MemberKey<G>, held: Option<&Authority<Mpin>>) -> Self {
        Self {
            key: copy(key),
            seed: session(),
            held: held.map(hold),
            log: Vec::new(),
            board: Board::new(plan),
        }
    }

    fn twin(&self) -> Self {
        Self {
            key: copy(&self.key),
            seed: self.seed,
            held: self.held.as_ref().map(hold),
            log: self.log.clone(),
            board: self.board.clone(),
        }
    }

    fn with<T>(&self, plan: &Plan<Mpin>, act: impl FnOnce(&Seat<'_, Mpin>) -> T) -> T {
        let seed = Seed::from_bytes(&self.seed);
        act(&Seat::take(plan, &self.key, &seed, self.held.as_ref()).unwrap())
    }

    fn look(&self, plan: &Plan<Mpin>) -> Progress<Mpin> {
        self.with(plan, |seat| advance(seat, &self.log, &self.board).unwrap())
    }

    /// Says what it has to say, if anything.
    fn speak(&mut self, plan: &Plan<Mpin>) -> Option<Vec<u8>> {
        let message = self.look(plan).send?;
        self.log.push(message.clone());
        Some(message)
    }

    fn give_up(&mut self, plan: &Plan<Mpin>, whom: Party) -> Vec<u8> {
        let message = self.with(plan, |seat| exclude(seat, &self.log, &self.board, whom));
        let message = message.unwrap();
        self.log.push(message.clone());
        message
    }

    fn hear(&mut self, messages: &[Vec<u8>]) {
        for message in messages {
            // A liar's third version is refused.
            let _ = self.board.add(message);
        }
    }

    fn outcome(&self, plan: &Plan<Mpin>) -> Option<Outcome<Mpin>> {
        self.look(plan).result
    }
}

fn twins(members: &[Member]) -> Vec<Member> {
    members.iter().map(Member::twin).collect()
}

/// What counts on a board, for somebody who has said nothing.
fn survey(board: &Board<Mpin>) -> Survey<'_, Mpin> {
    let (own, only) = (board, None);
    Survey::of(View { board, own, only })
}

fn copy(key: &MemberKey<G>) -> MemberKey<G> {
    MemberKey::from_bytes(&key.to_bytes()).unwrap()
}

fn hold(authority: &Authority<Mpin>) -> Authority<Mpin> {
    let share = authority.secret().clone();
    let held = Authority::new(authority.domain().clone(), authority.id(), share);
    held.unwrap().with_book(*authority.book())
}

fn keys(count: u16) -> Vec<MemberKey<G>> {
    (0..count).map(|_| MemberKey::random(&mut rng())).collect()
}

fn roster(keys: &[MemberKey<G>]) -> Roster<G> {
    Roster::new(keys.iter().map(MemberKey::public)).unwrap()
}

fn session() -> [u8; 32] {
    let mut bytes = [0; 32];
    rng().fill_bytes(&mut bytes);
    bytes
}

/// Below `bound`.
fn random(bound: usize) -> usize {
    let number = usize::try_from(rng().next_u32()).unwrap();
    number % bound
}

/// A plan to found a domain, and its members.
fn founding(t: u16, n: u16) -> (Plan<Mpin>, Vec<Member>) {
    let keys = keys(n);
    let plan = Plan::found(session(), "example", threshold(t, n), roster(&keys)).unwrap();
    let members = keys.iter().map(|key| Member::new(&plan, key, None));
    let members = members.collect();
    (plan, members)
}

/// A session of a plan among members with keys and shares.
fn seats(plan: &Plan<Mpin>, seats: &[(&MemberKey<G>, Option<&Authority<Mpin>>)]) -> Vec<Member> {
    let members = seats
        .iter()
        .map(|(key, held)| Member::new(plan, key, *held));
    members.collect()
}

/// Everybody speaks until nobody has anything to say; all messages reach all. What was said, in order.
fn talk(plan: &Plan<Mpin>, members: &mut [Member]) -> Vec<Vec<u8>> {
    talk_through(plan, members, Step::Exclude)
}

/// The same, up to and with a step.
fn talk_through(plan: &Plan<Mpin>, members: &mut [Member], last: Step) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let mut said = Vec::new();
        for member in &mut *members {
            let next = member.look(plan).send;
            if let Some(message) = next.filter(|message| liar::step(message) <= last) {
                member.log.push(message.clone());
                said.push(message);
            }
        }
        if said.is_empty() {
            return all;
        }
        for member in &mut *members {
            member.hear(&said);
        }
        all.extend(said);
    }
}

/// Founds a domain among honest members.
fn found(t: u16, n: u16) -> (Vec<MemberKey<G>>, Vec<Authority<Mpin>>) {
    let (plan, mut members) = founding(t, n);
    talk(&plan, &mut members);
    let keys = members.iter().map(|member| copy(&member.key)).collect();
    (keys, results(&plan, &members))
}

/// What members hold after an honest session.
fn results(plan: &Plan<Mpin>, members: &[Member]) -> Vec<Authority<Mpin>> {
    let outcomes = members.iter().map(|member| {
        let progress = member.look(plan);
        let quiet = progress.faults.is_empty() && progress.waiting.is_empty();
        assert!(quiet, "{progress}");
        progress.result.expect("a result")
    });
    let outcomes: Vec<_> = outcomes.collect();
    let first = outcomes[0].domain.clone();
    assert!(outcomes.iter().all(|outcome| outcome.domain == first));
    let authorities = outcomes.into_iter().filter_map(|outcome| outcome.authority);
    authorities.collect()
}
