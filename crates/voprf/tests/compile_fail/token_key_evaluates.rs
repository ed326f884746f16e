//! What a token key evaluates is a token.
use milagro_voprf::Blinded;
use milagro_voprf::tokens::keys::{PortableKey, TokenSecretKey};

fn evaluate(key: &TokenSecretKey, portable: &PortableKey, blinded: &[Blinded]) {
    let _output = key.evaluate(b"anything");
    let _answer = portable.blind_evaluate(blinded);
}

fn main() {}
