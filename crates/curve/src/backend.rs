//! The only place that sees `blstrs` and `blst`, and the only `unsafe` of what is published.
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
pub(crate) mod comb;
mod endomorphism;
pub(crate) mod fp12;
pub(crate) mod fr;
pub(crate) mod group;
pub(crate) mod hash;
mod interleaved;
pub(crate) mod lines;
pub(crate) mod msm;
