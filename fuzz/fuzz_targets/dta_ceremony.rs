//! Key generation under arbitrary messages: member 2 of 2 of 3 sends whatever the input says, to everybody something
//! else. Nobody honest is named, and honest members that finish have the same domain.

#![no_main]

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_dta::ceremony::{
    Body, CeremonyError, Committed, MemberKey, Outcome, Party, Plan, PrivateShare, Roster, Signed,
};
use milagro_dta::{AuthorityId, Mpin, Threshold, sharing::Bls12381G1};
use milagro_fuzz::{Damage, Seeded};

type G = Bls12381G1;

/// What the liar does to a message on its way to one reader.
#[derive(Debug, arbitrary::Arbitrary)]
enum Act {
    Honest,
    Silent,
    Damaged(Damage),
    /// The message of the same round in another run, of the same plan or of another one.
    OtherRun,
}

/// For each of the rounds, and the private shares, what members 1 and 3 get.
#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    same_plan: bool,
    acts: [[Act; 2]; 6],
}

/// Everything that a member sends in a run.
struct Sent<B>(Vec<Signed<G, B>>);

impl<B: Body> Sent<B> {
    /// What a reader gets: what the honest send, and of the liar what the act makes of it.
    fn to(&self, reader: usize, act: &Act, other: &Self) -> Vec<Signed<G, B>> {
        let mut inbox = Vec::new();
        for message in &self.0 {
            let copy = |message: &Signed<G, B>| Signed::from_bytes(&message.to_bytes());
            let message = match act {
                _ if message.from().get() != 2 || reader == 1 => copy(message).ok(),
                Act::Honest => copy(message).ok(),
                Act::Silent => None,
                Act::Damaged(damage) => Signed::from_bytes(&damage.apply(&message.to_bytes())).ok(),
                Act::OtherRun => {
                    let mut others = other.0.iter().filter(|message| message.from().get() == 2);
                    others.next().and_then(|message| copy(message).ok())
                }
            };
            inbox.extend(message);
        }
        inbox
    }
}

/// The act for a reader; the liar itself reads what is there.
fn act(acts: &[Act; 2], reader: usize) -> &Act {
    let [first, third] = acts;
    match reader {
        0 => first,
        1 => &Act::Honest,
        _ => third,
    }
}

fn plan(session: u8, keys: &[MemberKey<G>]) -> Plan<Mpin> {
    let members = (1..)
        .filter_map(AuthorityId::new)
        .zip(keys.iter().map(MemberKey::public));
    let roster = Roster::new(members).expect("different keys");
    let threshold = Threshold::new(2, 3).expect("2 of 3");
    Plan::found([session; 32], "fuzz", threshold, roster).expect("members 1 to 3")
}

type Results = Vec<Result<Outcome<Mpin>, CeremonyError>>;

fn check(results: &Results) {
    let mut domains = Vec::new();
    for result in [&results[0], &results[2]] {
        match result {
            Ok(outcome) => {
                assert!(outcome.excluded.iter().all(|id| id.get() == 2));
                assert!(outcome.false_accusers.iter().all(|id| id.get() == 2));
                domains.push(&outcome.domain);
            }
            Err(error) => {
                for culprit in error.culprits() {
                    let (Party::Dealer(id) | Party::Receiver(id)) = culprit else {
                        continue;
                    };
                    assert_eq!(id.get(), 2, "{error}");
                }
            }
        }
    }
    assert!(domains.windows(2).all(|pair| pair[0] == pair[1]));
}

/// Runs a round for everybody who is still there.
macro_rules! round {
    ($states:ident, $sent:ident, $step:expr) => {{
        let mut next = Vec::new();
        let mut sent = Vec::new();
        for (index, state) in $states.into_iter().enumerate() {
            next.push(match state {
                Err(error) => Err(error),
                Ok(state) => $step(index, state).map(|(state, message)| {
                    sent.extend(message);
                    state
                }),
            });
        }
        $sent = Sent(sent);
        next
    }};
}

