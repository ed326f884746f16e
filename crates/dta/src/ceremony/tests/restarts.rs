//! Members that stop at any moment, and start again with what they have written.

use super::liar::step;
use super::{Member, cases, founding, random, talk, talk_through};
use crate::Mpin;
use crate::ceremony::{Board, LogError, Party, Plan, Seat, Seed, Step, advance, exclude};
use crate::domain::trust_domain::TrustDomain;
use crate::tests::id;

/// Whatever a board shows after a restart, a member says nothing twice.
#[test]
fn one_message_a_round() {
    let (plan, mut members) = founding(2, 3);
    // Member 2 exists twice, and says two things in every round.
    let mut twin = members[1].twin();
    twin.seed = super::session();
    let mut posted = Vec::new();
    let mut logs: Vec<Vec<Vec<u8>>> = vec![Vec::new()];
    for _ in 0..5 {
        let said: Vec<_> = members
            .iter_mut()
            .filter_map(|member| member.speak(&plan))
            .collect();
        let other = twin.speak(&plan);
        for member in &mut members {
            member.hear(&said);
        }
        twin.hear(
            &said
                .iter()
                .filter(|message| super::liar::from(message) != id(2))
                .cloned()
                .collect::<Vec<_>>(),
        );
        posted.extend(said);
        posted.extend(other);
        logs.push(members[0].log.clone());
    }
    assert_eq!(logs[5].len(), 5);
    let mut kept_silent = 0;
    for log in &logs {
        for _ in 0..cases(10, 300) {
            let mut restarted = members[0].twin();
            restarted.log.clone_from(log);
            restarted.board = Board::new(&plan);
            let shown = posted
                .iter()
                .filter(|message| super::liar::from(message) != id(1) && random(3) > 0);
            restarted.hear(&shown.cloned().collect::<Vec<_>>());
            let send = restarted.look(&plan).send;
            if let Some(message) = send {
                assert!(log.iter().all(|said| step(said) != step(&message)));
            } else {
                kept_silent += 1;
            }
        }
    }
    assert!(kept_silent > 0);
}

#[test]
fn a_log_that_is_not_complete_says_nothing() {
    let (plan, mut members) = founding(2, 3);
    talk(&plan, &mut members);
    let member = &members[0];
    let look = |log: &[Vec<u8>], board: &Board<Mpin>| {
        member.with(&plan, |seat| {
            advance(seat, log, board).map(|progress| progress.send)
        })
    };
    assert_eq!(look(&member.log, &member.board), Ok(None));
    for lost in 0..member.log.len() {
        let mut log = member.log.clone();
        log.remove(lost);
        assert_eq!(look(&log, &member.board), Err(LogError::Incomplete));
        assert_eq!(
            look(&member.log[..lost], &member.board),
            Err(LogError::Incomplete)
        );
    }
    // Another seed under the same log: found out before anything is said that would not fit, above all disputes
    // of all shares, which would convict the member.
    let (plan, mut members) = founding(2, 3);
    for last in [Step::Join, Step::Commit, Step::Open] {
        talk_through(&plan, &mut members, last);
        let seed = Seed::from_bytes(&super::session());
        let member = &members[0];
        let seat = Seat::take(&plan, &member.key, &seed, None).unwrap();
        let error = advance(&seat, &member.log, &member.board).map(|progress| progress.send);
        assert_eq!(error, Err(LogError::Seed), "{last}");
    }
    // Somebody else's messages, or none.
    let member = &members[0];
    let own = member.log.clone();
    let board = Board::new(&plan);
    for log in [
        vec![members[1].log[0].clone()],
        vec![own[0].clone(), vec![1, 2, 3]],
        vec![vec![]],
    ] {
        let error = member.with(&plan, |seat| advance(seat, &log, &board).map(|_| ()));
        assert_eq!(error, Err(LogError::Foreign));
    }
}

/// Where a process is killed.
#[derive(Clone, Copy, PartialEq)]
enum Kill {
    BeforeWriting,
    BeforeSending,
    AfterSending,
    Never,
}

/// Members that look, write and send in any order, are killed at any of three moments, and begin again
/// with an empty board and what they have written.
#[test]
fn killed_and_resumed() {
    let (plan, members) = founding(2, 3);
    let mut undisturbed: Vec<Member> = members.iter().map(Member::twin).collect();
    let mut expected = talk(&plan, &mut undisturbed);
    expected.sort();
    let domain = undisturbed[0].outcome(&plan).unwrap().domain;
    for schedule in 0..cases(15, 1_000) {
        let mut world: Vec<Member> = members.iter().map(Member::twin).collect();
        let (posted, results) = run(&plan, &mut world, schedule);
        assert_eq!(posted, expected);
        assert!(results.iter().all(|result| *result == domain));
    }
}

fn run(
    plan: &Plan<Mpin>,
    world: &mut [Member],
    schedule: usize,
) -> (Vec<Vec<u8>>, Vec<TrustDomain<Mpin>>) {
    let mut posted: Vec<Vec<u8>> = Vec::new();
    // Everybody is killed once at least, in a round and at a moment that the number of the schedule says.
    let mut due: Vec<(usize, Kill)> = (0..world.len())
        .map(|place| {
            let kill = [Kill::BeforeWriting, Kill::BeforeSending, Kill::AfterSending];
            ((schedule + place) % 5, kill[(schedule / 5 + place) % 3])
        })
        .collect();
    loop {
        let place = random(world.len());
        let member = &mut world[place];
        let news = posted.iter().filter(|_| random(2) == 0);
        let news: Vec<_> = news.cloned().collect();
        member.hear(&news);
        let (round, moment) = due[place];
        let kill = if member.log.len() == round {
            moment
        } else {
            Kill::Never
        };
        let kill = if random(8) == 0 {
            Kill::BeforeWriting
        } else {
            kill
        };
        let next = member.look(plan).send;
        let mut killed = kill == Kill::BeforeWriting;
        if let Some(message) = next.filter(|_| !killed) {
            member.log.push(message.clone());
            killed = kill == Kill::BeforeSending;
            if !killed {
                posted.push(message);
                killed = kill == Kill::AfterSending;
            }
        }
        if killed {
            due[place].0 = usize::MAX;
            member.board = Board::new(plan);
            // After a start, everything in the log is sent again.
            for message in &member.log {
                if !posted.contains(message) {
                    posted.push(message.clone());
                }
            }
        }
        if posted.len() == 15 {
            for member in &mut *world {
                member.hear(&posted);
            }
            let results = world
                .iter()
                .map(|member| member.outcome(plan).unwrap().domain);
            let results = results.collect();
            posted.sort();
            return (posted, results);
        }
    }
}

/// A member that has gone on, and then starts again with a board that lacks a message, gives nobody up: it
/// may have confirmed a result in which that message counts.
#[test]
fn whoever_has_gone_on_excludes_nobody() {
    let (plan, mut members) = founding(2, 4);
    talk_through(&plan, &mut members, Step::Confirm);
    let member = &mut members[0];
    member.board = Board::new(&plan);
    let waiting = member.look(&plan).waiting;
    assert_eq!(waiting.len(), 3);
    for missing in waiting {
        let refused = member.with(&plan, |seat| {
            exclude(seat, &member.log, &member.board, missing.party)
        });
        assert_eq!(refused, Err(LogError::NotWaiting));
    }
    // Before it has gone on, it may.
    let log = member.log[..1].to_vec();
    let signed = member.with(&plan, |seat| {
        exclude(seat, &log, &member.board, Party::Receiver(id(2)))
    });
    assert!(signed.is_ok());
}
