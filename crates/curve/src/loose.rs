//! Points of the whole curves, subgroup not checked, for the few places where that is enough.

mod e1;
mod e2;

pub use e1::{E1Point, E1Sum};
pub use e2::E2Point;
