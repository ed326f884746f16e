//! Ceremonies with honest members and with liars.

mod channels;
mod echoes;
mod evidence;
mod honest;
mod lies;
mod polynomials;
mod repair;

use crate::ceremony::{
    CeremonyError, CommitMessage, Committed, ComplaintMessage, ConfirmMessage, MemberKey,
    OpenMessage, Opened, Outcome, Plan, PrivateShare, RevealMessage, Revealed, Roster,
};
use crate::ceremony::{Complained, Confirmed};
use crate::tests::{id, rng, threshold};
use crate::{Authority, Bls12381G1, Mpin};

type G = Bls12381G1;
type Result<T> = core::result::Result<T, CeremonyError>;

pub(super) fn keys(count: u16) -> Vec<MemberKey<G>> {
    (0..count).map(|_| MemberKey::random(&mut rng())).collect()
}

pub(super) fn roster(keys: &[MemberKey<G>]) -> Roster<G> {
    let members = (1..).map(id).zip(keys.iter().map(MemberKey::public));
    Roster::new(members).unwrap()
}

pub(super) fn session() -> [u8; 32] {
    let mut bytes = [0; 32];
    crate::rand_core::Rng::fill_bytes(&mut rng(), &mut bytes);
    bytes
}

/// A plan to found a domain, and the keys of its members.
pub(super) fn founding(t: u16, n: u16) -> (Plan<Mpin>, Vec<MemberKey<G>>) {
    let keys = keys(n);
    let plan = Plan::found(session(), "example", threshold(t, n), roster(&keys)).unwrap();
    (plan, keys)
}

/// What a member does to the messages that others are about to get: `to` is the place of the reader.
/// Whatever it does not touch stays honest.
#[derive(Default)]
#[expect(clippy::type_complexity, reason = "one hook per round")]
pub(super) struct Tamper<'a> {
    pub(super) commit: Option<&'a dyn Fn(usize, &mut Vec<CommitMessage<G>>)>,
    pub(super) committed: Option<&'a dyn Fn(usize, &mut Committed<Mpin>)>,
    pub(super) open: Option<&'a dyn Fn(usize, &mut Vec<OpenMessage<G>>, &mut Vec<PrivateShare<G>>)>,
    pub(super) opened: Option<&'a dyn Fn(usize, &mut Opened<Mpin>)>,
    pub(super) complain: Option<&'a dyn Fn(usize, &mut Vec<ComplaintMessage<G>>)>,
    pub(super) reveal: Option<&'a dyn Fn(usize, &mut Vec<RevealMessage<G>>)>,
    pub(super) confirm: Option<&'a dyn Fn(usize, &mut Vec<ConfirmMessage<G>>)>,
}

/// Lets everybody with a key take part, each with its authority, if it has one.
pub(super) fn run(
    plan: &Plan<Mpin>,
    seats: &[(&MemberKey<G>, Option<&Authority<Mpin>>)],
    tamper: &Tamper<'_>,
) -> Vec<Result<Outcome<Mpin>>> {
    let rng = &mut rng();
    let mut states: Vec<Result<Committed<Mpin>>> = Vec::new();
    let mut sent = Vec::new();
    for (index, (key, authority)) in seats.iter().enumerate() {
        let (mut state, message) =
            Committed::begin(plan.clone(), key, *authority, rng).expect("a seat");
        if let Some(hook) = tamper.committed {
            hook(index, &mut state);
        }
        sent.extend(message.as_ref().map(reread));
        states.push(Ok(state));
    }
    let mut openings = Vec::new();
    let mut shares = Vec::new();
    let opened: Vec<Result<Opened<Mpin>>> = step(states, |index, state| {
        let mut inbox = sent.clone();
        tamper.commit.inspect(|hook| hook(index, &mut inbox));
        let (mut state, message, private) = state.open(inbox, rng)?;
        tamper.opened.inspect(|hook| hook(index, &mut state));
        openings.extend(message.as_ref().map(reread));
        shares.extend(private);
        Ok(state)
    });
    let mut complaints = Vec::new();
    let complained: Vec<Result<Complained<Mpin>>> = step(opened, |index, state| {
        let mut inbox = openings.clone();
        let copies = shares
            .iter()
            .map(|share| PrivateShare::from_bytes(&share.to_bytes()).unwrap());
        let mut private = copies.collect();
        tamper
            .open
            .inspect(|hook| hook(index, &mut inbox, &mut private));
        let (state, message) = state.complain(inbox, private, rng)?;
        complaints.extend(message.as_ref().map(reread));
        Ok(state)
    });
    let mut reveals = Vec::new();
    let revealed: Vec<Result<Revealed<Mpin>>> = step(complained, |index, state| {
        let mut inbox = complaints.clone();
        tamper.complain.inspect(|hook| hook(index, &mut inbox));
        let (state, message) = state.reveal(inbox, rng)?;
        reveals.extend(message.as_ref().map(reread));
        Ok(state)
    });
    let mut confirmations = Vec::new();
    let confirmed: Vec<Result<Confirmed<Mpin>>> = step(revealed, |index, state| {
        let mut inbox = reveals.clone();
        tamper.reveal.inspect(|hook| hook(index, &mut inbox));
        let (state, message) = state.confirm(inbox, rng)?;
        confirmations.extend(message.as_ref().map(reread));
        Ok(state)
    });
    step(confirmed, |index, state| {
        let mut inbox = confirmations.clone();
        tamper.confirm.inspect(|hook| hook(index, &mut inbox));
        state.finish(inbox)
    })
}

fn step<A, B>(
    states: Vec<Result<A>>,
    mut next: impl FnMut(usize, A) -> Result<B>,
) -> Vec<Result<B>> {
    let states = states.into_iter().enumerate();
    states
        .map(|(index, state)| state.and_then(|state| next(index, state)))
        .collect()
}

/// Over the wire and back.
fn reread<B: crate::ceremony::Body>(
    message: &crate::ceremony::Signed<G, B>,
) -> crate::ceremony::Signed<G, B> {
    let bytes = message.to_bytes();
    let again = crate::ceremony::Signed::from_bytes(&bytes).unwrap();
    assert_eq!(bytes, crate::ceremony::Signed::<G, B>::to_bytes(&again));
    again
}

/// Founds a domain among honest members.
pub(super) fn found(t: u16, n: u16) -> (Vec<MemberKey<G>>, Vec<Authority<Mpin>>) {
    let (plan, keys) = founding(t, n);
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    let outcomes = run(&plan, &seats, &Tamper::default());
    let authorities = outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap().authority.unwrap());
    let authorities = authorities.collect();
    (keys, authorities)
}
