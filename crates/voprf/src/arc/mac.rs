//! What the server issues: an algebraic MAC (section 4.2.3).

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::arc::group::{Point, Scalar};

/// (x₀ + x₁·m₁ + x₂·m₂)·U = U'. On the heap, so that moving it leaves no copy behind.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Mac {
    pub(crate) m1: Scalar,
    pub(crate) u: Point,
    pub(crate) u_prime: Point,
}
