//! A foundation on a hostile board: messages arrive damaged, late or not at all, and evidence is anything. Nobody
//! panics, nobody honest is convicted, and those who finish have the same key.

#![no_main]

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_dta::ceremony::{Board, Plan, Seat, Seed, advance, proven};
use milagro_dta::sharing::Bls12381G1;
use milagro_dta::{AuthorityId, MemberKey, Mpin, Roster, Threshold};
use milagro_fuzz::{Damage, Seeded};

const MEMBERS: u16 = 3;
const TURNS: usize = 8;

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    /// What happens to the messages, in the order in which they are sent to each member.
    damage: Vec<Option<Damage>>,
    evidence: Vec<u8>,
}

struct Member {
    key: MemberKey<Bls12381G1>,
    seed: Seed,
    log: Vec<Vec<u8>>,
    board: Board<Mpin>,
}

fuzz_target!(|input: Input| {
    let rng = &mut Seeded(input.seed);
    let keys: Vec<_> = (0..MEMBERS).map(|_| MemberKey::random(rng)).collect();
    let ids = (1..=MEMBERS).filter_map(AuthorityId::new);
    let roster = Roster::new(ids.zip(&keys).map(|(id, key)| (id, key.public())));
    let threshold = Threshold::new(2, MEMBERS).expect("2 of 3");
    let plan = Plan::<Mpin>::found([7; 32], "fuzz", threshold, roster.expect("different keys"));
    let plan = plan.expect("a plan");
    let mut members: Vec<_> = keys
        .into_iter()
        .map(|key| Member {
            key,
            seed: Seed::random(rng),
            log: Vec::new(),
            board: Board::new(&plan),
        })
        .collect();
    let mut damage = input.damage.iter();
    let mut found = Vec::new();
    for _ in 0..TURNS {
        for speaker in 0..members.len() {
            let member = &members[speaker];
            let seat = Seat::take(&plan, &member.key, &member.seed, None).expect("in the plan");
            let progress = advance(&seat, &member.log, &member.board).expect("its own log");
            // What was damaged is no message of anybody: there is nobody to convict.
            assert!(progress.faults.is_empty());
            if let Some(outcome) = progress.result {
                found.push(outcome);
            }
            let Some(message) = progress.send else {
                continue;
            };
            members[speaker].log.push(message.clone());
            for (listener, other) in members.iter_mut().enumerate() {
                let change = damage.next().and_then(Option::as_ref);
                let arrives = match change {
                    Some(change) if listener != speaker => change.apply(&message),
                    _ => message.clone(),
                };
                let taken = other.board.add(&arrives);
                assert!(taken.is_ok() || arrives != message);
            }
        }
    }
    if let Ok(faults) = proven(&plan, &input.evidence) {
        assert!(faults.is_empty());
    }
    assert!(
        found
            .windows(2)
            .all(|pair| pair[0].domain == pair[1].domain)
    );
});
