//! An issuer's key answers requests and checks tokens, and evaluates nothing else.
use milagro_voprf::privacypass::IssuerSecretKey;

fn evaluate(key: &IssuerSecretKey) {
    let _output = key.evaluate(b"anything");
}

fn main() {}
