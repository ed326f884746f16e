//! Points that are none, in every field of every flight.

use milagro_curve::{
    G1Point, G2Point,
    loose::{E1Point, E1Sum},
};

use super::world::{World, answer};
use crate::exchange::ExchangeError;
use crate::tests::fixture::{NOW, small_orders};
use milagro_base::DecodeError;

const fn bad(error: DecodeError) -> ExchangeError {
    ExchangeError::Flight(error)
}

/// Points of G1's curve outside the subgroup: of order 3, of order 11, and added to a good point.
fn outside(good: &[u8; 48]) -> Vec<[u8; 48]> {
    let good = G1Point::from_bytes(good).unwrap();
    let small = small_orders();
    let sums = small.map(|small| E1Sum::from(small) + E1Sum::from(good));
    let sums = sums.map(|sum| sum.to_point().unwrap());
    small.iter().chain(&sums).map(E1Point::to_bytes).collect()
}

/// A point of G2's curve outside the subgroup: nearly all are.
fn outside_g2() -> [u8; 96] {
    let mut bytes = [0; 96];
    bytes[0] = 0x80;
    loop {
        bytes[95] += 1;
        if G2Point::from_bytes(&bytes) == Err(DecodeError::NotInSubgroup) {
            return bytes;
        }
    }
}

/// Points of order 13, 23 and 2713 on G2's curve: multiples of random points by the number of points of the
/// curve over that order.
const SMALL_G2: [&str; 3] = [
    "a39bfcf7739ddda85050abad47896d69f0edb0b26e55bfd7d1be52cdd9633114806491ce571e31a94fb5138b0e89e5d3\
     0adf181d822ba0f0912dfb1b62c1eaacdd4b14d62bc7e8fcdb5b0b5da2ac77f281db59553f3068f957c0374531edc1e4",
    "a83487cca361f8514ce9044fc420a4272deb537f203379bb40be39b55b43dd2f4cf987a111f6fe8f2215ef28fced49dd\
     07c2102809c5cfad315577363d67e937f0816613b4f083101ccd661862b9f37bec33019e19adae503e4870bfa4b6b9e4",
    "99eb14b1bfc7bb21484dcfedeaf8646fa247487d4e436abca9f0b90d7a4d8b219827a0c0d43792aa369901eef9c17712\
     06a9992f96aeb1ed133e439403516f089f1c4e0a104aafb523c23907599ad0efaafd77045f73e302623d2368cc55bd2e",
];

fn infinity<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    bytes[0] = 0xc0;
    bytes
}

fn with(flight: &[u8], from_end: usize, point: &[u8]) -> Vec<u8> {
    let mut altered = flight.to_vec();
    let start = altered.len() - from_end;
    altered[start..start + point.len()].copy_from_slice(point);
    altered
}

fn point<const N: usize>(flight: &[u8], from_end: usize) -> [u8; N] {
    flight[flight.len() - from_end..][..N].try_into().unwrap()
}

#[test]
fn the_point_of_a_call() {
    let world = World::new();
    let (_, first) = world.call();
    for small in outside(&point(&first, 48)) {
        let altered = with(&first, 48, &small);
        assert_eq!(
            answer(&world.bob, &altered).err(),
            Some(bad(DecodeError::NotInSubgroup))
        );
    }
    let altered = with(&first, 48, &infinity::<48>());
    assert_eq!(
        answer(&world.bob, &altered).err(),
        Some(bad(DecodeError::Identity))
    );
    let altered = with(&first, 48, &[0xff; 48]);
    assert_eq!(
        answer(&world.bob, &altered).err(),
        Some(bad(DecodeError::Encoding))
    );
}

#[test]
fn the_points_of_an_answer() {
    let world = World::new();
    let (alice, first) = world.call();
    let (_, second) = answer(&world.bob, &first).unwrap();
    let finish = |flight: &[u8]| alice.clone().finish(flight, NOW).err();
    for small in outside(&point(&second, 176)) {
        let altered = with(&second, 176, &small);
        assert_eq!(finish(&altered), Some(bad(DecodeError::NotInSubgroup)));
    }
    let altered = with(&second, 176, &infinity::<48>());
    assert_eq!(finish(&altered), Some(bad(DecodeError::Identity)));
    let small = SMALL_G2.map(|point| hex::decode(point).unwrap());
    for outside in [&outside_g2()[..], &small[0], &small[1], &small[2]] {
        let altered = with(&second, 128, outside);
        assert_eq!(finish(&altered), Some(bad(DecodeError::NotInSubgroup)));
    }
    let altered = with(&second, 128, &infinity::<96>());
    assert_eq!(finish(&altered), Some(bad(DecodeError::Identity)));
    // Two points of G1 where one of G2 is due.
    let altered = with(&second, 128, &[point::<48>(&second, 176); 2].concat());
    assert!(matches!(finish(&altered), Some(ExchangeError::Flight(_))));
}

/// Good points that somebody else has chosen: refused by the confirmation.
#[test]
fn points_in_the_subgroup_that_were_not_sent() {
    let world = World::new();
    let (alice, first) = world.call();
    let (_, second) = answer(&world.bob, &first).unwrap();
    let unconfirmed = Some(ExchangeError::Unconfirmed);
    let finish = |flight: &[u8]| alice.clone().finish(flight, NOW).err();
    let generator = G1Point::generator();
    for other in [
        generator,
        -G1Point::from_bytes(&point(&second, 176)).unwrap(),
    ] {
        let altered = with(&second, 176, &other.to_bytes());
        assert_eq!(finish(&altered), unconfirmed);
    }
    let pb = G2Point::from_bytes(&point(&second, 128)).unwrap();
    for other in [G2Point::generator(), -pb] {
        let altered = with(&second, 128, &other.to_bytes());
        assert_eq!(finish(&altered), unconfirmed);
    }
    let (_, answered) = answer(&world.bob, &with(&first, 48, &generator.to_bytes())).unwrap();
    assert_eq!(finish(&answered), unconfirmed);
}
