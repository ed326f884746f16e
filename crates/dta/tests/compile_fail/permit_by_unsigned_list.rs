//! Permits by a list that no registrar has signed.

use milagro_dta::permits::{RevocationList, Window};
use milagro_dta::{Authority, Mpin};
use milagro_mpin::Seconds;

fn unsigned(authority: &Authority<Mpin>, list: &RevocationList, now: Seconds) {
    let _ = authority.permits(list, Window::DAILY, now);
}

fn main() {}
