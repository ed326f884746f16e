//! Flights that do not arrive as they were sent.

use super::moves::Stop;
use super::stopped::Stopped;
use super::world::World;
use crate::exchange::flight_length;
use crate::login::LoginError;
use milagro_base::DecodeError;

#[test]
fn untouched_flights_give_sessions() {
    let world = World::new();
    for one_pass in [false, true] {
        let run = Stopped::new(&world, &world.alice, one_pass);
        assert_eq!(run.flights.len(), if one_pass { 3 } else { 5 });
        for (number, flight) in run.flights.iter().enumerate() {
            assert!(run.deliver(number, flight).is_ok(), "{number}");
        }
    }
}

#[test]
fn every_flipped_bit_of_every_flight_prevents_the_session() {
    let world = World::new();
    for one_pass in [false, true] {
        let run = Stopped::new(&world, &world.alice, one_pass);
        for (number, flight) in run.flights.iter().enumerate() {
            for bit in 0..8 * flight.len() {
                let mut flipped = flight.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                let result = run.deliver(number, &flipped);
                assert!(result.is_err(), "flight {number}, bit {bit}");
            }
        }
    }
}

#[test]
fn truncated_and_extended_flights_do_not_decode() {
    let world = World::new();
    for one_pass in [false, true] {
        let run = Stopped::new(&world, &world.alice, one_pass);
        for (number, flight) in run.flights.iter().enumerate() {
            for length in 0..flight.len() {
                assert_length(run.deliver(number, &flight[..length]), number);
            }
            for more in [1, 48, 96, 70_000] {
                let long = [&flight[..], &vec![0; more]].concat();
                assert_length(run.deliver(number, &long), number);
            }
            // With a length in front that fits what follows.
            for body in [0, 1, 31, 32, 33, 34, 80, 82, 2000] {
                let mut other = vec![0; 4 + body];
                let both = other.len().min(flight.len());
                other[..both].copy_from_slice(&flight[..both]);
                other[2..4].copy_from_slice(&u16::try_from(body).unwrap().to_be_bytes());
                if other != *flight {
                    assert!(run.deliver(number, &other).is_err(), "{number} {body}");
                }
            }
        }
    }
}

fn assert_length<T>(result: Result<T, Stop>, number: usize) {
    let error = result.err();
    assert!(
        matches!(
            error,
            Some(Stop::Login(LoginError::Flight(DecodeError::Length)))
        ),
        "{number}: {error:?}"
    );
}

#[test]
fn a_length_of_65535_with_ten_bytes() {
    let world = World::new();
    let run = Stopped::new(&world, &world.alice, false);
    let one_pass = Stopped::new(&world, &world.alice, true);
    for (run, number) in (0..5).map(|number| (&run, number)).chain([(&one_pass, 0)]) {
        let mut lie = run.flights[number][..2].to_vec();
        lie.extend([0xff, 0xff]);
        lie.extend([0; 10]);
        assert_length(run.deliver(number, &lie), number);
        // A reader of a stream waits for none of them.
        assert_eq!(flight_length(&lie), Err(DecodeError::Length));
    }
    // Within the proof: an identity of 65,535 bytes, of which ten are there.
    let mut lie = run.flights[2].clone();
    let at = 4 + 2 + 41 + 12 + 1;
    lie[at..at + 2].fill(0xff);
    lie.truncate(at + 12);
    let body = u16::try_from(lie.len() - 4).unwrap();
    lie[2..4].copy_from_slice(&body.to_be_bytes());
    assert_length(run.deliver(2, &lie), 2);
}

#[test]
fn reordered_repeated_and_reflected_flights() {
    // Every flight of either form where another one is due.
    let world = World::new();
    let runs = [false, true].map(|one_pass| Stopped::new(&world, &world.alice, one_pass));
    for run in &runs {
        for (number, due) in run.flights.iter().enumerate() {
            for flight in runs.iter().flat_map(|run| &run.flights) {
                if flight[0] == due[0] {
                    continue;
                }
                let error = run.deliver(number, flight).err();
                assert!(
                    matches!(
                        error,
                        Some(Stop::Login(LoginError::Flight(DecodeError::Value)))
                    ),
                    "{number}: {error:?}"
                );
            }
        }
    }
}

#[test]
fn flights_of_another_session() {
    // The same kind of flight, from a run of the same user with the same server at the same time.
    let world = World::new();
    for one_pass in [false, true] {
        let run = Stopped::new(&world, &world.alice, one_pass);
        let other = world.user("bob");
        let other = Stopped::new(&world, &other, one_pass);
        // Nothing but the proof of another session of one pass begins anything.
        let first = if one_pass { 1 } else { 2 };
        for number in first..run.flights.len() {
            assert!(
                run.deliver(number, &other.flights[number]).is_err(),
                "{number}"
            );
        }
    }
}

#[test]
fn confirmations_altered_empty_or_of_the_other_direction() {
    let world = World::new();
    for one_pass in [false, true] {
        let run = Stopped::new(&world, &world.alice, one_pass);
        let (key, last) = (run.back(1), run.back(0));
        // type, version, length; then version and W'; then the confirmation.
        let server = &run.flights[key][4 + 1 + 48..];
        let client = &run.flights[last][4 + 1..4 + 33];
        for wrong in [client, &[0; 32], &[0xff; 32]] {
            let mut flight = run.flights[key].clone();
            flight[4 + 1 + 48..].copy_from_slice(wrong);
            let error = run.deliver(key, &flight).err();
            assert!(
                matches!(error, Some(Stop::Login(LoginError::Unconfirmed))),
                "{error:?}"
            );
        }
        for wrong in [server, &[0; 32], &[0xff; 32]] {
            let mut flight = run.flights[last].clone();
            flight[4 + 1..4 + 33].copy_from_slice(wrong);
            let reason = super::moves::reason(run.deliver(last, &flight));
            assert_eq!(reason, Some(milagro_mpin::server::Reason::Confirmation));
        }
        // None at all, with the length to match.
        for (number, keep) in [(key, 4 + 49), (last, 4 + 1), (last, 4)] {
            let mut flight = run.flights[number][..keep].to_vec();
            let body = u16::try_from(keep - 4).unwrap();
            flight[2..4].copy_from_slice(&body.to_be_bytes());
            assert_length(run.deliver(number, &flight), number);
        }
        // A confirmation without a name.
        let mut bare = run.flights[last][..4 + 33].to_vec();
        bare[2..4].copy_from_slice(&33_u16.to_be_bytes());
        let error = run.deliver(last, &bare).err();
        assert!(
            matches!(error, Some(Stop::Login(LoginError::Name))),
            "{error:?}"
        );
    }
}
