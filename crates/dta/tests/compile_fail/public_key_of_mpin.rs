//! s·Q of a domain whose keys stand behind PINs.

use milagro_dta::{Authority, Mpin};

fn leak(authority: &Authority<Mpin>) {
    let _ = authority.public_key_share();
}

fn main() {}
