//! The backend against slow and obvious computations.

use super::{e1_mul, g1, g2, order_3, outside, rng, same, scalar};
use crate::groups::g1::{G1Point, G1Sum, SecretG1, SecretG1Sum};
use crate::groups::g2::G2Point;
use crate::groups::gt::{Gt, SecretGt};
use crate::loose::{E1Point, E1Sum};
use crate::pairing::{G2Prepared, Term, pairing, pairing_product, pairing_product_is_one};
use crate::scalars::public::Scalar;
use crate::scalars::secret::{SecretResidue, SecretScalar};
use crate::table::{G1ShortTable, G1Table, SecretG1Table};

#[test]
fn gt_power_agrees_with_scalar_multiplication() {
    let q = G2Prepared::from(&G2Point::generator());
    let edge = [0_u64, 1, 2, 3, 0xd201_0000_0001_0000, u64::MAX];
    let minus_one = Scalar::ZERO - Scalar::ONE;
    let mut scalars: Vec<Scalar> = edge.into_iter().map(Scalar::from).collect();
    // Digits at their limits in base |x|.
    let x = Scalar::from(0xd201_0000_0001_0000_u64);
    scalars.extend([
        minus_one,
        x * x,
        x * x * x,
        x * x * x - Scalar::ONE,
        x * x - Scalar::ONE,
    ]);
    scalars.extend((0..20).map(|_| scalar()));
    let p = g1();
    let base = pairing(&p, &q);
    for k in scalars {
        let expected = pairing_product(Term::new(&p * &k, &q), &[]);
        let power = base.pow(&SecretResidue(k.0)).declassify();
        assert_eq!(power, expected, "{k:?}");
    }
}

#[test]
fn pairing_is_bilinear_and_not_degenerate() {
    let (a, b) = (
        SecretScalar::random(&mut rng()),
        SecretScalar::random(&mut rng()),
    );
    let (p, q) = (g1(), g2());
    let left = pairing(&(&p * &a), &G2Prepared::from(&(&q * &b)));
    let right = pairing(&p, &G2Prepared::from(&q))
        .pow(&a.mul(&b).to_residue())
        .declassify();
    assert_eq!(left, right);
    assert_ne!(left, Gt::one());
    let prepared = [G2Prepared::from(&(&q * &b)), G2Prepared::from(&q)];
    let negative = -(&p * &b);
    let first = Term::new(p, &prepared[0]);
    let inverse = Term::new(negative, &prepared[1]);
    assert!(pairing_product_is_one(first, &[inverse]));
    assert!(!pairing_product_is_one(
        first,
        &[Term::new(p, &prepared[1])]
    ));
    assert_eq!(&left * &left.invert(), Gt::one());
}

#[test]
fn pairing_products_skip_the_identity_and_small_orders() {
    let q = G2Prepared::from(&g2());
    let p = g1();
    let plain = pairing(&p, &q);
    let one = Term::new(E1Sum::zero(), &q);
    let small = Term::new(order_3(), &q);
    assert!(pairing_product_is_one(one, &[]));
    assert!(pairing_product_is_one(small, &[one]));
    assert!(!pairing_product_is_one(Term::new(p, &q), &[]));
    assert_eq!(pairing_product(one, &[Term::new(p, &q)]), plain);
    assert_eq!(pairing_product(Term::new(p, &q), &[small]), plain);
    let mixed = Term::new(E1Sum::from(p) + order_3().into(), &q);
    assert_eq!(pairing_product(mixed, &[]), plain);
}

#[test]
fn the_order_r_part_decides() {
    assert!(E1Sum::zero().order_r_part_is_identity());
    assert!(E1Sum::from(order_3()).order_r_part_is_identity());
    assert!(!(E1Sum::from(order_3()) + g1().into()).order_r_part_is_identity());
    assert!(!E1Sum::from(outside()).order_r_part_is_identity());
}

#[test]
fn tables_and_short_products_agree_with_products() {
    let base = g1();
    let table = G1Table::new(&base);
    let powers: Vec<Scalar> =
        core::iter::successors(Some(Scalar::ONE), |power| Some(*power + *power))
            .take(255)
            .collect();
    // Zero, r - 1, digits that are all the same, among them all 16 (read as -16 and a carry), and their neighbours.
    let same = |digit: u64| {
        let windows = powers.iter().step_by(5).take(50);
        windows.fold(Scalar::ZERO, |sum, power| {
            sum + Scalar::from(digit) * *power
        })
    };
    let edges = [Scalar::ZERO, Scalar::ZERO - Scalar::ONE, scalar()]
        .into_iter()
        .chain([1, 15, 16, 17, 31].map(same));
    for k in edges.chain(powers.iter().copied()) {
        for k in [k, k + Scalar::ONE, k - Scalar::ONE, Scalar::ZERO - k] {
            assert_eq!(table.mul_scalar(&k), &base * &k);
        }
    }
    let k = SecretScalar::random(&mut rng());
    assert_eq!(table.mul(&k), &base * &k);
    let secret = SecretG1Table::new(&base.into());
    assert_eq!(format!("{secret:?}"), "SecretG1Table { .. }");
    assert_eq!(secret.mul(&k).declassify(), &base * &k);
    let short = G1ShortTable::new(&base);
    let bits = (0..128).map(|bit| 1_u128 << bit);
    for k in bits.chain([0, 3, u128::MAX, 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210]) {
        assert_eq!(short.mul_vartime(k), &base * &Scalar::from(k), "{k}");
    }
    for pin in [0_u32, 1, 9999, 999_999, (1 << 20) - 1] {
        let start = SecretG1::from(g1());
        let short = SecretG1Sum::zero()
            .add(&start)
            .add_small_product(&base, pin)
            .unwrap();
        let full = SecretG1Sum::zero()
            .add(&start)
            .add_product(&base, &SecretResidue::from(u64::from(pin)));
        assert_eq!(
            short.to_secret().unwrap().declassify(),
            full.to_secret().unwrap().declassify()
        );
    }
    assert!(
        SecretG1Sum::zero()
            .add_small_product(&base, 1 << 20)
            .is_none()
    );
    assert!(SecretG1Sum::zero().to_secret().is_none());
}

