//! Sums of which the order-r part decides.

use crate::backend::msm;
use crate::loose::{E1Point, E1Sum};
use crate::msm::error::ListError;
use crate::scalars::public::Scalar;

/// A public sum Σ ki·Pi over points of the whole curve, collected term by term, of which the order-r part
/// is wanted: the side of an equation that a pairing or [`Self::vanishes_vartime`] decides.
///
/// All terms share their doublings. A scalar of 255 bits counts as two of 128, since on order-r
/// parts the endomorphism of the curve multiplies by x² (Gallant, Lambert and Vanstone, CRYPTO 2001). On
/// other components it does not, so those come out as anything; nothing may look at them.
///
/// ```
/// use milagro_curve::msm::Combination;
/// use milagro_curve::{G1Point, Scalar};
///
/// // z·P = R + c·K, where K = 2·P, R = 3·P, c = 5, z = 13.
/// let p = G1Point::generator();
/// let multiple = |k: u64| (&p * &Scalar::from(k)).to_point().expect("not zero");
/// let mut equation = Combination::default();
/// equation.add(p, &Scalar::from(13_u64));
/// equation.subtract_short(multiple(3), 1);
/// equation.add(multiple(2), &-Scalar::from(5_u64));
/// assert!(equation.vanishes_vartime());
///
/// // Nothing is no equation.
/// assert!(!Combination::default().vanishes_vartime());
/// ```
#[derive(Clone, Default)]
pub struct Combination {
    sum: msm::Combination,
    /// Points of order 3 are terms, and leave nothing in the sum.
    has_terms: bool,
}

impl Combination {
    /// An empty sum with room for so many terms, a scalar of 255 bits counted as two.
    #[must_use]
    pub fn with_capacity(terms: usize) -> Self {
        Self {
            sum: msm::Combination::with_capacity(terms),
            has_terms: false,
        }
    }

    /// Adds k·P.
    pub fn add(&mut self, point: impl Into<E1Point>, k: &Scalar) {
        self.has_terms = true;
        self.sum.add(point.into().0, &k.0);
    }

    /// Adds k·P for a weight of 128 bits, at half the cost.
    pub fn add_short(&mut self, point: impl Into<E1Point>, k: u128) {
        self.has_terms = true;
        self.sum.add_short(point.into().0, k);
    }

    /// Subtracts k·P for a weight of 128 bits.
    pub fn subtract_short(&mut self, point: impl Into<E1Point>, k: u128) {
        self.has_terms = true;
        self.sum.add_short(point.into().0.neg(), k);
    }

    /// The sum, of which the order-r part alone means something. Variable time.
    ///
    /// # Errors
    /// [`ListError::Empty`].
    pub fn sum_vartime(&self) -> Result<E1Sum, ListError> {
        if self.has_terms {
            Ok(E1Sum(self.sum.sum()))
        } else {
            Err(ListError::Empty)
        }
    }

    /// Whether there are terms, and the order-r parts of all of them add up to the identity. Variable time.
    #[must_use]
    pub fn vanishes_vartime(&self) -> bool {
        self.sum_vartime()
            .is_ok_and(|sum| sum.order_r_part_is_identity())
    }
}

milagro_base::opaque_debug!(Combination);
