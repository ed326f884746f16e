//! Points that are none, in every field that is a point.

use milagro_curve::loose::{E1Point, E1Sum};
use milagro_mpin::{
    names::EpochPolicy,
    server::{PermitPolicy, Reason},
};

use super::moves::{Stop, reason};
use super::stopped::Stopped;
use super::world::{World, policy};
use crate::login::LoginError;
use crate::tests::fixture::small_orders;
use milagro_base::DecodeError;

/// Where the points of a proof begin, counted from its end: Rr, G; R, V, U.
const WITHOUT_PERMIT: [usize; 5] = [128, 224, 352, 448, 544];
/// Rr, G; R', W; R, V, U.
const WITH_PERMIT: [usize; 7] = [128, 224, 320, 416, 544, 640, 736];

fn assert_decode<T>(result: Result<T, Stop>, expected: DecodeError, place: usize) {
    match result {
        Err(Stop::Login(LoginError::Flight(error))) => assert_eq!(error, expected, "{place}"),
        Err(error) => panic!("{place}: {error:?}"),
        Ok(_) => panic!("{place}: taken"),
    }
}

fn replaced(flight: &[u8], start: usize, point: &[u8]) -> Vec<u8> {
    let mut out = flight.to_vec();
    out[start..start + point.len()].copy_from_slice(point);
    out
}

/// A point less a part of small order, as a forger would send it.
fn with_part(point: E1Point, part: E1Point) -> E1Point {
    (E1Sum::from(point) + part.into()).to_point().unwrap()
}

#[test]
fn every_point_of_a_proof_is_of_order_r() {
    let plain = World::new();
    let permits = World::with_policy(policy(PermitPolicy::Personal(EpochPolicy::DAILY)));
    for one_pass in [false, true] {
        for (world, places) in [(&plain, &WITHOUT_PERMIT[..]), (&permits, &WITH_PERMIT)] {
            let run = Stopped::new(world, &world.alice, one_pass);
            let number = run.back(2);
            let flight = &run.flights[number];
            let refused = |start: usize, point: &[u8; 96]| {
                let bad = replaced(flight, start, point);
                reason(run.deliver(number, &bad))
            };
            for back in places {
                let start = flight.len() - back;
                let bytes: &[u8; 96] = flight[start..start + 96].try_into().unwrap();
                let good = E1Point::from_uncompressed(bytes).unwrap();
                for small in small_orders() {
                    for point in [small, with_part(good, small)] {
                        let verdict = refused(start, &point.to_uncompressed());
                        assert_eq!(verdict, Some(Reason::Malformed), "{back}");
                    }
                }
                // The identity as a flag; no point; no field element.
                let mut infinity = [0; 96];
                infinity[0] = 0x40;
                for point in [infinity, [0; 96], [1; 96], [0x1f; 96]] {
                    let verdict = refused(start, &point);
                    assert_eq!(verdict, Some(Reason::Malformed), "{back}");
                }
            }
        }
    }
}

#[test]
fn the_servers_point_is_of_order_r() {
    let world = World::new();
    for one_pass in [false, true] {
        let run = Stopped::new(&world, &world.alice, one_pass);
        let number = run.back(1);
        let flight = &run.flights[number];
        let w = E1Point::from_bytes(flight[5..53].try_into().unwrap()).unwrap();
        for small in small_orders() {
            for point in [small, with_part(w, small)] {
                let bad = replaced(flight, 5, &point.to_bytes());
                assert_decode(run.deliver(number, &bad), DecodeError::NotInSubgroup, 5);
            }
        }
        let mut infinity = [0; 48];
        infinity[0] = 0xc0;
        let bad = replaced(flight, 5, &infinity);
        assert_decode(run.deliver(number, &bad), DecodeError::Identity, 5);
        // Another point of order r.
        let other = replaced(flight, 5, &world.master.commitment().to_bytes());
        let error = run.deliver(number, &other).err();
        assert!(
            matches!(error, Some(Stop::Login(LoginError::Unconfirmed))),
            "{error:?}"
        );
    }
}
