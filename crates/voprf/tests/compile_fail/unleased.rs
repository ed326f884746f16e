//! The budget comes first.
use milagro_base::Seconds;
use milagro_voprf::tokens::issuer::{Issuer, UncheckedRequest};

fn check(issuer: &Issuer, request: UncheckedRequest) {
    let _admitted = issuer.check(b"ann", request, Seconds::ZERO);
}

fn main() {}
