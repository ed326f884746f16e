#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub use milagro_base as base;
pub use milagro_curve as curve;
pub use milagro_dta as dta;
pub use milagro_ledger as ledger;
pub use milagro_mpin as mpin;
pub use milagro_tls as tls;
pub use milagro_voprf as voprf;

/// The example on the project's own page is compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod project {}
