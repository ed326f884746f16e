//! Nothing is evaluated before it is paid for.
use milagro_base::Seconds;
use milagro_voprf::tokens::issuer::{Issuer, Leased};

fn answer(issuer: &Issuer, leased: Leased) {
    let admitted = issuer.check(b"ann", leased, Seconds::ZERO).unwrap();
    let _response = issuer.answer(admitted);
}

fn main() {}
