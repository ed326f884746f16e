//! The step of older hashes to G2.

use crate::groups::g2::G2Point;
use crate::loose::E2Point;
use crate::rand_core::TryRng as _;
use crate::scalars::public::Scalar;

/// The x of a point, c1 || c0.
fn x_of(point: &G2Point) -> [u8; 96] {
    let mut x = point.to_bytes();
    x[0] &= 0x1f;
    x
}

/// h_eff mod r, from its parts: 3·(x² - 1)·(x⁸ - 4x⁷ + 5x⁶ - 4x⁴ + 6x³ - 4x² - 4x + 13)/9.
fn h_eff() -> Scalar {
    let x = -Scalar::from(0xd201_0000_0001_0000_u64);
    let power = |n: u32| (0..n).fold(Scalar::ONE, |power, _| power * x);
    let number = |n: u64| Scalar::from(n);
    let h2 = power(8) - number(4) * power(7) + number(5) * power(6) - number(4) * power(4)
        + number(6) * power(3)
        - number(4) * power(2)
        - number(4) * x
        + number(13);
    number(3) * (power(2) - Scalar::ONE) * h2 * number(9).invert().unwrap()
}

/// The real part of the generator's y is a square.
#[test]
fn the_root_with_a_square_real_part_is_taken() {
    let q = G2Point::generator();
    let point = E2Point::with_square_real_y_vartime(&x_of(&q)).unwrap();
    let cleared = point.clear_cofactor_vartime();
    assert_eq!(cleared, &q * &h_eff());
    // x alone comes in: of Q and -Q it is the same.
    let other = E2Point::with_square_real_y_vartime(&x_of(&-q)).unwrap();
    assert_eq!(format!("{point:?}"), format!("{other:?}"));
    assert_eq!(
        format!("{point:?}"),
        format!("E2{}", &format!("{q:?}")[2..])
    );
}

#[test]
fn any_x_leads_into_g2_or_nowhere() {
    let mut x = [0; 96];
    let mut found = 0;
    for _ in 0..40 {
        getrandom::SysRng.try_fill_bytes(&mut x).unwrap();
        x[0] &= 0x0f;
        x[48] &= 0x0f;
        if let Some(point) = E2Point::with_square_real_y_vartime(&x) {
            let cleared = point.clear_cofactor_vartime().to_point().unwrap();
            assert_eq!(G2Point::from_bytes(&cleared.to_bytes()), Ok(cleared));
            found += 1;
        }
    }
    assert!((5..35).contains(&found), "{found}");
}

#[test]
fn an_x_with_flags_or_of_p_and_above_is_none() {
    let x = x_of(&G2Point::generator());
    for flag in [0x80, 0x40, 0x20] {
        let mut flagged = x;
        flagged[0] |= flag;
        assert!(E2Point::with_square_real_y_vartime(&flagged).is_none());
    }
    let p = hex::decode("1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab").unwrap();
    for at in [0, 48] {
        let mut large = x;
        large[at..at + 48].copy_from_slice(&p);
        assert!(E2Point::with_square_real_y_vartime(&large).is_none());
    }
}
