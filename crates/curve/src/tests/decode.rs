//! Bytes that are no point or scalar, each with its error.

use proptest::prelude::*;

use super::{order_3, outside, rng};
use crate::dleq;
use crate::groups::g1::{G1Point, SecretG1};
use crate::groups::g2::G2Point;
use crate::groups::gt::Gt;
use crate::hash::dst::Dst;
use crate::loose::E1Point;
use crate::scalars::public::Scalar;
use crate::scalars::secret::SecretScalar;
use milagro_base::DecodeError;

const R: &str = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
const P: &str = "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";

fn hex<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

fn g1_bytes() -> [u8; 48] {
    (&G1Point::generator() * &SecretScalar::random(&mut rng())).to_bytes()
}

#[test]
fn flags_of_compressed_points() {
    let good = g1_bytes();
    for flags in 0_u8..8 {
        let mut bytes = good;
        bytes[0] = (bytes[0] & 0x1f) | (flags << 5);
        let verdict = G1Point::from_bytes(&bytes);
        // 100 and 101 name a point and its negative; everything else is no encoding.
        assert_eq!(
            verdict.is_ok(),
            flags == 0b100 || flags == 0b101,
            "{flags:03b}"
        );
        if verdict.is_err() {
            assert_eq!(verdict, Err(DecodeError::Encoding), "{flags:03b}");
        }
    }
    let good = G2Point::generator().to_bytes();
    for flags in 0_u8..8 {
        let mut bytes = good;
        bytes[0] = (bytes[0] & 0x1f) | (flags << 5);
        let verdict = G2Point::from_bytes(&bytes).map(|_| ());
        let expected = match flags {
            0b100 | 0b101 => Ok(()),
            _ => Err(DecodeError::Encoding),
        };
        assert_eq!(verdict, expected, "{flags:03b}");
    }
}

#[test]
fn infinity_is_refused_and_junk_in_it_is_an_encoding_error() {
    let mut infinity = [0; 48];
    infinity[0] = 0xc0;
    assert_eq!(G1Point::from_bytes(&infinity), Err(DecodeError::Identity));
    assert_eq!(
        E1Point::from_bytes(&infinity).unwrap_err(),
        DecodeError::Identity
    );
    for bit in 3..384 {
        let mut junk = infinity;
        junk[bit / 8] |= 0x80 >> (bit % 8);
        assert_eq!(
            G1Point::from_bytes(&junk),
            Err(DecodeError::Encoding),
            "bit {bit}"
        );
    }
    infinity[0] = 0xe0;
    assert_eq!(G1Point::from_bytes(&infinity), Err(DecodeError::Encoding));
    let mut infinity = [0; 96];
    infinity[0] = 0xc0;
    assert_eq!(G2Point::from_bytes(&infinity), Err(DecodeError::Identity));
    // Uncompressed: the infinity flag is a flag, and all zeros is not on the curve.
    infinity[0] = 0x40;
    assert_eq!(
        G1Point::from_uncompressed(&infinity),
        Err(DecodeError::Encoding)
    );
    assert_eq!(
        G1Point::from_uncompressed(&[0; 96]),
        Err(DecodeError::NotOnCurve)
    );
}

#[test]
fn coordinates_of_p_and_above() {
    for last in [0xab_u8, 0xac] {
        let mut bytes: [u8; 48] = hex(P);
        bytes[47] = last;
        bytes[0] |= 0x80;
        assert_eq!(G1Point::from_bytes(&bytes), Err(DecodeError::Encoding));
    }
    let mut bytes = [0xff; 48];
    bytes[0] = 0x9f;
    assert_eq!(G1Point::from_bytes(&bytes), Err(DecodeError::Encoding));
    let mut bytes = [0; 96];
    bytes[..48].copy_from_slice(&hex::<48>(P));
    assert_eq!(
        G1Point::from_uncompressed(&bytes),
        Err(DecodeError::Encoding)
    );
    let mut bytes = [0; 96];
    bytes[48..].copy_from_slice(&hex::<48>(P));
    bytes[0] |= 0x80;
    assert_eq!(G2Point::from_bytes(&bytes), Err(DecodeError::Encoding));
}

