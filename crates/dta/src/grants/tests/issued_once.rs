//! A subject gets its key once, whatever a registrar signs.

use std::sync::Barrier;

use super::{Office, World, client, grant};
use crate::ceremony::{Board, Plan, PlanError, Seat, Seed, advance};
use crate::domain::roster::{MemberKey, Roster};
use crate::grants::{Answer, ClientKey, Desk, GrantError, IssuedSet, SignedGrant};
use crate::issue::authority::Authority;
use crate::issue::purpose::ClientSecret;
use crate::sharing::group::Bls12381G1;
use crate::tests::{NOON, alice, bob, id, rng, threshold};
use crate::{Mpin, Threshold};

type Key = MemberKey<Bls12381G1>;

/// A session on one board; what its members hold in the end, by number.
fn session(plan: &Plan<Mpin>, seats: &[(&Key, Option<&Authority<Mpin>>)]) -> Vec<Authority<Mpin>> {
    let seeds: Vec<Seed> = seats.iter().map(|_| Seed::random(&mut rng())).collect();
    let mut logs = vec![Vec::new(); seats.len()];
    let mut board = Board::new(plan);
    loop {
        let (mut authorities, mut done) = (Vec::new(), 0);
        for (((key, held), seed), log) in seats.iter().zip(&seeds).zip(&mut logs) {
            let seat = Seat::take(plan, key, seed, *held).unwrap();
            let progress = advance(&seat, log, &board).unwrap();
            if let Some(message) = progress.send {
                log.push(message.clone());
                board.add(&message).unwrap();
            }
            if let Some(outcome) = progress.result {
                done += 1;
                authorities.extend(outcome.authority);
            }
        }
        if done == seats.len() {
            authorities.sort_by_key(Authority::id);
            return authorities;
        }
    }
}

fn keys(count: u16) -> Vec<Key> {
    (0..count).map(|_| Key::random(&mut rng())).collect()
}

fn roster(keys: &[Key]) -> Roster<Bls12381G1> {
    Roster::new(keys.iter().map(MemberKey::public)).unwrap()
}

fn copy(key: &Key) -> Key {
    Key::from_bytes(&key.to_bytes()).unwrap()
}

/// Hands the key over to other authorities, the first of which was one before and keeps its ledger.
fn reshare(world: &mut World, to: Threshold) {
    let old_keys = keys(world.domain().threshold().members());
    let mut new_keys = keys(to.members());
    new_keys[0] = copy(&old_keys[0]);
    let issued = world.union();
    let plan = Plan::reshare(
        [9; 32],
        world.domain(),
        roster(&old_keys),
        to,
        roster(&new_keys),
    );
    let bare = plan.unwrap();
    let plan = bare.clone().carrying(&issued).unwrap();
    assert_ne!(plan.digest(), bare.digest());
    let held = world.offices.iter().map(|office| Some(&office.authority));
    let mut seats: Vec<_> = old_keys.iter().zip(held).collect();
    seats.extend(new_keys.iter().skip(1).map(|key| (key, None)));
    let authorities = session(&plan, &seats);
    let mut first = Some(world.offices.remove(0).ledger);
    world.offices.clear();
    for mut authority in authorities {
        let nobody = IssuedSet::new(*issued.domain());
        let ledger = super::ledger();
        let early = authority.count_in_local(&ledger, &nobody, NOON);
        assert_eq!(early, Err(GrantError::Set), "the set of the plan, or none");
        // The first goes on in its old ledger.
        let ledger = first.take().unwrap_or(ledger);
        authority.count_in_local(&ledger, &issued, NOON).unwrap();
        let log = issued.clone();
        world.offices.push(Office {
            authority,
            ledger,
            log,
        });
    }
}

/// Puts a new member, with an empty ledger, into the last seat.
fn repair(world: &mut World) {
    let (t, n) = (world.domain().threshold().needed(), world.offices.len());
    let helpers = keys(t);
    let successor = Key::random(&mut rng());
    let mut issued = IssuedSet::new(*world.domain().id());
    for office in &world.offices[..t.into()] {
        issued.merge(&office.log).unwrap();
    }
    let seat = id(u16::try_from(n).unwrap());
    let (domain, key) = (world.domain(), successor.public());
    let plan = Plan::repair([8; 32], domain, roster(&helpers), seat, key).unwrap();
    let plan = plan.carrying(&issued).unwrap();
    let held = world.offices.iter().map(|office| Some(&office.authority));
    let helping = helpers.iter().zip(held);
    let seats: Vec<_> = helping.chain([(&successor, None)]).collect();
    let repaired = session(&plan, &seats).remove(0);
    world.offices[n - 1] = Office::open(repaired, issued);
}

