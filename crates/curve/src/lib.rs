#![doc = include_str!("../README.md")]

pub use rand_core;

mod backend;
pub mod dleq;
mod groups;
pub mod hash;
pub mod loose;
pub mod msm;
pub mod pairing;
mod scalars;
pub mod table;
mod transcript;
mod wiped;

pub use groups::error::BatchDecodeError;
pub use groups::g1::{G1Point, G1Sum, SecretG1, SecretG1Sum};
pub use groups::g2::{G2Point, G2Sum, SecretG2, SecretG2Sum};
pub use groups::gt::{Gt, SecretGt};
pub use hash::dst::Dst;
pub use milagro_base::DecodeError;
pub use pairing::G2Prepared;
pub use scalars::public::Scalar;
pub use scalars::secret::{SecretResidue, SecretScalar};
pub use transcript::Transcript;

#[cfg(test)]
mod tests;
