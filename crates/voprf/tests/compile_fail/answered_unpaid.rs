//! Nothing is evaluated before it is paid for.
use milagro_base::Seconds;
use milagro_voprf::tokens::{Issuer, UncheckedRequest};

fn answer(issuer: &Issuer, request: &UncheckedRequest) {
    let admitted = issuer.check(b"ann", request, Seconds::ZERO).unwrap();
    let _response = issuer.answer(admitted);
}

fn main() {}
