#![doc = include_str!("../README.md")]

pub use rand_core;

mod backend;
pub mod dleq;
mod dst;
mod error;
mod g1;
mod g2;
mod gt;
pub mod hash;
pub mod loose;
pub mod msm;
pub mod pairing;
mod points;
mod scalar;
mod secret_scalar;
pub mod table;
mod transcript;

pub use dst::Dst;
pub use error::BatchDecodeError;
pub use g1::{G1Point, G1Sum, SecretG1, SecretG1Sum};
pub use g2::{G2Point, G2Sum, SecretG2, SecretG2Sum};
pub use gt::{Gt, SecretGt};
pub use milagro_base::DecodeError;
pub use pairing::G2Prepared;
pub use scalar::Scalar;
pub use secret_scalar::{SecretResidue, SecretScalar};
pub use transcript::Transcript;

#[cfg(test)]
mod tests;
