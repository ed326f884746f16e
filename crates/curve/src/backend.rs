//! The only place that sees `blstrs` and `blst`, and the only `unsafe` of the workspace.
//!
//! `blstrs` does the arithmetic it has; `blst` is called for what `blstrs` lacks. The newtypes of
//! this module drop what is dangerous there: they cannot be printed, ordered or broken from outside,
//! secrets among them are wiped by their owners, and there is no exponentiation in GT that branches
//! on the exponent.
#![expect(
    unsafe_code,
    reason = "calls into blst; every block says why it is sound"
)]

mod base_x;
mod comb;
mod fp12;
mod fr;
mod group;
mod hash;
mod lines;
mod msm;

pub(crate) use comb::{Comb, products};
pub(crate) use fp12::Fp12;
pub(crate) use fr::Fr;
pub(crate) use group::{P1, P1Affine, P2, P2Affine};
pub(crate) use hash::{encode_to_g1, encode_to_g2, hash_to_g1, hash_to_g2};
pub(crate) use lines::{Lines, miller_loop};
pub(crate) use msm::{msm_e1, msm_g1, msm_g2};
