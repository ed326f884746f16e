//! The share of an M-Pin key, in the open.

use milagro_dta::{Authority, Mpin};

fn raw(authority: &Authority<Mpin>) {
    let _ = authority.key_share();
}

fn main() {}
