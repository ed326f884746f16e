//! Combs against plain products, and as a check of the subgroup.

use super::{order_3, outside, rng, scalar};
use crate::groups::g1::G1Point;
use crate::loose::{E1Point, E1Sum};
use crate::scalars::public::Scalar;
use crate::scalars::secret::SecretScalar;
use crate::table::G1Comb;
use milagro_base::DecodeError;

fn g1() -> G1Point {
    &G1Point::generator() * &SecretScalar::random(&mut rng())
}

#[test]
fn combs_agree_with_products() {
    let base = g1();
    let comb = G1Comb::new(&base);
    let other = G1Comb::check(E1Point::from(g1())).unwrap();
    assert_eq!(*comb.point(), base);
    let powers = (0..255).map(|bit| {
        let mut bytes = [0; 32];
        bytes[31 - bit / 8] = 1 << (bit % 8);
        Scalar::from_wide_bytes(&bytes)
    });
    let least = [0_u64, 1, 2, 3, 0xd201_0000_0001_0000].map(Scalar::from);
    let most = least.map(|k| Scalar::ZERO - k);
    let short = [
        2,
        (1 << 127) - 1,
        (1 << 127) - 2,
        1 << 127,
        u128::MAX - 1,
        u128::MAX,
        0x0123_4567_89ab_cdef_fedc_ba98_7654_3210,
    ];
    let short = short
        .into_iter()
        .chain((0..128).map(|bit| u128::MAX >> bit));
    let others = short.map(Scalar::from).chain([scalar(), scalar()]);
    for k in powers.chain(least).chain(most).chain(others) {
        assert_eq!(comb.mul_vartime(&k), &base * &k, "{k:?}");
        let Ok(k) = SecretScalar::from_bytes(&k.to_bytes()) else {
            continue;
        };
        let (public, secret) = comb.exchange(&other, &k);
        assert_eq!(public, &base * &k);
        assert_eq!(secret.declassify(), other.point() * &k);
    }
    assert_eq!(format!("{comb:?}"), "G1Comb { .. }");
}

#[test]
fn making_a_comb_checks_the_subgroup() {
    let sum = |a: E1Point, b: E1Point| (E1Sum::from(a) + b.into()).to_point().unwrap();
    let inside = E1Point::from(g1());
    let bad = [
        outside(),
        order_3(),
        sum(inside, outside()),
        sum(inside, order_3()),
    ];
    for point in bad {
        assert_eq!(
            G1Comb::check(point).unwrap_err(),
            DecodeError::NotInSubgroup
        );
        assert!(point.to_g1().is_err());
    }
    assert!(G1Comb::check(inside).is_ok());
}

/// Points of every prime order that divides the cofactor, and of its square where there are any.
#[test]
fn no_small_order_passes() {
    let inside = E1Sum::from(E1Point::from(g1()));
    for q in [3_u128, 11, 10_177, 859_267, 52_437_899] {
        let square = if q == 3 { q } else { q * q };
        let mut found = 0;
        for _ in 0..8 {
            let of_square = times(&times(&outside().into(), &R), &[COFACTOR / square]);
            let of_prime = times(&of_square, &[q]);
            for small in [of_square, of_prime] {
                assert!(times(&small, &[square]).to_point().is_none());
                for sum in [small, small + inside] {
                    let Some(point) = small.to_point().and(sum.to_point()) else {
                        continue;
                    };
                    let refused = Err(DecodeError::NotInSubgroup);
                    assert_eq!(G1Comb::check(point).map(|_| ()), refused, "{q}");
                    assert!(point.to_g1().is_err(), "{q}");
                    found += 1;
                }
            }
        }
        assert!(found > 0, "{q}");
    }
}

/// r, in words of 128 bits, highest first, and (x - 1)²/3.
const R: [u128; 2] = [
    0x73ed_a753_299d_7d48_3339_d808_09a1_d805,
    0x53bd_a402_fffe_5bfe_ffff_ffff_0000_0001,
];
const COFACTOR: u128 = 0x396c_8c00_5555_e156_8c00_aaab_0000_aaab;

#[expect(clippy::eq_op, reason = "what is subtracted from itself is nothing")]
fn times(point: &E1Sum, number: &[u128]) -> E1Sum {
    let bits = number
        .iter()
        .flat_map(|word| (0..128).rev().map(move |bit| (word >> bit) & 1 == 1));
    bits.fold(*point - *point, |sum, set| {
        let double = sum + sum;
        if set { double + *point } else { double }
    })
}
