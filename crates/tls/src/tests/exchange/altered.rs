//! Flights that do not arrive as they were sent.

use super::world::{World, answer, flight};
use crate::exchange::ExchangeError;
use crate::peer::{AwaitAnswer, AwaitConfirmation};
use crate::tests::fixture::NOW;
use milagro_base::DecodeError;

const UNCONFIRMED: Option<ExchangeError> = Some(ExchangeError::Unconfirmed);

const fn bad(error: DecodeError) -> ExchangeError {
    ExchangeError::Flight(error)
}

/// Both ends, stopped before they read what the other one sent.
struct Stopped<'a> {
    alice: AwaitAnswer<'a>,
    bob: AwaitConfirmation,
    flights: [Vec<u8>; 3],
}

fn stopped(world: &World) -> Stopped<'_> {
    let (alice, first) = world.call();
    let (bob, second) = answer(&world.bob, &first).unwrap();
    let (_, third) = alice.clone().finish(&second, NOW).unwrap();
    Stopped {
        alice,
        bob,
        flights: [first, second, third],
    }
}

impl Stopped<'_> {
    /// What comes of it if this arrives as the flight of that number: no error only if both ends would
    /// have a session.
    fn deliver(&self, world: &World, number: usize, bytes: &[u8]) -> Option<ExchangeError> {
        match number {
            0 => match answer(&world.bob, bytes) {
                Err(error) => Some(error),
                Ok((_, second)) => self.alice.clone().finish(&second, NOW).err(),
            },
            1 => match self.alice.clone().finish(bytes, NOW) {
                Err(error) => Some(error),
                Ok((_, third)) => self.bob.clone().finish(&third, NOW).err(),
            },
            _ => self.bob.clone().finish(bytes, NOW).err(),
        }
    }
}

#[test]
fn untouched_flights_give_a_session() {
    let world = World::new();
    let run = stopped(&world);
    for (number, flight) in run.flights.iter().enumerate() {
        assert_eq!(run.deliver(&world, number, flight), None, "{number}");
    }
}

#[test]
fn every_flipped_bit_of_every_flight_prevents_the_session() {
    let world = World::new();
    let run = stopped(&world);
    for (number, flight) in run.flights.iter().enumerate() {
        for bit in 0..8 * flight.len() {
            let mut altered = flight.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let verdict = run.deliver(&world, number, &altered);
            assert!(verdict.is_some(), "flight {number}, bit {bit}");
        }
    }
}

#[test]
fn confirmations_with_any_bit_altered_are_refused() {
    let world = World::new();
    let run = stopped(&world);
    for number in [1, 2] {
        let flight = &run.flights[number];
        let start = 8 * (flight.len() - 32);
        for bit in start..start + 256 {
            let mut altered = flight.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let verdict = run.deliver(&world, number, &altered);
            assert_eq!(verdict, UNCONFIRMED, "flight {number}, bit {bit}");
        }
    }
}

#[test]
fn confirmations_that_are_empty_cut_or_of_the_other_direction_are_refused() {
    let world = World::new();
    let run = stopped(&world);
    let [_, second, third] = &run.flights;
    let (answer, from_bob) = second[4..].split_at(second.len() - 4 - 32);
    let from_alice = &third[4..];
    for length in 0..32 {
        let cut = flight(2, &[answer, &from_bob[..length]].concat());
        assert_eq!(run.deliver(&world, 1, &cut), Some(bad(DecodeError::Length)));
        let cut = flight(3, &from_alice[..length]);
        assert_eq!(run.deliver(&world, 2, &cut), Some(bad(DecodeError::Length)));
    }
    let other = flight(2, &[answer, from_alice].concat());
    assert_eq!(run.deliver(&world, 1, &other), UNCONFIRMED);
    assert_eq!(run.deliver(&world, 2, &flight(3, from_bob)), UNCONFIRMED);
    for constant in [[0; 32], [0xff; 32]] {
        let other = flight(2, &[answer, &constant].concat());
        assert_eq!(run.deliver(&world, 1, &other), UNCONFIRMED);
        assert_eq!(run.deliver(&world, 2, &flight(3, &constant)), UNCONFIRMED);
    }
}

