//! Sums of products against the same sums term by term.

use subtle::ConstantTimeEq as _;

use super::{g1, g2, nonzero, order_3, outside, rng, scalar};
use crate::groups::g1::{G1Point, G1Sum, SecretG1, SecretG1Sum};
use crate::groups::g2::{G2Point, G2Sum};
use crate::loose::{E1Point, E1Sum};
use crate::msm::{
    Combination, ListError, Multiple, combine_g1_vartime, combine_g2_vartime, msm_g1_short_vartime,
    msm_g1_vartime, msm_g2_vartime,
};
use crate::scalars::public::Scalar;
use crate::scalars::secret::SecretScalar;

#[test]
fn sums_of_products_agree_with_single_products() {
    for count in [1_usize, 2, 3, 31, 32, 33, 100] {
        let points: Vec<G1Point> = (0..count).map(|_| g1()).collect();
        let scalars: Vec<Scalar> = (0..count).map(|_| scalar()).collect();
        let short: Vec<u128> = scalars
            .iter()
            .map(|k| u128::from_be_bytes(k.to_bytes()[..16].try_into().unwrap()))
            .collect();
        let naive = points
            .iter()
            .zip(&scalars)
            .fold(G1Sum::zero(), |sum, (p, k)| sum + p * k);
        assert_eq!(msm_g1_vartime(&points, &scalars).unwrap(), naive);
        let naive = points
            .iter()
            .zip(&short)
            .fold(G1Sum::zero(), |sum, (p, k)| sum + p * &Scalar::from(*k));
        assert_eq!(msm_g1_short_vartime(&points, &short).unwrap(), naive);
    }
    let points: Vec<G2Point> = (0..5).map(|_| g2()).collect();
    let scalars: Vec<Scalar> = (0..5).map(|_| scalar()).collect();
    let naive = points
        .iter()
        .zip(&scalars)
        .fold(G2Sum::zero(), |sum, (p, k)| sum + p * k);
    assert_eq!(msm_g2_vartime(&points, &scalars).unwrap(), naive);
}

#[test]
fn small_combinations_agree_with_products() {
    let secrets: Vec<SecretG1> = (1..8_u64)
        .map(|k| {
            g1().mul_secret(&SecretScalar::random(&mut rng()))
                .mul(&nonzero(k))
        })
        .collect();
    let numbers = [0, 1, -1, 2, -65_536, i128::MAX, i128::MIN];
    let terms: Vec<Multiple<'_, SecretG1>> = secrets
        .iter()
        .zip(numbers)
        .map(|(point, factor)| Multiple { point, factor })
        .collect();
    let slow = terms.iter().fold(SecretG1Sum::zero(), |sum, term| {
        let size = Scalar::from(term.factor.unsigned_abs());
        let negative = term.factor.is_negative();
        sum.add_multiple(term.point, &if negative { -size } else { size })
    });
    let fast = combine_g1_vartime(&terms).to_secret().unwrap();
    assert!(bool::from(fast.ct_eq(&slow.to_secret().unwrap())));

    // Partial sums that coincide or cancel, and nothing at all.
    let [a, ..] = &secrets[..] else { panic!() };
    let twice = combine_g1_vartime(&[times(a, 1), times(a, 1)])
        .to_secret()
        .unwrap();
    assert!(bool::from(twice.ct_eq(&a.mul(&nonzero(2)))));
    assert!(
        combine_g1_vartime(&[times(a, 5), times(a, -5)])
            .to_secret()
            .is_none()
    );
    assert!(combine_g1_vartime(&[times(a, 0)]).to_secret().is_none());
    assert!(combine_g1_vartime(&[]).to_secret().is_none());

    let b = g2().mul_secret(&nonzero(3));
    let fast = combine_g2_vartime(&[times(&b, -7), times(&b, 12)])
        .to_secret()
        .unwrap();
    assert!(bool::from(fast.ct_eq(&b.mul(&nonzero(5)))));
}

fn times<P>(point: &P, factor: i128) -> Multiple<'_, P> {
    Multiple { point, factor }
}

/// k·P cleared of small orders first, where products are plain.
fn cleared(point: E1Point, k: &Scalar) -> G1Sum {
    let point = E1Sum::from(point).clear_cofactor_vartime().to_point();
    point.map_or_else(G1Sum::zero, |point| &point * k)
}

#[test]
fn combinations_are_right_in_their_order_r_part() {
    let edges = [Scalar::ZERO, Scalar::ONE, -Scalar::ONE];
    let x = Scalar::from(0xd201_0000_0001_0000_u64);
    let edges = edges.into_iter().chain([x * x, x * x - Scalar::ONE]);
    for count in [1_usize, 2, 3, 15, 16, 31, 32, 70] {
        let (mut fast, mut slow) = (Combination::with_capacity(4 * count), G1Sum::zero());
        let mut scalars = edges.clone().chain(core::iter::repeat_with(scalar));
        for index in 0..count {
            // Now and then the same point again, its negative, and points of order 3.
            let point = match index % 7 {
                3 => order_3(),
                5 => g1().into(),
                _ => outside(),
            };
            let k = scalars.next().unwrap();
            let weight = u128::from_be_bytes(k.to_bytes()[16..].try_into().unwrap());
            fast.add(point, &k);
            slow = slow + cleared(point, &k);
            if index % 2 == 1 {
                fast.add_short(point, weight);
                slow = slow + cleared(point, &Scalar::from(weight));
            }
            if index % 3 == 1 {
                fast.subtract_short(point, weight);
                slow = slow - cleared(point, &Scalar::from(weight));
            }
        }
        let sum = fast.sum_vartime().unwrap();
        assert_eq!(sum.clear_cofactor_vartime(), slow, "{count}");
        assert_eq!(fast.vanishes_vartime(), slow.is_identity());
    }
}

