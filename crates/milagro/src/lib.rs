#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub use milagro_curve as curve;
pub use milagro_dta as dta;
pub use milagro_mpin as mpin;
pub use milagro_tls as tls;
pub use milagro_voprf as voprf;
