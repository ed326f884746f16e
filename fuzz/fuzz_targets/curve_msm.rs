//! Sums of products against the same sums term by term.

#![no_main]

use libfuzzer_sys::fuzz_target;
use milagro_curve::msm::{Combination, ListError, msm_g1_short_vartime, msm_g1_vartime};
use milagro_curve::{
    G1Point, G1Sum, Scalar, SecretScalar,
    loose::{E1Point, E1Sum},
};
use milagro_fuzz::Seeded;

fuzz_target!(|input: (u64, Vec<(u8, u128)>, u8)| {
    let (seed, mut terms, missing) = input;
    terms.truncate(48);
    let bases: Vec<G1Point> = (0..4)
        .map(|index| &G1Point::generator() * &SecretScalar::random(&mut Seeded(seed ^ index)))
        .flat_map(|point| [point, -point])
        .collect();
    // Few bases and their negatives: sums meet equal and opposite points, the hard cases of addition.
    let points: Vec<G1Point> = terms
        .iter()
        .map(|(base, _)| bases[usize::from(*base) % bases.len()])
        .collect();
    let short: Vec<u128> = terms.iter().map(|(_, scalar)| *scalar).collect();
    let long: Vec<Scalar> = terms
        .iter()
        .map(|(base, scalar)| {
            Scalar::from(*scalar).invert().unwrap_or(Scalar::ZERO) * Scalar::from(u64::from(*base))
        })
        .collect();

    let plain = |scalars: &[Scalar]| {
        points
            .iter()
            .zip(scalars)
            .fold(G1Sum::zero(), |sum, (point, scalar)| sum + point * scalar)
    };
    let widened: Vec<Scalar> = short.iter().map(|scalar| Scalar::from(*scalar)).collect();
    if points.is_empty() {
        assert_eq!(msm_g1_vartime(&points, &long), Err(ListError::Empty));
        return;
    }
    assert_eq!(msm_g1_short_vartime(&points, &short), Ok(plain(&widened)));
    assert_eq!(msm_g1_vartime(&points, &long), Ok(plain(&long)));

    // The same as an equation over the whole curve, with a point of order 3 on top of every point.
    let mut order_3 = [0; 96];
    order_3[95] = 2;
    let order_3 = E1Point::from_uncompressed(&order_3).expect("(0, 2)");
    let mut equation = Combination::default();
    for ((point, weight), k) in points.iter().zip(&short).zip(&long) {
        let loose = E1Sum::from(*point) + order_3.into();
        let loose = loose.to_point().expect("not the identity");
        equation.add_short(loose, *weight);
        equation.add(loose, k);
    }
    let sum = plain(&widened) + plain(&long);
    let difference = equation.sum_vartime().expect("terms") - E1Sum::from(sum);
    assert!(difference.order_r_part_is_identity());
    assert_eq!(equation.vanishes_vartime(), sum.is_identity());

    let fewer = usize::from(missing) % (points.len() + 1);
    assert_eq!(
        msm_g1_vartime(&points, &long[..fewer]).is_ok(),
        fewer == points.len()
    );
});