fuzz_target!(|input: Input| {
    let rng = &mut Seeded(3);
    let keys: Vec<MemberKey<G>> = (0..3).map(|_| MemberKey::random(rng)).collect();
    let ours = plan(1, &keys);
    let theirs = if input.same_plan {
        ours.clone()
    } else {
        plan(2, &keys)
    };
    // What the liar says in another run.
    let begin = |plan: &Plan<Mpin>, rng: &mut Seeded| {
        let states = keys
            .iter()
            .map(|key| Committed::begin(plan.clone(), key, None, rng));
        let pairs: Vec<_> = states.map(|pair| pair.expect("a seat")).collect();
        let (states, messages): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        (states, Sent(messages.into_iter().flatten().collect()))
    };
    let (states, hashes) = begin(&ours, rng);
    let (other, mut other_hashes) = begin(&theirs, rng);
    if input.same_plan {
        // The honest never use a session twice; the liar may, and answers what they said in this run.
        other_hashes.0.retain(|message| message.from().get() == 2);
        let honest = hashes.0.iter();
        let honest = honest.filter(|message| message.from().get() != 2);
        other_hashes.0.extend(honest.cloned());
    }
    let mut other_openings = Sent(Vec::new());
    let mut other_shares = Vec::new();
    for state in other.into_iter().skip(1).take(1) {
        let (_, message, shares) = state
            .open(other_hashes.0.clone(), rng)
            .expect("an honest round");
        other_openings.0.extend(message);
        other_shares.extend(shares);
    }

    let mut shares: Vec<PrivateShare<G>> = Vec::new();
    let states: Vec<Result<_, CeremonyError>> = states.into_iter().map(Ok).collect();
    let openings;
    let [a1, a2, private, a3, a4, a5] = &input.acts;
    let states = round!(states, openings, |index, state: Committed<Mpin>| {
        let inbox = hashes.to(index, act(a1, index), &other_hashes);
        state.open(inbox, rng).map(|(state, message, own)| {
            shares.extend(own);
            (state, message)
        })
    });
    let complaints;
    let states = round!(
        states,
        complaints,
        |index, state: milagro_dta::ceremony::Opened<_>| {
            let inbox = openings.to(index, act(a2, index), &other_openings);
            let copies = shares
                .iter()
                .filter(|share| usize::from(share.to().get()) == index + 1);
            let private = copies.filter_map(|share| {
                let bytes = share.to_bytes();
                match act(private, index) {
                    _ if share.from().get() != 2 => PrivateShare::from_bytes(&bytes).ok(),
                    Act::Honest => PrivateShare::from_bytes(&bytes).ok(),
                    Act::Damaged(damage) => PrivateShare::from_bytes(&damage.apply(&bytes)).ok(),
                    // A wrong share that is signed, for this plan or for another one.
                    Act::OtherRun => {
                        let mut others = other_shares.iter();
                        let other = others.find(|other| other.to() == share.to());
                        other.and_then(|other| PrivateShare::from_bytes(&other.to_bytes()).ok())
                    }
                    Act::Silent => None,
                }
            });
            state.complain(inbox, private.collect(), rng)
        }
    );
    let reveals;
    let states = round!(
        states,
        reveals,
        |index, state: milagro_dta::ceremony::Complained<_>| {
            state.reveal(complaints.to(index, act(a3, index), &Sent(Vec::new())), rng)
        }
    );
    let confirmations;
    let states = round!(
        states,
        confirmations,
        |index, state: milagro_dta::ceremony::Revealed<_>| {
            state.confirm(reveals.to(index, act(a4, index), &Sent(Vec::new())), rng)
        }
    );
    let finish = |(index, state): (usize, Result<milagro_dta::ceremony::Confirmed<_>, _>)| {
        state.and_then(|state| {
            state.finish(confirmations.to(index, act(a5, index), &Sent(Vec::new())))
        })
    };
    check(&states.into_iter().enumerate().map(finish).collect());
});
