//! A purpose, and so a way to choose the point, of the caller's making.

use milagro_dta::Mpin;
use milagro_dta::issue::{ClientSecret, Purpose};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Mine;

impl Purpose for Mine {
    type Protocol = Mpin;
    type Subject = ();
    type Output = <ClientSecret as Purpose>::Output;
    const CODE: u8 = 99;
}

fn main() {}
