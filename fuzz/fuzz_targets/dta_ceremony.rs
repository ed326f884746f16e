//! Key generation on a board that shows everybody something else: member 2 of 2 of 3 sends whatever the input says,
//! in two minds. Nobody honest is named, and honest members that finish have the same domain.

#![no_main]

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_dta::ceremony::{Board, Plan, Progress, Seat, Seed, advance, proven};
use milagro_dta::sharing::Bls12381G1;
use milagro_dta::{MemberKey, Mpin, Roster, Threshold};
use milagro_fuzz::{Damage, Seeded};

/// What one of the honest is shown of what the liar says next.
#[derive(Debug, arbitrary::Arbitrary)]
enum Act {
    First,
    Second,
    Both,
    Nothing,
    Damaged(Damage),
    /// What it says in another session.
    Stale,
}

/// For each of six turns, what members 1 and 3 are shown; and bytes that were never messages.
#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    acts: [[Act; 2]; 6],
    noise: Vec<u8>,
}

struct Member<'a> {
    key: &'a MemberKey<Bls12381G1>,
    seed: Seed,
    log: Vec<Vec<u8>>,
    board: Board<Mpin>,
}

impl<'a> Member<'a> {
    fn new(plan: &Plan<Mpin>, key: &'a MemberKey<Bls12381G1>, seed: u8) -> Self {
        let (seed, log) = (Seed::from_bytes(&[seed; 32]), Vec::new());
        let board = Board::new(plan);
        Self {
            key,
            seed,
            log,
            board,
        }
    }

    fn look(&self, plan: &Plan<Mpin>) -> Progress<Mpin> {
        let seat = Seat::take(plan, self.key, &self.seed, None).expect("a seat");
        advance(&seat, &self.log, &self.board).expect("an own log")
    }

    /// Says all that it can.
    fn speak(&mut self, plan: &Plan<Mpin>) -> Vec<Vec<u8>> {
        let mut said = Vec::new();
        while let Some(message) = self.look(plan).send {
            self.log.push(message.clone());
            said.push(message);
        }
        said
    }

    fn hear(&mut self, messages: &[Vec<u8>]) {
        for message in messages {
            let _ = self.board.add(message);
        }
    }
}

fn plan(session: u8, keys: &[MemberKey<Bls12381G1>]) -> Plan<Mpin> {
    let roster = Roster::new(keys.iter().map(MemberKey::public));
    let threshold = Threshold::new(2, 3).expect("2 of 3");
    let roster = roster.expect("different keys");
    Plan::found([session; 32], "fuzz", threshold, roster).expect("members 1 to 3")
}

fn check(plan: &Plan<Mpin>, honest: &[Member<'_>]) {
    let mut domains = Vec::new();
    for member in honest {
        let progress = member.look(plan);
        for fault in progress.faults {
            assert_eq!(fault.culprit.id().get(), 2, "{fault}");
            let proven = proven(plan, &fault.evidence).expect("evidence");
            assert!(
                proven.iter().any(|other| other.offence == fault.offence),
                "{fault}"
            );
            assert!(
                proven.iter().all(|other| other.culprit == fault.culprit),
                "{fault}"
            );
        }
        domains.extend(progress.result.map(|outcome| outcome.domain));
    }
    assert!(domains.windows(2).all(|pair| pair[0] == pair[1]));
}

fuzz_target!(|input: Input| {
    let rng = &mut Seeded(3);
    let keys: Vec<MemberKey<_>> = (0..3).map(|_| MemberKey::random(rng)).collect();
    let (plan, other) = (plan(1, &keys), plan(2, &keys));
    let mut honest = [
        Member::new(&plan, &keys[0], 1),
        Member::new(&plan, &keys[2], 3),
    ];
    let mut minds = [
        Member::new(&plan, &keys[1], 4),
        Member::new(&plan, &keys[1], 5),
    ];
    let mut stale = Member::new(&other, &keys[1], 6);
    let stale = stale.speak(&other);
    honest[0].hear(core::slice::from_ref(&input.noise));
    let _ = proven(&plan, &input.noise);
    let mut shown = Vec::new();
    for acts in &input.acts {
        // The honest hear each other until they are quiet; so does the liar.
        loop {
            let said: Vec<_> = honest
                .iter_mut()
                .flat_map(|member| member.speak(&plan))
                .collect();
            if said.is_empty() {
                break;
            }
            honest
                .iter_mut()
                .chain(&mut minds)
                .for_each(|member| member.hear(&said));
        }
        let next = minds.each_mut().map(|mind| mind.speak(&plan));
        for (member, act) in honest.iter_mut().zip(acts) {
            let messages = match act {
                Act::First => next[0].clone(),
                Act::Second => next[1].clone(),
                Act::Both => next.concat(),
                Act::Nothing => Vec::new(),
                Act::Damaged(damage) => next[0]
                    .iter()
                    .map(|message| damage.apply(message))
                    .collect(),
                Act::Stale => stale.clone(),
            };
            member.hear(&messages);
            shown.extend(messages);
        }
        check(&plan, &honest);
    }
    // In the end everybody has heard everything.
    honest.iter_mut().for_each(|member| member.hear(&shown));
    check(&plan, &honest);
});
