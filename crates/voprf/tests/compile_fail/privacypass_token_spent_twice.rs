//! A token goes out once.
use milagro_voprf::privacypass::Token;

fn spend(token: Token) {
    let _first = token.into_authorization();
    let _second = token.into_authorization();
}

fn main() {}