#[test]
fn cut_and_extended_flights_are_refused() {
    let world = World::new();
    let run = stopped(&world);
    for (number, sent) in run.flights.iter().enumerate() {
        for length in 0..sent.len() {
            // Cut as it is, and with a header that says so.
            let verdict = run.deliver(&world, number, &sent[..length]);
            assert_eq!(verdict, Some(bad(DecodeError::Length)), "{number} {length}");
            let Some(body) = sent[..length].get(4..) else {
                continue;
            };
            let verdict = run.deliver(&world, number, &flight(sent[0], body));
            assert_eq!(verdict, Some(bad(DecodeError::Length)), "{number} {length}");
        }
        let long = [sent.as_slice(), &[0]].concat();
        let verdict = run.deliver(&world, number, &long);
        assert_eq!(verdict, Some(bad(DecodeError::Length)), "{number}");
        let long = flight(sent[0], &long[4..]);
        let verdict = run.deliver(&world, number, &long);
        assert_eq!(verdict, Some(bad(DecodeError::Length)), "{number}");
        let twice = [sent.as_slice(), sent].concat();
        let verdict = run.deliver(&world, number, &twice);
        assert_eq!(verdict, Some(bad(DecodeError::Length)), "{number}");
    }
}

#[test]
fn flights_out_of_order_are_refused() {
    let world = World::new();
    let run = stopped(&world);
    for due in 0..3 {
        for (number, flight) in run.flights.iter().enumerate().filter(|(n, _)| *n != due) {
            let verdict = run.deliver(&world, due, flight);
            assert_eq!(verdict, Some(bad(DecodeError::Value)), "{number} for {due}");
        }
    }
}

#[test]
fn flights_of_another_run_are_refused() {
    let world = World::new();
    let (run, other) = (stopped(&world), stopped(&world));
    for (number, flight) in other.flights.iter().enumerate() {
        let verdict = run.deliver(&world, number, flight);
        assert_eq!(verdict, UNCONFIRMED, "{number}");
    }
}

/// A call that is sent again gets a fresh answer, which helps nobody but the caller.
#[test]
fn a_repeated_call_opens_no_session() {
    let world = World::new();
    let run = stopped(&world);
    let [first, second, third] = &run.flights;
    let (again, answered) = answer(&world.bob, first).unwrap();
    assert_ne!(&answered, second);
    let finished = again.finish(third, NOW);
    assert_eq!(finished.err(), UNCONFIRMED);
}

#[test]
fn types_versions_and_lengths_are_checked() {
    let world = World::new();
    let run = stopped(&world);
    for (number, sent) in run.flights.iter().enumerate() {
        for code in (0..=255).filter(|code| *code != sent[0]) {
            let verdict = run.deliver(&world, number, &flight(code, &sent[4..]));
            assert_eq!(verdict, Some(bad(DecodeError::Value)), "{number} {code}");
        }
        for version in (0..=255).filter(|version| *version != 1) {
            let mut altered = sent.clone();
            altered[1] = version;
            let verdict = run.deliver(&world, number, &altered);
            assert_eq!(
                verdict,
                Some(bad(DecodeError::Version)),
                "{number} {version}"
            );
        }
        // 65,535 bytes announced, ten sent: of the flight, and of the identity in it.
        let ten = [&[sent[0], 1, 0xff, 0xff][..], &[0; 10]].concat();
        let verdict = run.deliver(&world, number, &ten);
        assert_eq!(verdict, Some(bad(DecodeError::Length)), "{number}");
        let inner = flight(sent[0], &[&[0xff, 0xff][..], &[0; 10]].concat());
        let verdict = run.deliver(&world, number, &inner);
        assert_eq!(verdict, Some(bad(DecodeError::Length)), "{number}");
    }
}
