//! Points of the whole curve E'(Fp2), on the way from an older hash to G2.

use core::fmt;

use crate::backend::group::{P2, P2Affine};
use crate::groups::g2::G2Sum;

/// A point of the curve y² = x³ + 4·(1 + i) over Fp2, subgroup *not* checked, not the identity.
///
/// Its only use is as a step of hashes to G2 that older libraries take: a point with a given x, whose
/// cofactor is then cleared. It has no encoding, no comparison and no secrets.
#[derive(Clone, Copy)]
pub struct E2Point(P2Affine);

impl E2Point {
    /// Bytes of x: c1 || c0, big-endian.
    pub const X_LEN: usize = 96;

    /// The point with this x, of the two the one whose y has a real part that is a square modulo p: since
    /// p = 3 mod 4, of a number and its negative exactly one is. `None` if x is that of no point, or a
    /// part of it is p or above. Variable time.
    #[must_use]
    pub fn with_square_real_y_vartime(x: &[u8; Self::X_LEN]) -> Option<Self> {
        let mut compressed = *x;
        let [first, ..] = &mut compressed;
        if *first & 0xe0 != 0 {
            return None;
        }
        *first |= 0x80;
        let point = P2Affine::from_compressed(&compressed).ok()?;
        let right = point.y_real_is_square_vartime();
        Some(Self(if right { point } else { point.neg() }))
    }

    /// h_eff·self, by which RFC 9380 clears the cofactor (section 8.8.2). Exact for points of any order, by
    /// additions alone; variable time in nothing but whether partial sums coincide, so for public points.
    #[must_use]
    pub fn clear_cofactor_vartime(&self) -> G2Sum {
        let mut out = P2::default();
        for word in H_EFF {
            for bit in (0..u128::BITS).rev() {
                out = out.add(&out);
                if (word >> bit) & 1 == 1 {
                    out = out.add_affine(&self.0);
                }
            }
        }
        G2Sum(out)
    }
}

impl fmt::Debug for E2Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("E2Point(0x")?;
        for byte in self.0.to_compressed() {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// h_eff = 3·(x² - 1)·h2, where h2·r is the number of points of E' (RFC 9380, section 8.8.2), in words of
/// 128 bits, highest first.
const H_EFF: [u128; 5] = [
    0xbc6_9f08_f2ee_75b3_584c_6a0e_a91b_3528,
    0x88e2_a8e9_145a_d768_9986_ff03_1508_ffe1,
    0x329c_2f17_8731_db95_6d82_bf01_5d12_12b0,
    0x2ec0_ec69_d747_7c1a_e954_cbc0_6689_f6a3,
    0x5989_4c0a_debb_f6b4_e802_0005_aaa9_5551,
];