#[test]
fn off_the_curve_and_outside_the_subgroup() {
    // x = 1: 1 + 4 = 5 is no square modulo p.
    let mut bytes = [0; 48];
    bytes[0] = 0x80;
    bytes[47] = 1;
    assert_eq!(G1Point::from_bytes(&bytes), Err(DecodeError::NotOnCurve));
    let mut bytes = G1Point::generator().to_uncompressed();
    bytes[95] ^= 1;
    assert_eq!(
        G1Point::from_uncompressed(&bytes),
        Err(DecodeError::NotOnCurve)
    );
    for point in [order_3(), outside()] {
        let error = Err(DecodeError::NotInSubgroup);
        assert_eq!(G1Point::from_bytes(&point.to_bytes()), error);
        assert_eq!(G1Point::from_uncompressed(&point.to_uncompressed()), error);
        assert_eq!(
            SecretG1::from_bytes(&point.to_bytes()).unwrap_err(),
            DecodeError::NotInSubgroup
        );
        assert_eq!(
            E1Point::from_bytes(&point.to_bytes()).unwrap().to_bytes(),
            point.to_bytes()
        );
    }
}

#[test]
fn points_of_order_11_and_10177() {
    // h = 3·11²·10177²·859267²·52437899²; multiples of a random point by r·h/q have order q.
    let cofactor = 0x396c_8c00_5555_e156_8c00_aaab_0000_aaab_u128;
    for order in [3_u128, 11, 10_177] {
        assert_eq!(cofactor % order, 0);
        let point = of_order(order);
        assert_eq!(
            G1Point::from_bytes(&point.to_bytes()),
            Err(DecodeError::NotInSubgroup)
        );
    }
}

/// A point of exactly this order, from random ones by plain double-and-add.
fn of_order(order: u128) -> E1Point {
    use crate::loose::E1Sum;
    let mul = |point: E1Sum, bytes: &[u8]| {
        let mut sum = E1Sum::zero();
        for byte in bytes {
            for bit in (0..8).rev() {
                sum = sum + sum;
                if (byte >> bit) & 1 == 1 {
                    sum = sum + point;
                }
            }
        }
        sum
    };
    let is_zero = |point: E1Sum| bool::from(point.0.to_affine().is_identity());
    // The part outside the subgroup has exponent h' = 3·11·10177·859267·52437899 = (1 - x)/... .
    let exponent = 3_u128 * 11 * 10_177 * 859_267 * 52_437_899;
    loop {
        let point = mul(E1Sum::from(outside()), &hex::<32>(R));
        let point = mul(point, &(exponent / order).to_be_bytes());
        if !is_zero(point) {
            assert!(is_zero(mul(point, &order.to_be_bytes())));
            return E1Point(point.0.to_affine());
        }
    }
}

#[test]
fn compressed_bytes_and_junk_are_no_uncompressed_point() {
    let mut bytes = [0x5a; 96];
    bytes[..48].copy_from_slice(&g1_bytes());
    assert_eq!(
        G1Point::from_uncompressed(&bytes),
        Err(DecodeError::Encoding)
    );
    assert_eq!(
        E1Point::from_uncompressed(&bytes).unwrap_err(),
        DecodeError::Encoding
    );
    assert!(G2Point::from_bytes(&bytes).is_err());
    let mut wide = [0x5a; 192];
    wide[..96].copy_from_slice(&G2Point::generator().to_bytes());
    assert_eq!(
        G2Point::from_uncompressed(&wide),
        Err(DecodeError::Encoding)
    );
    // Each flag alone.
    for flag in [0x80, 0x40, 0x20] {
        let mut bytes = G1Point::generator().to_uncompressed();
        bytes[0] |= flag;
        assert_eq!(
            G1Point::from_uncompressed(&bytes),
            Err(DecodeError::Encoding)
        );
    }
}

#[test]
fn many_points_at_once() {
    use crate::groups::error::BatchDecodeError;
    let good = [g1_bytes(), g1_bytes(), g1_bytes()];
    let points = G1Point::batch_from_bytes(good.as_flattened()).unwrap();
    assert_eq!(points.len(), 3);
    assert_eq!(points[2].to_bytes(), good[2]);
    assert_eq!(G1Point::batch_from_bytes(&[]), Ok(vec![]));
    let at = |index, error| Err(BatchDecodeError { index, error });
    let mut bad = good;
    bad[1] = order_3().to_bytes();
    let verdict = G1Point::batch_from_bytes(bad.as_flattened());
    assert_eq!(verdict, at(1, DecodeError::NotInSubgroup));
    let cut = &good.as_flattened()[..143];
    assert_eq!(G1Point::batch_from_bytes(cut), at(2, DecodeError::Length));
    assert_eq!(
        G2Point::batch_from_bytes(&[0; 1]),
        Err(BatchDecodeError {
            index: 0,
            error: DecodeError::Length
        })
    );
}

