#![doc = include_str!("../README.md")]

pub use rand_core;

mod backend;
pub mod dleq;
mod dst;
mod e1;
mod e2;
pub mod encoding;
mod error;
mod expand;
mod g1;
mod g2;
mod gt;
mod hash;
mod msm;
mod pairing;
mod points;
mod scalar;
mod secret_scalar;
mod table;
mod transcript;

pub use dst::Dst;
pub use e1::{E1Point, E1Sum};
pub use e2::E2Point;
pub use error::{BatchDecodeError, DecodeError, LengthMismatch};
pub use expand::{
    TooLong, expand_message_xmd_sha256, expand_message_xmd_sha512, expand_message_xof_shake256,
};
pub use g1::{G1Point, G1Sum, SecretG1, SecretG1Sum};
pub use g2::{G2Point, G2Sum, SecretG2, SecretG2Sum};
pub use gt::{Gt, SecretGt};
pub use hash::{
    encode_to_g1, encode_to_g2, hash_to_g1, hash_to_g2, hash_to_scalar, hash_to_scalar_xof,
};
pub use msm::{
    msm_e1_short_vartime, msm_e1_vartime, msm_g1_short_vartime, msm_g1_vartime, msm_g2_vartime,
};
pub use pairing::{G2Prepared, pairing, pairing_product, pairing_product_is_one, pairing_secret};
pub use scalar::Scalar;
pub use secret_scalar::{SecretResidue, SecretScalar};
pub use table::{G1Comb, G1ShortTable, G1Table, SecretG1Table};
pub use transcript::Transcript;

#[cfg(test)]
mod tests;