#[test]
fn openings_vanish_until_one_is_wrong() {
    for count in [1_u128, 3, 40] {
        // Σ ω·(z·B - R - c·U) for U = x·B and R = ρ·B with z = ρ + c·x; small orders are added to U and R.
        let openings = |wrong: Option<u128>| {
            let mut equation = Combination::default();
            for index in 0..count {
                let (b, x, rho, c) = (g1(), scalar(), scalar(), scalar());
                let point = |k: &Scalar| {
                    let sum = E1Sum::from(&b * k) + order_3().into();
                    sum.to_point().unwrap()
                };
                let error = Scalar::from(u64::from(wrong == Some(index)));
                let weight = u128::MAX - index;
                let weighted = Scalar::from(weight);
                equation.add(b, &(weighted * (rho + c * x + error)));
                equation.subtract_short(point(&rho), weight);
                equation.add(point(&x), &-(weighted * c));
            }
            equation.vanishes_vartime()
        };
        assert!(openings(None), "{count}");
        assert!(!openings(Some(0)), "{count}");
        assert!(!openings(Some(count - 1)), "{count}");
    }
}

#[test]
fn equal_and_opposite_points_are_summed() {
    for copies in [1_u64, 20] {
        let point = outside();
        let (mut twice, mut none) = (Combination::default(), Combination::default());
        for _ in 0..copies {
            for term in [&mut twice, &mut none] {
                term.add_short(point, 5);
            }
            twice.add_short(point, 5);
            none.subtract_short(point, 5);
        }
        let expected = cleared(point, &Scalar::from(10 * copies));
        let sum = twice.sum_vartime().unwrap();
        assert_eq!(sum.clear_cofactor_vartime(), expected);
        assert!(none.vanishes_vartime() && !twice.vanishes_vartime());
    }
}

#[test]
fn sums_of_nothing_are_refused() {
    assert_eq!(msm_g1_vartime(&[], &[]), Err(ListError::Empty));
    assert_eq!(msm_g1_short_vartime(&[], &[]), Err(ListError::Empty));
    assert_eq!(msm_g2_vartime(&[], &[]), Err(ListError::Empty));
    assert_eq!(msm_g1_vartime(&[], &[scalar()]), Err(ListError::Unequal));
    assert_eq!(msm_g1_vartime(&[g1()], &[]), Err(ListError::Unequal));
    let nothing = Combination::with_capacity(3);
    assert_eq!(nothing.sum_vartime().err(), Some(ListError::Empty));
    assert!(!nothing.vanishes_vartime());
    // A point of order 3 is a term, and has no order-r part.
    let mut small = Combination::default();
    small.add_short(order_3(), 1);
    assert!(small.vanishes_vartime());
}

#[test]
fn sums_agree_in_pools_of_any_size() {
    let points: Vec<G1Point> = (0..400).map(|_| g1()).collect();
    let others: Vec<G2Point> = (0..400).map(|_| g2()).collect();
    let (points, others) = (points.repeat(3), others.repeat(3));
    let mut scalars: Vec<Scalar> = (0..1200).map(|_| scalar()).collect();
    let mut short: Vec<u128> = scalars
        .iter()
        .map(|k| u128::from_be_bytes(k.to_bytes()[16..].try_into().unwrap()))
        .collect();
    // The edges of every slice of a scalar, and digits that carry into the next.
    scalars[..3].copy_from_slice(&[Scalar::ZERO, Scalar::ONE, -Scalar::ONE]);
    short[..2].copy_from_slice(&[0, u128::MAX]);
    for (bit, k) in (0..128).zip(&mut short[2..]) {
        *k = 1_u128 << bit;
    }
    for (bit, k) in (0..128).zip(&mut short[130..]) {
        *k = u128::MAX >> bit;
    }
    for count in [127, 128, 255, 256, 257, 399, 400, 1200] {
        let (points, others) = (&points[..count], &others[..count]);
        let (scalars, short) = (&scalars[..count], &short[..count]);
        let sums = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| {
                (
                    msm_g1_vartime(points, scalars).unwrap(),
                    msm_g1_short_vartime(points, short).unwrap(),
                    msm_g2_vartime(others, scalars).unwrap(),
                )
            })
        };
        let alone = sums(1);
        for threads in [2, 3, 4, 5, 7, 9, 16] {
            assert_eq!(sums(threads), alone, "{count} terms, {threads} threads");
        }
    }
}