#[test]
fn lengths() {
    let bytes = g1_bytes();
    for length in (0..200).filter(|length| *length != 48) {
        let mut other = bytes.to_vec();
        other.resize(length, 0);
        assert_eq!(
            G1Point::from_slice(&other),
            Err(DecodeError::Length),
            "{length}"
        );
    }
    assert!(G1Point::from_slice(&bytes).is_ok());
    assert_eq!(G2Point::from_slice(&bytes), Err(DecodeError::Length));
}

#[test]
fn scalars() {
    let r: [u8; 32] = hex(R);
    let mut r_plus_1 = r;
    r_plus_1[31] += 1;
    for bytes in [r, r_plus_1, [0xff; 32]] {
        assert_eq!(
            Scalar::from_bytes(&bytes),
            Err(DecodeError::ScalarOutOfRange)
        );
        assert_eq!(
            SecretScalar::from_bytes(&bytes).unwrap_err(),
            DecodeError::ScalarOutOfRange
        );
    }
    assert_eq!(
        SecretScalar::from_bytes(&[0; 32]).unwrap_err(),
        DecodeError::ZeroScalar
    );
    assert_eq!(Scalar::from_bytes(&[0; 32]), Ok(Scalar::ZERO));
    let mut r_minus_1 = r;
    r_minus_1[31] -= 1;
    assert_eq!(
        *SecretScalar::from_bytes(&r_minus_1).unwrap().to_bytes(),
        r_minus_1
    );
    // Multiples of r reduce to zero, which becomes one.
    let mut wide = [0; 64];
    assert_eq!(SecretScalar::from_wide_bytes(&wide).to_bytes()[31], 1);
    wide[32..].copy_from_slice(&r);
    assert_eq!(SecretScalar::from_wide_bytes(&wide).to_bytes()[31], 1);
}

#[test]
fn target_group() {
    let one = Gt::one().to_bytes();
    assert_eq!(Gt::from_bytes(&one), Err(DecodeError::Identity));
    assert_eq!(Gt::from_bytes(&[0; 576]), Err(DecodeError::NotInSubgroup));
    let q = crate::G2Prepared::from(&G2Point::generator());
    let good = crate::pairing::pairing(&G1Point::generator(), &q);
    let bytes = good.to_bytes();
    assert_eq!(Gt::from_bytes(&bytes), Ok(good));
    for coefficient in 0..12 {
        let mut big = bytes;
        big[48 * coefficient..48 * (coefficient + 1)].copy_from_slice(&hex::<48>(P));
        assert_eq!(Gt::from_bytes(&big), Err(DecodeError::Encoding));
        let mut other = bytes;
        other[48 * coefficient + 47] ^= 1;
        assert_eq!(Gt::from_bytes(&other), Err(DecodeError::NotInSubgroup));
    }
}

#[test]
fn proofs_with_scalars_out_of_range() {
    let r: [u8; 32] = hex(R);
    for half in [0, 32] {
        let mut bytes = [0; 64];
        bytes[half..half + 32].copy_from_slice(&r);
        assert_eq!(
            dleq::Proof::from_bytes(&bytes),
            Err(DecodeError::ScalarOutOfRange)
        );
    }
}

#[test]
fn an_empty_tag_is_refused() {
    assert_eq!(Dst::new(b""), Err(DecodeError::EmptyTag));
}

proptest! {
    #[test]
    fn what_decodes_encodes_to_the_same_bytes(mut bytes: [u8; 48], wide: [u8; 32]) {
        bytes[0] |= 0x80;
        if let Ok(point) = E1Point::from_bytes(&bytes) {
            prop_assert_eq!(point.to_bytes(), bytes);
            let long = point.to_uncompressed();
            prop_assert_eq!(E1Point::from_uncompressed(&long).unwrap().to_bytes(), bytes);
        }
        if let Ok(scalar) = Scalar::from_bytes(&wide) {
            prop_assert_eq!(scalar.to_bytes(), wide);
        }
    }
}