#[test]
fn many_sums_are_normalised_at_once() {
    let points: Vec<G1Point> = (0..9).map(|_| g1()).collect();
    let sums: Vec<G1Sum> = points.iter().map(|p| *p + *p).collect();
    let batch = G1Sum::batch_to_points(&sums).unwrap();
    let single: Vec<G1Point> = sums.iter().map(|sum| sum.to_point().unwrap()).collect();
    assert_eq!(batch, single);
    assert_eq!(G1Sum::batch_to_points(&[]), Some(vec![]));
    assert_eq!(G1Sum::batch_to_points(&[sums[0], G1Sum::zero()]), None);
    assert!((points[0] - points[0]).is_identity());
    assert!((points[0] - points[0]).to_point().is_none());
}

#[test]
fn scalars_form_a_field() {
    let (a, b) = (scalar(), scalar());
    assert_eq!((a + b) * (a - b), a * a - b * b);
    assert_eq!(a * a.invert().unwrap(), Scalar::ONE);
    assert_eq!(Scalar::ZERO.invert(), None);
    assert_eq!(-a + a, Scalar::ZERO);
    let mut wide = [0; 64];
    wide[31] = 1; // 2^256
    let two_128 = Scalar::from(u128::MAX) + Scalar::ONE;
    assert_eq!(Scalar::from_wide_bytes(&wide), two_128 * two_128);
}

#[test]
fn cofactors_are_cleared_exactly() {
    const H: u128 = 0x396c_8c00_5555_e156_8c00_aaab_0000_aaab;
    const X: u128 = 0xd201_0000_0001_0000;
    assert_eq!(H, (X + 1) / 3 * (X + 1));
    for point in [order_3(), outside(), outside(), E1Point(g1().0)] {
        let cleared = point.mul_cofactor_vartime();
        assert!(same(cleared.into(), e1_mul(&point, H)));
        assert!(cleared.to_point().is_none_or(|p| {
            let bytes = p.to_bytes();
            G1Point::from_bytes(&bytes).is_ok()
        }));
        let cleared = E1Sum::from(point).clear_cofactor_vartime();
        assert!(same(cleared.into(), e1_mul(&point, X + 1)));
    }
    assert!(order_3().mul_cofactor_vartime().is_identity());
    let torsion = outside();
    let sum = E1Sum::from(torsion) + E1Sum::from(order_3());
    assert_eq!(
        sum.clear_cofactor_vartime(),
        E1Sum::from(torsion).clear_cofactor_vartime()
    );
}

#[test]
fn trace_is_that_of_the_coefficients() {
    let element = pairing(&g1(), &G2Prepared::from(&g2()));
    let bytes = element.to_bytes();
    let coefficients = bytes.as_chunks::<48>().0;
    let trace = SecretGt::from(element).trace_bytes();
    // The coefficients of w^0 and w^3, each of two parts, times three by repeated addition modulo p.
    for (index, part) in [0, 1, 6, 7].into_iter().zip(trace.as_chunks::<48>().0) {
        let once = coefficients[index];
        let thrice = add_mod_p(&add_mod_p(&once, &once), &once);
        assert_eq!(&thrice, part);
    }
}

fn add_mod_p(a: &[u8; 48], b: &[u8; 48]) -> [u8; 48] {
    let p = hex::decode("1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab").unwrap();
    let mut sum = [0; 48];
    let mut carry = 0_u16;
    for i in (0..48).rev() {
        carry += u16::from(a[i]) + u16::from(b[i]);
        sum[i] = carry.to_be_bytes()[1];
        carry >>= 8;
    }
    if sum[..] >= p[..] {
        let mut borrow = 0_i16;
        for i in (0..48).rev() {
            borrow += i16::from(sum[i]) - i16::from(p[i]);
            sum[i] = borrow.to_be_bytes()[1];
            borrow >>= 8;
        }
    }
    sum
}