/// What a registrar gets that signs a grant for the same subject to a key of its own.
fn stolen(world: &mut World) -> usize {
    let thief = client();
    let grant = world.grant(alice(), &thief);
    let all = 0..world.offices.len();
    world.enrol(&grant, &thief, all).0
}

#[test]
fn issued_once() {
    for (t, n) in [(1, 1), (1, 3), (2, 3), (2, 4), (2, 5), (3, 6), (3, 4)] {
        let mut world = World::new(t, n);
        let key = client();
        let grant = world.grant(alice(), &key);
        let needed = usize::from(t.max(n - t + 1));
        // One fewer has booked: shares enough, where n >= 2t, and still no key.
        let (booked, result) = world.enrol(&grant, &key, 0..needed - 1);
        assert_eq!(booked, needed - 1);
        assert!(result.is_err(), "{t} of {n}");
        let (booked, result) = world.enrol(&grant, &key, 0..needed);
        assert_eq!(booked, needed, "asked twice, answered twice");
        assert!(world.is_right(&result));

        // The registrar asks all, among them those that the client did not ask.
        let left = usize::from(n) - needed;
        assert_eq!(stolen(&mut world), left);
        assert!(left < usize::from(t));

        // After a repair: the seat was one that the client had not asked.
        if t < n {
            repair(&mut world);
            assert!(stolen(&mut world) < usize::from(t), "{t} of {n} repaired");
        }
        // After a resharing to a lower threshold, nobody answers the registrar at all.
        let lower = Threshold::new(t.max(2) - 1, n).unwrap();
        reshare(&mut world, lower);
        assert_eq!(stolen(&mut world), 0, "{t} of {n} reshared");
        let other = world.grant(bob(), &client());
        let registrar = world.registrar.public();
        assert!(world.offices[0].answer(&registrar, &other).is_ok());
    }
}

#[test]
fn a_lost_answer_is_given_again_after_ceremonies_too() {
    let mut world = World::new(2, 4);
    let key = client();
    let grant = world.grant(alice(), &key);
    // Three have booked it; the client has got none of the answers.
    world.enrol(&grant, &key, 0..3).1.unwrap();
    let renewed = {
        let mut grant = super::grant(*world.domain().id(), alice(), &key);
        grant.until = grant.until.plus(grant.until.minus(grant.from));
        grant.sign(&mut rng(), &world.registrar).unwrap()
    };
    let (booked, result) = world.enrol(&renewed, &key, 0..4);
    assert_eq!(booked, 4);
    assert!(world.is_right(&result));
    repair(&mut world);
    let (booked, result) = world.enrol(&renewed, &key, 0..4);
    assert_eq!(booked, 4);
    assert!(world.is_right(&result));
    reshare(&mut world, threshold(3, 5));
    assert_eq!(stolen(&mut world), 0);
    let (booked, result) = world.enrol(&grant, &key, 0..5);
    assert_eq!(booked, 5);
    assert!(world.is_right(&result));
}

#[test]
fn a_registrar_that_is_first_gets_the_key_of_nobody() {
    // It books two of four for itself. The client gets the others, which would be enough shares, and no key: so
    // there is nobody whose key the registrar has.
    let mut world = World::new(2, 4);
    let (thief, key) = (client(), client());
    let grant = world.grant(alice(), &thief);
    assert_eq!(world.enrol(&grant, &thief, 0..2).0, 2);
    let grant = world.grant(alice(), &key);
    let (booked, result) = world.enrol(&grant, &key, 0..4);
    assert_eq!(booked, 2);
    assert!(result.is_err());
    // The union knows of both, so after a resharing neither is answered.
    reshare(&mut world, threshold(2, 4));
    assert_eq!(world.enrol(&grant, &key, 0..4).0, 0);
    let grant = world.grant(alice(), &thief);
    assert_eq!(world.enrol(&grant, &thief, 0..4).0, 0);
}

