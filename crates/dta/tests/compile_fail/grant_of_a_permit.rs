//! A grant for what is public anyway.

use milagro_dta::grants::SignedGrant;
use milagro_dta::issue::CoverPermit;

fn granted(_: &SignedGrant<CoverPermit>) {}

fn main() {}
