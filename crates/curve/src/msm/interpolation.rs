//! Sums of secret points with small public integers.

use crate::groups::g1::{SecretG1, SecretG1Sum};
use crate::groups::g2::{SecretG2, SecretG2Sum};

/// A secret point and the public integer that it is multiplied by, such as a coefficient of an interpolation.
#[derive(Debug)]
pub struct Multiple<'a, P> {
    /// The point.
    pub point: &'a P,
    /// The integer.
    pub factor: i128,
}

macro_rules! combine {
    ($name:ident, $secret:ident, $sum:ident) => {
        /// Σ ki·Pi for secret points and public integers: all terms share their doublings, so that the cost
        /// grows with the length of the largest ki. Time depends on the ki alone (but for two partial sums that
        /// coincide, which does not happen by chance).
        #[must_use]
        pub fn $name(terms: &[Multiple<'_, $secret>]) -> $sum {
            let all = terms
                .iter()
                .fold(0, |all, term| all | term.factor.unsigned_abs());
            let mut out = $sum::zero();
            for bit in (0..u128::BITS - all.leading_zeros()).rev() {
                out.0 = out.0.add(&out.0);
                for term in terms {
                    if (term.factor.unsigned_abs() >> bit) & 1 == 1 {
                        let point = term.point.0;
                        let negative = term.factor.is_negative();
                        out.0 = out
                            .0
                            .add_affine(&if negative { point.neg() } else { point });
                    }
                }
            }
            out
        }
    };
}

combine!(combine_g1_vartime, SecretG1, SecretG1Sum);
combine!(combine_g2_vartime, SecretG2, SecretG2Sum);