#[test]
fn of_two_grants_at_once_one_is_answered() {
    for _ in 0..8 {
        let world = World::new(1, 1);
        let office = &world.offices[0];
        let keys: Vec<ClientKey> = (0..8).map(|_| client()).collect();
        let grants: Vec<SignedGrant<ClientSecret>> =
            keys.iter().map(|key| world.grant(alice(), key)).collect();
        let registrar = world.registrar.public();
        let start = Barrier::new(keys.len());
        let answered = std::thread::scope(|scope| {
            let ask = |grant: &SignedGrant<ClientSecret>| {
                let bytes = grant.to_bytes();
                let (start, registrar) = (&start, &registrar);
                scope.spawn(move || {
                    start.wait();
                    let desk = Desk {
                        registrar,
                        ledger: &office.ledger,
                        now: NOON,
                    };
                    let authority = &office.authority;
                    let answer: Result<Answer, _> =
                        authority.answer_local::<ClientSecret, _, _>(&mut rng(), &desk, &bytes);
                    answer.is_ok()
                })
            };
            let threads: Vec<_> = grants.iter().map(ask).collect();
            let answers = threads.into_iter().map(|thread| thread.join().unwrap());
            answers.filter(|answered| *answered).count()
        });
        assert_eq!(answered, 1);
    }
}

#[test]
fn a_set_is_carried_where_there_is_one_to_carry() {
    let world = World::new(2, 3);
    let (members, domain) = (keys(3), world.domain());
    let nobody = IssuedSet::new(*domain.id());
    let found = Plan::<Mpin>::found([1; 32], "new", threshold(2, 3), roster(&members));
    assert_eq!(
        found.unwrap().carrying(&nobody).err(),
        Some(PlanError::Issued)
    );
    let refresh = Plan::refresh([1; 32], domain.clone(), roster(&members));
    assert_eq!(
        refresh.unwrap().carrying(&nobody).err(),
        Some(PlanError::Issued)
    );
    let receivers = roster(&keys(3));
    let plan = Plan::reshare(
        [1; 32],
        domain,
        roster(&members),
        threshold(2, 3),
        receivers,
    );
    let stranger = IssuedSet::new(*World::new(1, 1).domain().id());
    let plan = plan.unwrap();
    assert_eq!(
        plan.clone().carrying(&stranger).err(),
        Some(PlanError::Issued)
    );
    // Leaving a member out keeps the set.
    let one = grant(*world.domain().id(), alice(), &client());
    let mut some = nobody.clone();
    some.add(one.issued());
    let with = plan.clone().carrying(&some).unwrap();
    let [with, without] = [with, plan].map(|plan| plan.without([2; 32], id(3)).unwrap());
    assert_ne!(with.digest(), without.digest());
}

#[test]
fn whoever_was_told_nothing_answers_nobody() {
    let world = World::new(1, 2);
    let (helper, successor) = (keys(1), Key::random(&mut rng()));
    let key = successor.public();
    let plan = Plan::repair([6; 32], world.domain(), roster(&helper), id(2), key).unwrap();
    let seats = [
        (&helper[0], Some(&world.offices[0].authority)),
        (&successor, None),
    ];
    let mut repaired = session(&plan, &seats).remove(0);
    let nobody = IssuedSet::new(*world.domain().id());
    let ledger = super::ledger();
    let count = repaired.count_in_local(&ledger, &nobody, NOON);
    assert_eq!(count, Err(GrantError::Set));
    let registrar = &world.registrar.public();
    let desk = Desk {
        registrar,
        ledger: &ledger,
        now: NOON,
    };
    let bytes = world.grant(alice(), &client()).to_bytes();
    let answer = repaired.answer_local::<ClientSecret, _, _>(&mut rng(), &desk, &bytes);
    assert_eq!(answer.err(), Some(GrantError::Ledger));
}

#[test]
fn a_refresh_goes_on_in_the_same_ledger() {
    let mut world = World::new(2, 3);
    let key = client();
    let grant = world.grant(alice(), &key);
    world.enrol(&grant, &key, 0..2).1.unwrap();
    let members = keys(3);
    let plan = Plan::refresh([3; 32], world.domain(), roster(&members)).unwrap();
    let held = world.offices.iter().map(|office| Some(&office.authority));
    let seats: Vec<_> = members.iter().zip(held).collect();
    let refreshed = session(&plan, &seats);
    for (office, authority) in world.offices.iter_mut().zip(refreshed) {
        office.authority = authority;
    }
    let (booked, result) = world.enrol(&grant, &key, 0..3);
    assert_eq!(booked, 3);
    assert!(world.is_right(&result));
    assert_eq!(stolen(&mut world), 0);
}
